import { describe, expect, it } from "vitest";
import { ConflictError, NotFoundError } from "../../../src/errors.ts";
import { storedHistory } from "../../support/edge-history.ts";
import { link, storeAsset, storeAssets } from "../../support/factories.ts";
import { present } from "../../support/present.ts";
import { refusal } from "../../support/refusal.ts";
import { type Party, prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

async function storeEdge(party: Party) {
  const [up, down] = [await storeAsset(party), await storeAsset(party)];
  return party.run((repositories) => link(repositories, up.id, down.id));
}

type Edge = Awaited<ReturnType<typeof storeEdge>>;

const asserted = ({ upstreamAssetId, downstreamAssetId, dependencyType }: Edge, source: string) => ({
  upstreamAssetId,
  downstreamAssetId,
  dependencyType,
  source,
});

const stored = ({ run }: Party, { id }: Edge) => run(({ dependencies }) => dependencies.findById(id));

describe("asserting a dependency", () => {
  it("is the API's word unless a source is given", async () => {
    const tenant = storage.newTenant();
    expect((await storeEdge(tenant)).sources).toEqual(["api"]);
  });

  it("from another source adds it to the same edge, and shows as a change", async () => {
    const tenant = storage.newTenant();
    const edge = await storeEdge(tenant);
    const joined = await tenant.run(({ dependencies }) => dependencies.insert(asserted(edge, "dbt:shop")), {
      actor: "eve",
    });
    expect(joined).toEqual({
      ...edge,
      sources: ["api", "dbt:shop"],
      lastSeenAt: expect.any(Date),
      updatedAt: expect.any(Date),
      updatedBy: "eve",
    });
    expect(joined.lastSeenAt.getTime()).toBeGreaterThanOrEqual(edge.lastSeenAt.getTime());
    expect(joined.updatedAt.getTime()).toBeGreaterThan(edge.updatedAt.getTime());
    expect(await stored(tenant, edge)).toEqual(joined);
  });

  it("from the same source again is a conflict, alone and among many, and changes nothing", async () => {
    const tenant = storage.newTenant();
    const [edge, other] = [await storeEdge(tenant), await storeEdge(tenant)];
    const before = await tenant.run(({ dependencies }) => dependencies.insert(asserted(edge, "dbt:shop")));
    for (const source of ["api", "dbt:shop"]) {
      const again = tenant.run(({ dependencies }) => dependencies.insert(asserted(edge, source)));
      expect((await refusal(again, ConflictError)).message).toBe(
        "A dependency of this type between these assets exists already.",
      );
      // Within work that goes on: the refusal must not leave half of the batch behind.
      await tenant.run(async ({ dependencies }) => {
        const reverse = {
          ...asserted(other, source),
          upstreamAssetId: other.downstreamAssetId,
          downstreamAssetId: other.upstreamAssetId,
        };
        const many = [reverse, asserted(other, "another"), asserted(edge, source)];
        await refusal(dependencies.insertMany(many), ConflictError);
      });
    }
    expect(await stored(tenant, edge)).toEqual(before);
    expect(await stored(tenant, other)).toEqual(other);
    expect(await tenant.run(({ dependencies }) => dependencies.listAll(other.upstreamAssetId))).toEqual([
      other,
    ]);
  });

  it("many at once makes some and joins others, each for its own source, in the order given", async () => {
    const tenant = storage.newTenant();
    const [a, b, c] = (await storeAssets(tenant, ["sa", "sb", "sc"])).map(({ id }) => id);
    const [up, middle, down] = [present(a), present(b), present(c)];
    const edge = await tenant.run((repositories) => link(repositories, middle, down));
    const data = { dependencyType: "data" } as const;
    const made = await tenant.run(({ dependencies }) =>
      dependencies.insertMany([
        { upstreamAssetId: up, downstreamAssetId: down, ...data, source: "one" },
        { upstreamAssetId: middle, downstreamAssetId: down, ...data, source: "two" },
        { upstreamAssetId: up, downstreamAssetId: middle, ...data },
      ]),
    );
    expect(made.map(({ sources }) => sources)).toEqual([["one"], ["api", "two"], ["api"]]);
    expect(made[1]?.id).toBe(edge.id);
  });
});

describe("asserting many again", () => {
  it("refreshes when they were seen and nothing else, and makes what is missing", async () => {
    const tenant = storage.newTenant();
    const edge = await storeEdge(tenant);
    const missing = { ...asserted(edge, "api"), dependencyType: "control" as const };
    const { dependencies: found, created } = await tenant.run(
      ({ dependencies }) => dependencies.assertMany([missing, asserted(edge, "api")]),
      { actor: "eve" },
    );
    expect(created).toBe(1);
    expect(found).toMatchObject([{ dependencyType: "control", createdBy: "eve" }, { id: edge.id }]);
    expect(found[1]).toEqual({ ...edge, lastSeenAt: expect.any(Date) });
    expect(found[1]?.lastSeenAt.getTime()).toBeGreaterThan(edge.lastSeenAt.getTime());
    expect(await storedHistory(storage, edge.upstreamAssetId)).toEqual([]);
  });
});

describe("withdrawing a source", () => {
  it("leaves the edge to the others, and ends it with the last", async () => {
    const tenant = storage.newTenant();
    const edge = await storeEdge(tenant);
    const joined = await tenant.run(({ dependencies }) => dependencies.insert(asserted(edge, "dbt:shop")));
    const withdraw = (source: string) =>
      tenant.run(({ dependencies }) => dependencies.withdraw(edge.id, source), { actor: "eve" });
    const left = await withdraw("api");
    expect(left).toEqual({
      ...joined,
      sources: ["dbt:shop"],
      updatedAt: expect.any(Date),
      updatedBy: "eve",
    });
    expect(present(left).updatedAt.getTime()).toBeGreaterThan(joined.updatedAt.getTime());
    expect(await stored(tenant, edge)).toEqual(left);
    expect(await storedHistory(storage, edge.upstreamAssetId)).toEqual([]);
    expect(await withdraw("dbt:shop")).toBeNull();
    expect(await stored(tenant, edge)).toBeNull();
    expect(await storedHistory(storage, edge.upstreamAssetId)).toMatchObject([
      { id: edge.id, sources: ["dbt:shop"] },
    ]);
  });

  it("that does not assert the edge is not found, and the message names it", async () => {
    const tenant = storage.newTenant();
    const edge = await storeEdge(tenant);
    const error = await refusal(
      tenant.run(({ dependencies }) => dependencies.withdraw(edge.id, "dbt:shop")),
      NotFoundError,
    );
    expect(error.message).toBe(`No source "dbt:shop" asserts the dependency ${edge.id}.`);
    expect(await stored(tenant, edge)).toEqual(edge);
  });

  it("from all edges but some tells how many have ended by it", async () => {
    const tenant = storage.newTenant();
    const [kept, shared, sole] = [await storeEdge(tenant), await storeEdge(tenant), await storeEdge(tenant)];
    await tenant.run(async ({ dependencies }) => {
      await dependencies.insertMany([kept, shared, sole].map((edge) => asserted(edge, "one")));
      await dependencies.withdraw(sole.id, "api");
    });
    const release = (keptIds: string[]) =>
      tenant.run(({ dependencies }) => dependencies.release("one", keptIds));
    expect(await release([kept.id])).toBe(1);
    const sources = async (edge: Edge) => (await stored(tenant, edge))?.sources;
    expect([await sources(kept), await sources(shared), await sources(sole)]).toEqual([
      ["api", "one"],
      ["api"],
      undefined,
    ]);
    expect(await release([])).toBe(0);
    expect(await sources(kept)).toEqual(["api"]);
  });
});

describe("many dependencies at once", () => {
  it("are deleted by id, passing over what is not the tenant's own", async () => {
    const [tenant, stranger] = [storage.newTenant(), storage.newTenant()];
    const [own, kept] = [await storeEdge(tenant), await storeEdge(tenant)];
    const global = await storeEdge(storage.system);
    const foreign = await storeEdge(stranger);
    await tenant.run(({ dependencies }) => dependencies.removeMany([own.id, global.id, foreign.id]));
    const left = await tenant.run(({ dependencies }) =>
      dependencies.findManyByIds([own.id, kept.id, global.id]),
    );
    expect(left.map(({ id }) => id).toSorted()).toEqual([kept.id, global.id].toSorted());
    expect(await stranger.run(({ dependencies }) => dependencies.findById(foreign.id))).toEqual(foreign);
  });
});
