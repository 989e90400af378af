import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { ConflictError } from "../../../src/errors.ts";
import type { Repositories } from "../../../src/modules/repositories.ts";
import { databaseClock, storedHistory } from "../../support/edge-history.ts";
import { link, storeAsset } from "../../support/factories.ts";
import { alterDatabase } from "../../support/owner.ts";
import { present } from "../../support/present.ts";
import { refusal } from "../../support/refusal.ts";
import { type Party, prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

async function storeEdge(party: Party, upstreamId?: string) {
  const up = upstreamId ?? (await storeAsset(party)).id;
  const { id: down } = await storeAsset(party);
  const edge = await party.run((repositories) => link(repositories, up, down));
  // A span of no length is not kept.
  await delay(2);
  return edge;
}

type Edge = Awaited<ReturnType<typeof storeEdge>>;

/** The span that an edge leaves, but for when it ended. */
const spanOf = (edge: Edge, tenantId: string, upstreamTenantId = tenantId) => ({
  tenant_id: tenantId,
  id: edge.id,
  upstream_tenant_id: upstreamTenantId,
  upstream_asset_id: edge.upstreamAssetId,
  downstream_asset_id: edge.downstreamAssetId,
  dependency_type: edge.dependencyType,
  sources: edge.sources,
  last_seen_at: edge.lastSeenAt,
  valid_from: edge.validFrom,
  valid_to: expect.any(Date),
});

describe("the beginning of a dependency", () => {
  it("is when it was stored, never later than the clock", async () => {
    const tenant = storage.newTenant();
    const [up, down] = [await storeAsset(tenant), await storeAsset(tenant)];
    const before = await databaseClock(storage);
    const edge = await tenant.run((repositories) => link(repositories, up.id, down.id));
    const after = await databaseClock(storage);
    for (const moment of [edge.validFrom, edge.lastSeenAt]) {
      expect(moment.getTime()).toBeGreaterThanOrEqual(before.getTime());
      expect(moment.getTime()).toBeLessThanOrEqual(after.getTime());
    }
  });
});

describe("a dependency that ends leaves the span in which it held", () => {
  it.each<[string, (from: Repositories, edge: Edge) => Promise<unknown>]>([
    ["deleted", ({ dependencies }, { id }) => dependencies.remove(id)],
    ["deleted among many", ({ dependencies }, { id }) => dependencies.removeMany([id])],
    [
      "deleted with all of its upstream's",
      ({ dependencies }, edge) => dependencies.removeAll(edge.upstreamAssetId),
    ],
    [
      "deleted with all of its downstream's",
      ({ dependencies }, edge) => dependencies.removeAll(edge.downstreamAssetId),
    ],
    ["withdrawn by its last source", ({ dependencies }, { id }) => dependencies.withdraw(id, "api")],
    ["no longer among those of its source", ({ dependencies }) => dependencies.release("api", [])],
    [
      "replaced",
      ({ dependencies }, edge) =>
        dependencies.replaceUpstreams({ assetId: edge.downstreamAssetId, upstream: [] }),
    ],
  ])("when it is %s", async (_, end) => {
    const tenant = storage.newTenant();
    const edge = await storeEdge(tenant);
    const before = await databaseClock(storage);
    await tenant.run((from) => end(from, edge));
    const after = await databaseClock(storage);
    expect(await tenant.run(({ dependencies }) => dependencies.findById(edge.id))).toBeNull();
    const spans = await storedHistory(storage, edge.upstreamAssetId);
    expect(spans).toEqual([spanOf(edge, tenant.id)]);
    const ended = present(spans[0]).valid_to.getTime();
    expect(ended).toBeGreaterThanOrEqual(before.getTime());
    expect(ended).toBeLessThanOrEqual(after.getTime());
  });

  it("with its upstream's tenant, where that is global", async () => {
    const tenant = storage.newTenant();
    const global = await storeAsset(storage.system);
    const edge = await storeEdge(tenant, global.id);
    await tenant.run(({ dependencies }) => dependencies.remove(edge.id));
    expect(await storedHistory(storage, global.id)).toEqual([spanOf(edge, tenant.id, "~global")]);
  });

  it("each time that it is made anew, without overlap, even within one transaction", async () => {
    const tenant = storage.newTenant();
    let edge = await storeEdge(tenant);
    for (let round = 0; round < 3; round += 1) {
      edge = await tenant.run(async (repositories) => {
        await repositories.dependencies.remove(edge.id);
        return link(repositories, edge.upstreamAssetId, edge.downstreamAssetId);
      });
      await delay(2);
    }
    const spans = await storedHistory(storage, edge.upstreamAssetId);
    expect(spans).toHaveLength(3);
    const begins = [...spans.slice(1).map(({ valid_from }) => valid_from), edge.validFrom];
    spans.forEach(({ valid_to }, index) => {
      expect(valid_to.getTime()).toBeLessThanOrEqual(present(begins[index]).getTime());
    });
  });

  it("unless it has none, because the clock was set back since it began", async () => {
    const tenant = storage.newTenant();
    const [edge, other] = [await storeEdge(tenant), await storeEdge(tenant)];
    await alterDatabase(
      storage.database,
      `ALTER TABLE asset_dependencies NO FORCE ROW LEVEL SECURITY;
       UPDATE asset_dependencies SET valid_from = '2999-01-01Z' WHERE tenant_id = '${tenant.id}';
       ALTER TABLE asset_dependencies FORCE ROW LEVEL SECURITY`,
    );
    await tenant.run(({ dependencies }) => dependencies.remove(edge.id));
    const changed = await tenant.run(({ dependencies }) =>
      dependencies.update(other.id, { dependencyType: "control" }),
    );
    expect(changed.validFrom).toEqual(new Date("2999-01-01T00:00:00Z"));
    for (const { upstreamAssetId } of [edge, other])
      expect(await storedHistory(storage, upstreamAssetId)).toEqual([]);
  });

  it("not when the transaction is rolled back", async () => {
    const tenant = storage.newTenant();
    const edge = await storeEdge(tenant);
    const work = tenant.run(async ({ dependencies }) => {
      await dependencies.remove(edge.id);
      throw new Error("enough");
    });
    await expect(work).rejects.toThrow("enough");
    expect(await storedHistory(storage, edge.upstreamAssetId)).toEqual([]);
    expect(await tenant.run(({ dependencies }) => dependencies.findById(edge.id))).toEqual(edge);
  });
});

describe("a dependency whose type changes", () => {
  it("leaves the span of the old type, and holds with the new one from then on", async () => {
    const tenant = storage.newTenant();
    const edge = await storeEdge(tenant);
    const changed = await tenant.run(({ dependencies }) =>
      dependencies.update(edge.id, { dependencyType: "control" }),
    );
    const [span, ...others] = await storedHistory(storage, edge.upstreamAssetId);
    expect(others).toEqual([]);
    expect(span).toEqual({ ...spanOf(edge, tenant.id), valid_to: changed.validFrom });
    await delay(2);
    await tenant.run(({ dependencies }) => dependencies.remove(edge.id));
    expect((await storedHistory(storage, edge.upstreamAssetId))[1]).toEqual(spanOf(changed, tenant.id));
  });

  it("leaves nothing when it is the type that it has, or one that is refused", async () => {
    const tenant = storage.newTenant();
    const edge = await storeEdge(tenant);
    const same = await tenant.run(({ dependencies }) =>
      dependencies.update(edge.id, { dependencyType: "data" }),
    );
    expect(same).toEqual({ ...edge, updatedAt: expect.any(Date) });
    await tenant.run(({ dependencies }) =>
      dependencies.insert({
        upstreamAssetId: edge.upstreamAssetId,
        downstreamAssetId: edge.downstreamAssetId,
        dependencyType: "control",
      }),
    );
    await refusal(
      tenant.run(({ dependencies }) => dependencies.update(edge.id, { dependencyType: "control" })),
      ConflictError,
    );
    expect(await storedHistory(storage, edge.upstreamAssetId)).toEqual([]);
  });
});

describe("a deleted asset", () => {
  it.each(["upstreamAssetId", "downstreamAssetId"] as const)(
    "takes its dependencies and all that they have been along, as %s",
    async (end) => {
      const tenant = storage.newTenant();
      const edge = await storeEdge(tenant);
      await tenant.run(({ dependencies }) => dependencies.update(edge.id, { dependencyType: "control" }));
      const other = end === "upstreamAssetId" ? edge.downstreamAssetId : edge.upstreamAssetId;
      expect(await storedHistory(storage, other)).toHaveLength(1);
      await tenant.run(({ assets }) => assets.remove(edge[end]));
      expect(await storedHistory(storage, other)).toEqual([]);
      expect(await tenant.run(({ dependencies }) => dependencies.listAll(other))).toEqual([]);
    },
  );

  it("that is global goes although tenants depended on it, and takes that along", async () => {
    const [one, other] = [storage.newTenant(), storage.newTenant()];
    const global = await storeAsset(storage.system);
    const edges = [await storeEdge(one, global.id), await storeEdge(other, global.id)];
    const remove = () => storage.system.run(({ assets }) => assets.remove(global.id));
    await one.run(({ dependencies }) => dependencies.remove(present(edges[0]).id));
    // While one of them still does, it stays, and so does what has been.
    await refusal(remove(), ConflictError);
    expect(await storedHistory(storage, global.id)).toHaveLength(1);
    await other.run(({ dependencies }) => dependencies.remove(present(edges[1]).id));
    expect(await storedHistory(storage, global.id)).toHaveLength(2);
    await remove();
    expect(await storedHistory(storage, global.id)).toEqual([]);
  });
});
