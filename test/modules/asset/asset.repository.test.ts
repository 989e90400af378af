import { describe, expect, it } from "vitest";
import { ConflictError, NotFoundError } from "../../../src/errors.ts";
import type { NewAsset } from "../../../src/modules/asset/asset.input.ts";
import { newAsset, storeAsset, UNKNOWN_ID } from "../../support/factories.ts";
import { storedRows } from "../../support/owner.ts";
import { refusal } from "../../support/refusal.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

describe("creating an asset", () => {
  it("stores every field and shows it as stored", async () => {
    const tenant = storage.newTenant();
    const asset = await tenant.run(({ assets }) =>
      assets.insert({
        name: "customer_events",
        assetType: "table",
        description: "",
        owner: "data@acme",
        tags: ["z", "Ä", "a"],
        partitionConfig: { time: { granularity: "day", start: new Date("2024-01-01T00:00:00Z") } },
        properties: { nested: { list: [1, "two", null, true] }, '"': "\\" },
      }),
    );
    expect(asset).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/),
      tenantId: tenant.id,
      name: "customer_events",
      assetType: "table",
      description: "",
      owner: "data@acme",
      tags: ["a", "z", "Ä"],
      partitionConfig: {
        kind: "time",
        granularity: "day",
        start: "2024-01-01T00:00:00.000Z",
        timezone: "UTC",
      },
      properties: { nested: { list: [1, "two", null, true] }, '"': "\\" },
      createdAt: expect.any(Date),
      updatedAt: asset.createdAt,
      createdBy: tenant.id,
      updatedBy: tenant.id,
    });
    expect(await tenant.run(({ assets }) => assets.getById(asset.id))).toEqual(asset);
  });

  it("leaves empty what is not given", async () => {
    const asset = await storeAsset(storage.newTenant());
    expect(asset).toMatchObject({
      description: null,
      owner: null,
      tags: [],
      partitionConfig: null,
      properties: {},
    });
  });

  it.each<[NewAsset["partitionConfig"], object]>([
    [{ static: { keys: ["eu", "us"] } }, { kind: "static", keys: ["eu", "us"] }],
    [
      { range: { start: -1.5, end: 10, interval: 0.5 } },
      { kind: "range", start: -1.5, end: 10, interval: 0.5 },
    ],
    [
      { time: { granularity: "hour", start: new Date(0), timezone: "Europe/Paris" } },
      { kind: "time", granularity: "hour", start: "1970-01-01T00:00:00.000Z", timezone: "Europe/Paris" },
    ],
  ])("keeps a partition configuration of each kind: %j", async (given, stored) => {
    const tenant = storage.newTenant();
    const { id } = await storeAsset(tenant, { partitionConfig: given });
    expect((await tenant.run(({ assets }) => assets.getById(id))).partitionConfig).toEqual(stored);
  });

  it("refuses a name that the tenant has already, and names it", async () => {
    const tenant = storage.newTenant();
    const { name } = await storeAsset(tenant);
    const error = await refusal(storeAsset(tenant, { name }), ConflictError);
    expect(error.message).toBe(`An asset named "${name}" exists already.`);
    expect(await tenant.run(({ assets }) => assets.count())).toBe(1);
  });

  it("takes a name that differs in case, and one that another tenant or the system has", async () => {
    const [tenant, other] = [storage.newTenant(), storage.newTenant()];
    const { name } = await storeAsset(tenant);
    await storeAsset(tenant, { name: name.toUpperCase() });
    await storeAsset(other, { name });
    await storeAsset(storage.system, { name });
    expect(await tenant.run(({ assets }) => assets.count({ scope: "own" }))).toBe(2);
  });

  it("lets one of many that want the same name at once have it", async () => {
    const tenant = storage.newTenant();
    const asset = newAsset();
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => storeAsset(tenant, asset)));
    const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    expect(refused).toHaveLength(7);
    for (const error of refused) expect(error).toBeInstanceOf(ConflictError);
  });

  it("records who made it", async () => {
    const tenant = storage.newTenant();
    const asset = await tenant.run(({ assets }) => assets.insert(newAsset()), { actor: "ada@acme" });
    expect(asset).toMatchObject({ createdBy: "ada@acme", updatedBy: "ada@acme" });
    expect(await storeAsset(storage.system)).toMatchObject({ createdBy: "system", tenantId: null });
  });

  it("keeps a name of 255 characters beyond the basic plane, and text that SQL and JSON might trip over", async () => {
    const tenant = storage.newTenant();
    const name = "𝒜".repeat(255);
    const awkward = `'; DROP TABLE assets; -- \\ " $1 %s \n \u{1F600}`;
    const { id } = await storeAsset(tenant, { name, description: awkward, tags: [awkward] });
    const read = await tenant.run(({ assets }) => assets.getById(id));
    expect(read).toMatchObject({ name, description: awkward, tags: [awkward] });
  });

  it("keeps a name whose search form is many times as long", async () => {
    const tenant = storage.newTenant();
    // Each of these square signs is one character, and up to six when folded.
    const name = Array.from({ length: 255 }, (_, index) =>
      String.fromCodePoint(0x3300 + ((index * 7919) % 88)),
    ).join("");
    const { id } = await storeAsset(tenant, { name });
    expect(await tenant.run(({ assets }) => assets.findByName(name))).toMatchObject({ id });
    const filter = { name: { contains: name.slice(100, 110) } };
    expect(await tenant.run(({ assets }) => assets.count(filter))).toBe(1);
  });

  it("stores nothing when the work around it fails", async () => {
    const tenant = storage.newTenant();
    const work = tenant.run(async ({ assets }) => {
      await assets.insert(newAsset({ tags: ["a"] }));
      throw new Error("changed my mind");
    });
    await expect(work).rejects.toThrow("changed my mind");
    const count = "SELECT count(*)::int AS count FROM assets WHERE tenant_id = $1";
    expect(await storedRows(storage.database, count, [tenant.id])).toEqual([{ count: 0 }]);
  });
});

describe("reading an asset", () => {
  it("by id, a get throws for an absent one and a find returns null", async () => {
    const tenant = storage.newTenant();
    const { id } = await storeAsset(tenant);
    expect(await tenant.run(({ assets }) => assets.findById(id.toUpperCase()))).toMatchObject({ id });
    expect(await tenant.run(({ assets }) => assets.findById(UNKNOWN_ID))).toBeNull();
    const error = await refusal(
      tenant.run(({ assets }) => assets.getById(UNKNOWN_ID)),
      NotFoundError,
    );
    expect(error.message).toBe(`No asset has the id ${UNKNOWN_ID}.`);
  });

  it("many by id come without those that are absent", async () => {
    const tenant = storage.newTenant();
    const [a, b] = [await storeAsset(tenant), await storeAsset(tenant)];
    const found = await tenant.run(({ assets }) => assets.findManyByIds([b.id, UNKNOWN_ID, a.id, b.id]));
    expect(found.map(({ id }) => id).toSorted()).toEqual([a.id, b.id].toSorted());
    expect(await tenant.run(({ assets }) => assets.findManyByIds([]))).toEqual([]);
  });

  it("by name is exact, and the tenant's own comes before a global one", async () => {
    const tenant = storage.newTenant();
    const global = await storeAsset(storage.system);
    const find = (name: string) => tenant.run(({ assets }) => assets.findByName(name));
    expect(await find(global.name)).toEqual(global);
    const own = await storeAsset(tenant, { name: global.name });
    expect(await find(global.name)).toEqual(own);
    expect(await find(global.name.toUpperCase())).toBeNull();
    expect(await find("no such name")).toBeNull();
    expect(await storage.system.run(({ assets }) => assets.findByName(global.name))).toEqual(global);
  });

  it("a list without arguments has 50 assets", async () => {
    const tenant = storage.newTenant();
    await tenant.run(({ assets }) => assets.upsertMany(Array.from({ length: 51 }, () => newAsset())));
    expect(await tenant.run(({ assets }) => assets.list({ filter: { scope: "own" } }))).toHaveLength(50);
    const page = await tenant.run(({ assets }) => assets.page({ filter: { scope: "own" } }));
    expect(page.items).toHaveLength(50);
    expect(page.hasNextPage).toBe(true);
    expect(await tenant.run(({ assets }) => assets.count({ scope: "own" }))).toBe(51);
  });
});
