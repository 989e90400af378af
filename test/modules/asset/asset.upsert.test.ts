import { describe, expect, it } from "vitest";
import { BadUserInputError, ConflictError, ForbiddenError } from "../../../src/errors.ts";
import type { NewAsset } from "../../../src/modules/asset/asset.input.ts";
import { Signal, untilBlocked } from "../../support/concurrency.ts";
import { link, newAsset, storeAsset } from "../../support/factories.ts";
import { storedCounts } from "../../support/owner.ts";
import { present } from "../../support/present.ts";
import { refusal } from "../../support/refusal.ts";
import { type Party, prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

const upsert = (party: Party, items: readonly NewAsset[]) =>
  party.run(({ assets }) => assets.upsertMany(items));

const full: NewAsset = {
  name: "full",
  assetType: "table",
  description: "what it is",
  owner: "ada",
  tags: ["b", "a"],
  partitionConfig: { time: { granularity: "day", start: new Date("2024-01-01T00:00:00Z") } },
  properties: { b: [1, { c: null }], a: 0.1 },
};

describe("upserting assets", () => {
  it("creates, changes and leaves alone, and counts each, in the order given", async () => {
    const tenant = storage.newTenant();
    await upsert(tenant, [full, { name: "other", assetType: "view" }]);
    const result = await upsert(tenant, [
      { name: "new", assetType: "file", tags: ["t"] },
      { name: "other", assetType: "view", owner: "bob" },
      full,
    ]);
    expect(result).toMatchObject({ created: 1, updated: 1, unchanged: 1 });
    expect(result.assets).toMatchObject([
      { name: "new", assetType: "file", tags: ["t"], owner: null },
      { name: "other", assetType: "view", owner: "bob" },
      { name: "full", tags: ["a", "b"], owner: "ada", properties: full.properties },
    ]);
    expect(await tenant.run(({ assets }) => assets.count())).toBe(3);
  });

  it("a second run changes nothing, not even updatedAt", async () => {
    const tenant = storage.newTenant();
    const items = [
      full,
      newAsset(),
      newAsset({ tags: [] }),
      newAsset({ properties: null, partitionConfig: null }),
    ];
    const first = await upsert(tenant, items);
    expect(first).toMatchObject({ created: 4, updated: 0, unchanged: 0 });
    const second = await upsert(tenant, items);
    expect(second).toEqual({ assets: first.assets, created: 0, updated: 0, unchanged: 4 });
  });

  it("keys of properties in another order are no change", async () => {
    const tenant = storage.newTenant();
    await upsert(tenant, [full]);
    const reordered = { ...full, tags: ["a", "b"], properties: { a: 0.1, b: [1, { c: null }] } };
    expect(await upsert(tenant, [reordered])).toMatchObject({ unchanged: 1, updated: 0 });
  });

  it.each<[string, Partial<NewAsset>, object]>([
    ["assetType", { assetType: "view" }, { assetType: "view" }],
    ["description", { description: null }, { description: null }],
    ["owner", { owner: "bob" }, { owner: "bob" }],
    ["tags", { tags: ["a"] }, { tags: ["a"] }],
    ["tags to none", { tags: null }, { tags: [] }],
    [
      "partitionConfig",
      { partitionConfig: { static: { keys: ["k"] } } },
      { partitionConfig: { kind: "static", keys: ["k"] } },
    ],
    ["partitionConfig to none", { partitionConfig: null }, { partitionConfig: null }],
    ["properties", { properties: { a: [] } }, { properties: { a: [] } }],
    ["properties to none", { properties: null }, { properties: {} }],
  ])("changes one given field and keeps what is left out: %s", async (_, change, expected) => {
    const tenant = storage.newTenant();
    const { assets } = await upsert(tenant, [full]);
    const before = present(assets[0]);
    const result = await upsert(tenant, [{ name: "full", assetType: "table", ...change }]);
    expect(result).toMatchObject({ created: 0, updated: 1, unchanged: 0 });
    const after = present(result.assets[0]);
    expect(after).toEqual({ ...before, ...expected, updatedAt: expect.any(Date) });
    expect(after.updatedAt.getTime()).toBeGreaterThan(before.updatedAt.getTime());
  });

  it("makes its own asset where a global one or another tenant's bears the name", async () => {
    const [tenant, other] = [storage.newTenant(), storage.newTenant()];
    const { name } = await storeAsset(storage.system);
    await storeAsset(other, { name });
    const result = await upsert(tenant, [{ name, assetType: "mine" }]);
    expect(result).toMatchObject({ created: 1, assets: [{ tenantId: tenant.id, assetType: "mine" }] });
  });

  it("a thousand with many tags are stored at once; one more is refused", async () => {
    const tenant = storage.newTenant();
    const items = Array.from({ length: 1000 }, (_, item) =>
      newAsset({ tags: Array.from({ length: 11 }, (_tag, tag) => `${item}-${tag}`) }),
    );
    const result = await upsert(tenant, items);
    expect(result.created).toBe(1000);
    expect(result.assets.map(({ name }) => name)).toEqual(items.map(({ name }) => name));
    expect((await storedCounts(storage.database, "asset_tags")).get(tenant.id)).toBe(11_000);
    expect(await upsert(tenant, items)).toMatchObject({ unchanged: 1000 });
    const renamed = items.map((item) => ({ ...item, owner: "ada", tags: ["one"] }));
    expect(await upsert(tenant, renamed)).toMatchObject({ updated: 1000 });
    const error = await refusal(upsert(tenant, [...items, newAsset()]), BadUserInputError);
    expect(error.message).toBe("assets must have at most 1000 items");
  });

  it.each<[string, (items: NewAsset[]) => NewAsset[], readonly (string | number)[]]>([
    ["a bad item", (items) => [...items, newAsset({ name: " " })], ["assets", 2, "name"]],
    ["a name that repeats", (items) => [...items, ...items], ["assets", 2, "name"]],
    ["no items", () => [], ["assets"]],
  ])("all or none: %s stores nothing", async (_, broken, inputPath) => {
    const tenant = storage.newTenant();
    const error = await refusal(upsert(tenant, broken([newAsset(), newAsset()])), BadUserInputError);
    expect(error.inputPath).toEqual(inputPath);
    expect(await tenant.run(({ assets }) => assets.count({ scope: "own" }))).toBe(0);
  });

  it("is refused to nobody", async () => {
    await refusal(upsert(storage.nobody, [newAsset()]), ForbiddenError);
  });

  it("two at once of the same new names, in opposite order, both succeed at the first attempt", async () => {
    const tenant = storage.newTenant();
    const names = Array.from({ length: 200 }, (_, index) => newAsset({ name: `${index}` }));
    const impatient = storage.open({ retry: { attempts: 1 } });
    for (const round of ["first", "second", "third"]) {
      const items = names.map(({ name, assetType }) => ({ name: round + name, assetType }));
      const results = await Promise.all(
        [items, items.toReversed()].map((given) =>
          impatient.withTenant(tenant.id, ({ assets }) => assets.upsertMany(given)),
        ),
      );
      expect(results.reduce((sum, { created }) => sum + created, 0)).toBe(200);
      expect(results.map(({ created, updated, unchanged }) => created + updated + unchanged)).toEqual([
        200, 200,
      ]);
    }
  });

  it("the later of two changes of the same asset wins whole", async () => {
    const tenant = storage.newTenant();
    const item = { name: "shared", assetType: "table" };
    await upsert(tenant, [{ ...item, tags: ["a"], owner: "a" }]);
    const [changed, finish] = [new Signal(), new Signal()];
    const first = tenant.run(async ({ assets }) => {
      await assets.upsertMany([{ ...item, tags: ["b"], owner: "b" }]);
      changed.give();
      await finish.wait();
    });
    await changed.wait();
    const second = upsert(tenant, [{ ...item, tags: ["a"], owner: "a" }]);
    await untilBlocked(storage.database);
    finish.give();
    await first;
    expect(await second).toMatchObject({ updated: 1, unchanged: 0, assets: [{ tags: ["a"], owner: "a" }] });
  });

  it("keeps nobody from letting something depend on its assets meanwhile", async () => {
    const tenant = storage.newTenant();
    const [top, bottom] = [await storeAsset(tenant), await storeAsset(tenant)];
    const impatientUrl = new URL(storage.database.applicationUrl);
    impatientUrl.searchParams.set("options", "-c lock_timeout=5s");
    const impatient = storage.open({ retry: { attempts: 1 } }, impatientUrl.href);
    const [changed, finish] = [new Signal(), new Signal()];
    const first = tenant.run(async ({ assets }) => {
      await assets.upsertMany([top, bottom].map(({ name }) => ({ name, assetType: "view" })));
      changed.give();
      await finish.wait();
    });
    await changed.wait();
    const linking = impatient.withTenant(tenant.id, (from) => link(from, top.id, bottom.id));
    const [made] = await Promise.allSettled([linking]);
    finish.give();
    await first;
    expect(made).toMatchObject({ status: "fulfilled", value: { upstreamAssetId: top.id } });
  });

  it("waits for an asset of that name that is just being made, and then changes it", async () => {
    const tenant = storage.newTenant();
    const [made, finish] = [new Signal(), new Signal()];
    const first = tenant.run(async ({ assets }) => {
      await assets.insert({ name: "late", assetType: "table", tags: ["first"] });
      made.give();
      await finish.wait();
    });
    await made.wait();
    const second = upsert(tenant, [{ name: "late", assetType: "table", tags: ["second"] }]);
    await untilBlocked(storage.database);
    finish.give();
    await first;
    expect(await second).toMatchObject({ created: 0, updated: 1, assets: [{ tags: ["second"] }] });
  });

  it("many at once with inserts of the same name leave one asset, and fail in ways of the program alone", async () => {
    const tenant = storage.newTenant();
    const item = newAsset({ name: "same" });
    const work = Array.from({ length: 6 }, (_, index) =>
      tenant.run(async ({ assets }) => {
        if (index % 2 === 0) await assets.upsertMany([item]);
        else await assets.insert(item);
      }),
    );
    for (const outcome of await Promise.allSettled(work)) {
      if (outcome.status === "rejected") expect(outcome.reason).toBeInstanceOf(ConflictError);
    }
    expect(await tenant.run(({ assets }) => assets.count({ name: { exact: "same" }, scope: "own" }))).toBe(1);
  });
});
