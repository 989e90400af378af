import { describe, expect, it } from "vitest";
import { link, storeAsset } from "../../support/factories.ts";
import { type Party, prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

async function storeEdge(party: Party) {
  const [up, down] = [await storeAsset(party), await storeAsset(party)];
  return party.run((repositories) => link(repositories, up.id, down.id));
}

describe("the claims of imports on dependencies", () => {
  it("are given up for all but what is kept, and tell who holds an edge still", async () => {
    const tenant = storage.newTenant();
    const [a, b, c] = [await storeEdge(tenant), await storeEdge(tenant), await storeEdge(tenant)];
    await tenant.run(async ({ dependencies }) => {
      await dependencies.claim("one", [a.id, b.id, c.id]);
      await dependencies.claim("one", [a.id]);
      await dependencies.claim("other", [b.id]);
    });
    const release = (kept: string[]) =>
      tenant.run(async ({ dependencies }) =>
        (await dependencies.release("one", kept)).toSorted((x, y) => (x.id < y.id ? -1 : 1)),
      );
    expect(await release([a.id])).toEqual([
      { id: b.id, createdBy: tenant.id, importedBy: ["other"] },
      { id: c.id, createdBy: tenant.id, importedBy: [] },
    ]);
    expect(await release([])).toMatchObject([{ id: a.id }]);
    expect(await release([])).toEqual([]);
    expect(await tenant.run(({ dependencies }) => dependencies.getById(a.id))).toEqual(a);
  });
});

describe("many dependencies at once", () => {
  it("are read by the assets that they lead to, the tenant's own alone", async () => {
    const tenant = storage.newTenant();
    const [own, other] = [await storeEdge(tenant), await storeEdge(tenant)];
    const global = await storeEdge(storage.system);
    const foreign = await storeEdge(storage.newTenant());
    const listed = await tenant.run(({ dependencies }) =>
      dependencies.listTo([own.downstreamAssetId, global.downstreamAssetId, foreign.downstreamAssetId]),
    );
    expect(listed).toEqual([own]);
    expect(await tenant.run(({ dependencies }) => dependencies.listTo([other.upstreamAssetId]))).toEqual([]);
  });

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
