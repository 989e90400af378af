import { describe, expect, it } from "vitest";
import { ForbiddenError } from "../../../src/errors.ts";
import { link, storeAsset, storeAssets } from "../../support/factories.ts";
import { present } from "../../support/present.ts";
import { refusal } from "../../support/refusal.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

describe("the claims of imports on assets", () => {
  it("are given up for all but what is kept, and tell who holds an asset still", async () => {
    const tenant = storage.newTenant();
    const [a, b, c] = (await storeAssets(tenant, ["c-asset", "a-asset", "b-asset"])).map(({ id }) => id);
    const [first, second, third] = [present(a), present(b), present(c)];
    await tenant.run(async ({ assets }) => {
      await assets.claim("one", [first, second, third]);
      await assets.claim("one", [first]);
      await assets.claim("other", [second]);
    });
    const release = (kept: string[]) => tenant.run(({ assets }) => assets.release("one", kept));
    expect(await release([first, second, third])).toEqual([]);
    expect(await release([first])).toEqual([
      { id: second, name: "a-asset", createdBy: tenant.id, importedBy: ["other"] },
      { id: third, name: "b-asset", createdBy: tenant.id, importedBy: [] },
    ]);
    expect(await release([first])).toEqual([]);
    expect(await release([])).toMatchObject([{ id: first }]);
  });

  it("change nothing else of an asset, not even updatedAt", async () => {
    const tenant = storage.newTenant();
    const asset = await storeAsset(tenant);
    await tenant.run(({ assets }) => assets.claim("one", [asset.id]), { actor: "importer" });
    await tenant.run(({ assets }) => assets.release("one", []), { actor: "importer" });
    expect(await tenant.run(({ assets }) => assets.getById(asset.id))).toEqual(asset);
  });

  it("pass over what is not the tenant's own, and are not for nobody", async () => {
    const [tenant, other] = [storage.newTenant(), storage.newTenant()];
    const foreign = await storeAsset(other);
    const global = await storeAsset(storage.system);
    await tenant.run(({ assets }) => assets.claim("one", [foreign.id, global.id]));
    for (const party of [tenant, other, storage.system]) {
      expect(await party.run(({ assets }) => assets.release("one", []))).toEqual([]);
    }
    await refusal(
      storage.nobody.run(({ assets }) => assets.claim("one", [global.id])),
      ForbiddenError,
    );
  });
});

describe("deleting many assets", () => {
  it("takes what hangs on them along, and passes over what is not the tenant's own", async () => {
    const [tenant, other] = [storage.newTenant(), storage.newTenant()];
    const [up, middle, down] = (await storeAssets(tenant, ["up", "middle", "down"])).map(({ id }) => id);
    const ids = { up: present(up), middle: present(middle), down: present(down) };
    await tenant.run(async (repositories) => {
      await link(repositories, ids.up, ids.middle);
      await link(repositories, ids.middle, ids.down);
    });
    const foreign = await storeAsset(other);
    const global = await storeAsset(storage.system);
    await tenant.run(({ assets }) => assets.removeMany([ids.up, foreign.id, ids.middle, global.id]));
    const left = await tenant.run(({ assets }) => assets.list({ filter: { scope: "own" } }));
    expect(left.map(({ id }) => id)).toEqual([ids.down]);
    expect(await tenant.run(({ dependencies }) => dependencies.listAll(ids.down))).toEqual([]);
    expect(await other.run(({ assets }) => assets.getById(foreign.id))).toEqual(foreign);
    expect(await tenant.run(({ assets }) => assets.getById(global.id))).toEqual(global);
    await tenant.run(({ assets }) => assets.removeMany([]));
  });
});
