import { describe, expect, it } from "vitest";
import { ConflictError, ForbiddenError, NotFoundError } from "../../../src/errors.ts";
import { link, storeAsset, UNKNOWN_ID } from "../../support/factories.ts";
import { present } from "../../support/present.ts";
import { refusal } from "../../support/refusal.ts";
import { type Party, prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

async function twoAssets(party: Party) {
  return { up: (await storeAsset(party)).id, down: (await storeAsset(party)).id };
}

describe("creating a dependency", () => {
  it("stores it and shows it as stored", async () => {
    const tenant = storage.newTenant();
    const { up, down } = await twoAssets(tenant);
    const edge = await tenant.run(
      ({ dependencies }) =>
        dependencies.insert({ upstreamAssetId: up, downstreamAssetId: down, dependencyType: "control" }),
      { actor: "ada" },
    );
    expect(edge).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      tenantId: tenant.id,
      upstreamAssetId: up,
      downstreamAssetId: down,
      dependencyType: "control",
      sources: ["api"],
      lastSeenAt: expect.any(Date),
      validFrom: expect.any(Date),
      createdAt: expect.any(Date),
      updatedAt: edge.createdAt,
      createdBy: "ada",
      updatedBy: "ada",
    });
    expect(await tenant.run(({ dependencies }) => dependencies.getById(edge.id))).toEqual(edge);
  });

  it("a second time is a conflict; of another type or the other way round it is another", async () => {
    const tenant = storage.newTenant();
    const { up, down } = await twoAssets(tenant);
    const insert = (
      upstreamAssetId: string,
      downstreamAssetId: string,
      dependencyType: "data" | "metadata",
    ) =>
      tenant.run(({ dependencies }) =>
        dependencies.insert({ upstreamAssetId, downstreamAssetId, dependencyType }),
      );
    await insert(up, down, "data");
    const error = await refusal(insert(up, down, "data"), ConflictError);
    expect(error.message).toBe("A dependency of this type between these assets exists already.");
    await insert(up, down, "metadata");
    await insert(down, up, "data");
    expect(await tenant.run(({ dependencies }) => dependencies.listAll(up))).toHaveLength(3);
  });

  it("may lead from a global asset to the tenant's own, and not the other way", async () => {
    const tenant = storage.newTenant();
    const own = await storeAsset(tenant);
    const global = await storeAsset(storage.system);
    const edge = await tenant.run((repositories) => link(repositories, global.id, own.id));
    expect(edge).toMatchObject({ tenantId: tenant.id, upstreamAssetId: global.id });
    const error = await refusal(
      tenant.run((repositories) => link(repositories, own.id, global.id)),
      ForbiddenError,
    );
    expect(error.message).toBe(
      `The asset ${global.id} is global; only the system may let it depend on something.`,
    );
    const other = await storeAsset(storage.system);
    await refusal(
      tenant.run((repositories) => link(repositories, other.id, global.id)),
      ForbiddenError,
    );
    await storage.system.run((repositories) => link(repositories, other.id, global.id));
  });

  it("of an asset that is not there is not found, whoever it may belong to, and nobody may make one", async () => {
    const [tenant, other] = [storage.newTenant(), storage.newTenant()];
    const own = await storeAsset(tenant);
    const foreign = await storeAsset(other);
    for (const id of [UNKNOWN_ID, foreign.id]) {
      for (const [up, down] of [
        [id, own.id],
        [own.id, id],
      ] as const) {
        const error = await refusal(
          tenant.run((repositories) => link(repositories, up, down)),
          NotFoundError,
        );
        expect(error.message).toBe(`No asset has the id ${id}.`);
      }
    }
    const { up, down } = await twoAssets(storage.system);
    await refusal(
      storage.nobody.run((repositories) => link(repositories, up, down)),
      ForbiddenError,
    );
  });
});

describe("reading dependencies", () => {
  it("by id, a get throws for an absent one and a find returns null", async () => {
    const tenant = storage.newTenant();
    const { up, down } = await twoAssets(tenant);
    const edge = await tenant.run((repositories) => link(repositories, up, down));
    expect(await tenant.run(({ dependencies }) => dependencies.findById(edge.id))).toEqual(edge);
    expect(await tenant.run(({ dependencies }) => dependencies.findById(UNKNOWN_ID))).toBeNull();
    const get = tenant.run(({ dependencies }) => dependencies.getById(UNKNOWN_ID));
    expect((await refusal(get, NotFoundError)).message).toBe(`No dependency has the id ${UNKNOWN_ID}.`);
    const many = await tenant.run(({ dependencies }) => dependencies.findManyByIds([UNKNOWN_ID, edge.id]));
    expect(many).toEqual([edge]);
  });

  it("upstream, downstream and all of an asset, oldest first, cut by limit and offset", async () => {
    const tenant = storage.newTenant();
    const middle = (await storeAsset(tenant)).id;
    const edges = { upstream: [] as string[], downstream: [] as string[] };
    for (let count = 0; count < 3; count += 1) {
      const { up, down } = await twoAssets(tenant);
      edges.upstream.push((await tenant.run((repositories) => link(repositories, up, middle))).id);
      edges.downstream.push((await tenant.run((repositories) => link(repositories, middle, down))).id);
      await tenant.run((repositories) => link(repositories, up, down));
    }
    await tenant.run(async ({ dependencies }) => {
      const idsOf = async (listed: Promise<{ id: string }[]>) => (await listed).map(({ id }) => id);
      const interleaved = edges.upstream.flatMap((id, index) => [id, present(edges.downstream[index])]);
      expect(await idsOf(dependencies.listUpstream(middle))).toEqual(edges.upstream);
      expect(await idsOf(dependencies.listDownstream(middle))).toEqual(edges.downstream);
      expect(await idsOf(dependencies.listAll(middle))).toEqual(interleaved);
      expect(await idsOf(dependencies.listAll(middle, { limit: 2, offset: 1 }))).toEqual(
        interleaved.slice(1, 3),
      );
      expect(await idsOf(dependencies.listUpstream(middle, { limit: 1 }))).toEqual(
        edges.upstream.slice(0, 1),
      );
    });
  });

  it("in pages of many assets: the same page of each, newest first, on either side, and counts agree", async () => {
    const tenant = storage.newTenant();
    const busy = (await storeAsset(tenant)).id;
    const quiet = (await storeAsset(storage.system)).id;
    const idle = (await storeAsset(tenant)).id;
    const made: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      const { id } = await storeAsset(tenant);
      made.unshift((await tenant.run((repositories) => link(repositories, id, busy))).id);
    }
    const fromGlobal = await tenant.run((repositories) => link(repositories, quiet, busy));
    made.unshift(fromGlobal.id);
    const assets = [busy, quiet, idle];
    await tenant.run(async ({ dependencies }) => {
      const upstream = await dependencies.pagesByAsset("upstream", assets, { first: 4 });
      expect([...upstream.keys()]).toEqual([busy]);
      const page = present(upstream.get(busy));
      expect(page.items.map(({ row }) => row.id)).toEqual(made.slice(0, 4));
      expect(page.hasNextPage).toBe(true);
      const after = present(page.items[3]).cursor;
      const rest = await dependencies.pagesByAsset("upstream", assets, { first: 4, after });
      expect(rest.get(busy)?.items.map(({ row }) => row.id)).toEqual(made.slice(4));
      const last = await dependencies.pagesByAsset("upstream", assets, { last: 2 });
      expect(last.get(busy)?.items.map(({ row }) => row.id)).toEqual(made.slice(4));
      expect(last.get(busy)).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
      const downstream = await dependencies.pagesByAsset("downstream", assets, { first: 4 });
      expect(downstream.get(quiet)?.items.map(({ row }) => row)).toEqual([fromGlobal]);
      expect([...downstream.keys()]).toEqual([quiet]);
      expect(await dependencies.countsByAsset("upstream", assets)).toEqual(new Map([[busy, 6]]));
      expect(await dependencies.countsByAsset("downstream", assets)).toEqual(new Map([[quiet, 1]]));
    });
  });
});

describe("changing and deleting dependencies", () => {
  it("changes the type and who did it, and refuses what would make it a double", async () => {
    const tenant = storage.newTenant();
    const { up, down } = await twoAssets(tenant);
    const edge = await tenant.run((repositories) => link(repositories, up, down));
    const change = (dependencyType: "metadata" | "control") =>
      tenant.run(({ dependencies }) => dependencies.update(edge.id, { dependencyType }), { actor: "eve" });
    const changed = await change("metadata");
    expect(changed).toEqual({
      ...edge,
      dependencyType: "metadata",
      updatedBy: "eve",
      updatedAt: expect.any(Date),
      validFrom: expect.any(Date),
    });
    expect(changed.validFrom.getTime()).toBeGreaterThan(edge.validFrom.getTime());
    expect(changed.updatedAt.getTime()).toBeGreaterThan(edge.updatedAt.getTime());
    await tenant.run(({ dependencies }) =>
      dependencies.insert({ upstreamAssetId: up, downstreamAssetId: down, dependencyType: "control" }),
    );
    await refusal(change("control"), ConflictError);
    expect(await tenant.run(({ dependencies }) => dependencies.getById(edge.id))).toEqual(changed);
  });

  it("deletes one, and all the tenant's own of an asset", async () => {
    const [tenant, other] = [storage.newTenant(), storage.newTenant()];
    const global = (await storeAsset(storage.system)).id;
    const { up, down } = await twoAssets(tenant);
    const first = await tenant.run((repositories) => link(repositories, up, down));
    await tenant.run((repositories) => link(repositories, global, down));
    await tenant.run((repositories) => link(repositories, global, up));
    const foreign = (await storeAsset(other)).id;
    const kept = await other.run((repositories) => link(repositories, global, foreign));

    await tenant.run(({ dependencies }) => dependencies.remove(first.id));
    await refusal(
      tenant.run(({ dependencies }) => dependencies.remove(first.id)),
      NotFoundError,
    );
    expect(await tenant.run(({ dependencies }) => dependencies.removeAll(global))).toBe(2);
    expect(await tenant.run(({ dependencies }) => dependencies.removeAll(global))).toBe(0);
    expect(await other.run(({ dependencies }) => dependencies.findById(kept.id))).toEqual(kept);
  });

  it("of an unknown one is not found, of a global one forbidden to a tenant, and all to nobody", async () => {
    const tenant = storage.newTenant();
    const { up, down } = await twoAssets(storage.system);
    const { id } = await storage.system.run((repositories) => link(repositories, up, down));
    const changes = [
      (party: Party, edge: string) => party.run(({ dependencies }) => dependencies.remove(edge)),
      (party: Party, edge: string) =>
        party.run(({ dependencies }) => dependencies.update(edge, { dependencyType: "control" })),
    ];
    for (const change of changes) {
      await refusal(change(tenant, UNKNOWN_ID), NotFoundError);
      await refusal(change(tenant, id), ForbiddenError);
      await refusal(change(storage.nobody, id), ForbiddenError);
    }
    await refusal(
      storage.nobody.run(({ dependencies }) => dependencies.removeAll(up)),
      ForbiddenError,
    );
    expect(await tenant.run(({ dependencies }) => dependencies.removeAll(up))).toBe(0);
    expect(await storage.system.run(({ dependencies }) => dependencies.findById(id))).not.toBeNull();
  });
});
