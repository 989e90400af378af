import { describe, expect, it } from "vitest";
import { newAsset } from "../support/factories.ts";
import { type Client, prepareApi } from "../support/graphql.ts";
import {
  type AssetNode,
  createAsset,
  createAssets,
  mutate,
  mutation,
} from "../support/graphql-operations.ts";

const api = prepareApi();

interface Upserted {
  readonly assets: readonly AssetNode[];
  readonly createdCount: number;
  readonly updatedCount: number;
  readonly unchangedCount: number;
}

const upsert = (client: Client, assets: readonly object[]) =>
  mutate<Upserted>(client, "upsertAssets", { assets });

const totalCount = (client: Client) =>
  client
    .query<{ assets: { totalCount: number } }>("{ assets(filter: { scope: OWN }) { totalCount } }")
    .then(({ assets }) => assets.totalCount);

describe("upsertAssets", () => {
  it("makes, changes and leaves alone, and shows all in the order given", async () => {
    const tenant = api.newTenant();
    const same = await createAsset(tenant, { name: "same", owner: "me", tags: ["b", "a"] });
    const stale = await createAsset(tenant, { name: "stale", owner: "me", description: "kept" });
    const payload = await upsert(tenant, [
      newAsset({ name: "new", tags: ["x"] }),
      newAsset({ name: "stale", owner: "you" }),
      newAsset({ name: "same", owner: "me", tags: ["a", "b"] }),
    ]);
    expect(payload).toMatchObject({ createdCount: 1, updatedCount: 1, unchangedCount: 1 });
    const [made, changed, untouched] = payload.assets;
    expect(made).toMatchObject({ name: "new", tags: ["x"], owner: null, createdBy: tenant.tenantId });
    expect(changed).toEqual({ ...stale, owner: "you", updatedAt: changed?.updatedAt });
    expect((changed?.updatedAt ?? "") > stale.updatedAt).toBe(true);
    expect(untouched).toEqual(same);
  });

  it("leaves in an asset what an item does not give, and clears what is null", async () => {
    const tenant = api.newTenant();
    const fields = {
      description: "d",
      owner: "o",
      tags: ["t"],
      partitionConfig: { static: { keys: ["k"] } },
      properties: { p: 1 },
    };
    await createAsset(tenant, { name: "kept", ...fields });
    await createAsset(tenant, { name: "cleared", ...fields });
    const none = { description: null, owner: null, tags: null, partitionConfig: null, properties: null };
    const { assets } = await upsert(tenant, [
      { name: "kept", assetType: "view" },
      { name: "cleared", assetType: "view", ...none },
    ]);
    expect(assets).toMatchObject([
      { ...fields, assetType: "view", partitionConfig: { __typename: "StaticPartition", keys: ["k"] } },
      { ...none, assetType: "view", tags: [], properties: {} },
    ]);
  });

  it("takes 1,000 assets, and changes nothing the second time", async () => {
    const tenant = api.newTenant();
    const items = Array.from({ length: 1000 }, (_, index) => ({
      name: `bulk_${index}`,
      assetType: "table",
      tags: [`tag_${index % 7}`],
    }));
    const first = await upsert(tenant, items);
    expect(first).toMatchObject({ createdCount: 1000, updatedCount: 0, unchangedCount: 0 });
    expect(first.assets.map(({ name }) => name)).toEqual(items.map(({ name }) => name));
    const second = await upsert(tenant, items);
    expect(second).toMatchObject({ createdCount: 0, updatedCount: 0, unchangedCount: 1000 });
    expect(second.assets).toEqual(first.assets);
  });

  it("refuses 1,001, and none", async () => {
    const tenant = api.newTenant();
    const items = Array.from({ length: 1001 }, (_, index) => newAsset({ name: `many_${index}` }));
    expect(await tenant.refusal(mutation("upsertAssets"), { input: { assets: items } })).toMatchObject({
      message: "input.assets must have at most 1000 items",
      extensions: { code: "BAD_USER_INPUT", inputPath: ["input", "assets"] },
    });
    expect(await tenant.refusal(mutation("upsertAssets"), { input: { assets: [] } })).toMatchObject({
      message: "input.assets must have at least one item",
    });
    expect(await totalCount(tenant)).toBe(0);
  });

  it.each([
    ["a blank name", { name: " " }, ["input", "assets", 2, "name"], "must not be blank"],
    ["a name that repeats", { name: "first" }, ["input", "assets", 2, "name"], "must not repeat"],
    ["a tag that repeats", { tags: ["t", "t"] }, ["input", "assets", 2, "tags", 1], "must not repeat"],
  ])("stores none where one has %s", async (_, wrong, inputPath, rule) => {
    const tenant = api.newTenant();
    await createAssets(tenant, ["second"]);
    const assets = [newAsset({ name: "first" }), newAsset({ name: "second", owner: "x" }), newAsset(wrong)];
    const error = await tenant.refusal(mutation("upsertAssets"), { input: { assets } });
    expect(error.extensions).toEqual({ code: "BAD_USER_INPUT", inputPath });
    expect(error.message).toMatch(new RegExp(`^input\\.assets\\[2\\]\\..* ${rule}$`));
    expect(await totalCount(tenant)).toBe(1);
  });

  it("keeps what two calls at once upsert under the same names", async () => {
    const tenant = api.newTenant();
    const names = Array.from({ length: 50 }, (_, index) => `race_${index}`);
    const calls = [names, [...names].reverse(), names].map((order, call) =>
      upsert(
        tenant,
        order.map((name) => newAsset({ name, owner: `call_${call}` })),
      ),
    );
    const payloads = await Promise.all(calls);
    expect(payloads.map(({ createdCount }) => createdCount).sort((a, b) => a - b)).toEqual([0, 0, 50]);
    expect(await totalCount(tenant)).toBe(50);
  });
});
