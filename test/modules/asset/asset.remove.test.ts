import { describe, expect, it } from "vitest";
import { ConflictError, ForbiddenError, NotFoundError } from "../../../src/errors.ts";
import { link, storeAsset, storeAssets, storeWorkflow, UNKNOWN_ID } from "../../support/factories.ts";
import { storedRows } from "../../support/owner.ts";
import { present } from "../../support/present.ts";
import { refusal } from "../../support/refusal.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

describe("deleting an asset", () => {
  it("takes its edges, tags and workflow links along, and nothing else", async () => {
    const tenant = storage.newTenant();
    const stored = await storeAssets(
      tenant,
      ["up", "middle", "down"].map((name) => `${tenant.id}/${name}`),
    );
    const [up, middle, down] = stored.map(({ id }) => id);
    const ids = { up: present(up), middle: present(middle), down: present(down) };
    await tenant.run(async (repositories) => {
      await link(repositories, ids.up, ids.middle);
      await link(repositories, ids.middle, ids.down);
      await link(repositories, ids.up, ids.down);
      for (const id of [ids.up, ids.middle]) await repositories.assets.update(id, { tags: ["tag"] });
    });
    const workflow = await storeWorkflow(tenant, {
      assets: [
        { assetId: ids.middle, role: "input" },
        { assetId: ids.up, role: "input" },
        { assetId: ids.middle, role: "output" },
      ],
    });

    await tenant.run(({ assets }) => assets.remove(ids.middle));

    expect(await tenant.run(({ assets }) => assets.findById(ids.middle))).toBeNull();
    const left = await storedRows(
      storage.database,
      `SELECT (SELECT count(*)::int FROM assets WHERE tenant_id = $1) AS assets,
              (SELECT count(*)::int FROM asset_tags WHERE tenant_id = $1) AS tags,
              (SELECT count(*)::int FROM asset_dependencies WHERE tenant_id = $1) AS edges,
              (SELECT count(*)::int FROM workflow_assets WHERE tenant_id = $1) AS links`,
      [tenant.id],
    );
    expect(left).toEqual([{ assets: 2, tags: 1, edges: 1, links: 1 }]);
    const links = await tenant.run(({ workflows }) => workflows.findLinks([workflow.id]));
    expect(links.get(workflow.id)).toMatchObject([{ assetId: ids.up, position: 1 }]);
  });

  it("a global asset that nobody uses goes with what is global about it", async () => {
    const [up, down] = [await storeAsset(storage.system, { tags: ["t"] }), await storeAsset(storage.system)];
    await storage.system.run((repositories) => link(repositories, up.id, down.id));
    await storage.system.run(({ assets }) => assets.remove(up.id));
    expect(await storage.system.run(({ dependencies }) => dependencies.listAll(down.id))).toEqual([]);
  });

  it("a global asset that a tenant depends on stays, and the conflict names nobody", async () => {
    const tenant = storage.newTenant();
    const global = await storeAsset(storage.system, { tags: ["t"] });
    const own = await storeAsset(tenant);
    const edge = await tenant.run((repositories) => link(repositories, global.id, own.id));
    const remove = () => storage.system.run(({ assets }) => assets.remove(global.id));
    expect((await refusal(remove(), ConflictError)).message).toBe("The asset is still in use.");
    expect(await storage.system.run(({ assets }) => assets.getById(global.id))).toEqual(global);

    await tenant.run(({ dependencies }) => dependencies.remove(edge.id));
    const workflow = await storeWorkflow(tenant, { assets: [{ assetId: global.id, role: "input" }] });
    expect((await refusal(remove(), ConflictError)).message).toBe("The asset is still in use.");

    await tenant.run(({ workflows }) => workflows.remove(workflow.id));
    await remove();
    expect(await storage.system.run(({ assets }) => assets.findById(global.id))).toBeNull();
  });

  it("an unknown asset is not found, a global one is forbidden to a tenant, and so is any to nobody", async () => {
    const tenant = storage.newTenant();
    const global = await storeAsset(storage.system);
    const remove = (id: string) => tenant.run(({ assets }) => assets.remove(id));
    await refusal(remove(UNKNOWN_ID), NotFoundError);
    await refusal(remove(global.id), ForbiddenError);
    await refusal(
      storage.nobody.run(({ assets }) => assets.remove(global.id)),
      ForbiddenError,
    );
    const { id } = await storeAsset(tenant);
    await remove(id);
    await refusal(remove(id), NotFoundError);
  });

  it("an edge that is made while it is deleted does not outlive it", async () => {
    const tenant = storage.newTenant();
    const [up, down] = [await storeAsset(tenant), await storeAsset(tenant)];
    const outcomes = await Promise.allSettled([
      tenant.run(({ assets }) => assets.remove(up.id)),
      ...(["data", "metadata", "control"] as const).map((dependencyType) =>
        tenant.run(({ dependencies }) =>
          dependencies.insert({ upstreamAssetId: up.id, downstreamAssetId: down.id, dependencyType }),
        ),
      ),
    ]);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") expect(outcome.reason).toBeInstanceOf(NotFoundError);
    }
    expect(outcomes[0]?.status).toBe("fulfilled");
    expect(await tenant.run(({ dependencies }) => dependencies.listAll(down.id))).toEqual([]);
  });
});
