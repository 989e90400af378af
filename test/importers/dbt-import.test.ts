import { describe, expect, it } from "vitest";
import { dbtActor, importDbtCatalogue } from "../../src/importers/dbt/import.ts";
import { readDbtManifest } from "../../src/importers/dbt/manifest.ts";
import { createRepositories } from "../../src/modules/repositories.ts";
import { importDbt, storedCatalogue, versionsOf } from "../support/dbt-import.ts";
import { type DbtManifestOptions, dbtManifest } from "../support/dbt-manifest.ts";
import { present } from "../support/present.ts";
import { Statements } from "../support/statements.ts";
import { prepareStorage } from "../support/storage.ts";

const test = prepareStorage();

const shop: DbtManifestOptions = {
  sources: [{ name: "orders", description: "As they come.", tags: ["raw"], meta: { owner: "ingest" } }],
  seeds: [{ name: "countries" }],
  snapshots: [{ name: "orders_history", dependsOn: ["source.shop.raw.orders"] }],
  models: [
    {
      name: "orders",
      description: "One row an order.",
      tags: ["daily", "core"],
      meta: { owner: "sales" },
      columns: { id: { type: "integer", description: "The order." } },
      dependsOn: ["source.shop.raw.orders", "seed.shop.countries"],
    },
    { name: "revenue", dependsOn: ["model.shop.orders"] },
  ],
  exposures: [{ name: "weekly", owner: { name: "Ada" }, dependsOn: ["model.shop.revenue"] }],
};

const NONE = { created: 0, updated: 0, unchanged: 0, removed: 0 };
const NO_EDGES = { created: 0, unchanged: 0, removed: 0 };

describe("the first import of a manifest", () => {
  it("stores its assets and dependencies, as the project", async () => {
    const tenant = test.newTenant();
    const steps: [string, number, number][] = [];
    const summary = await importDbt(test, tenant, shop, (...step) => void steps.push(step));
    expect(summary).toEqual({
      assets: { ...NONE, created: 6 },
      dependencies: { ...NO_EDGES, created: 5 },
      kept: [],
    });
    expect(steps).toEqual([
      ["assets", 6, 6],
      ["dependencies", 5, 5],
      ["removed assets", 0, 0],
    ]);
    expect(await storedCatalogue(test, tenant)).toEqual({
      assets: [
        "exposure.shop.weekly",
        "model.shop.orders",
        "model.shop.revenue",
        "seed.shop.countries",
        "snapshot.shop.orders_history",
        "source.shop.raw.orders",
      ],
      edges: [
        "model.shop.orders -> model.shop.revenue",
        "model.shop.revenue -> exposure.shop.weekly",
        "seed.shop.countries -> model.shop.orders",
        "source.shop.raw.orders -> model.shop.orders",
        "source.shop.raw.orders -> snapshot.shop.orders_history",
      ],
    });
    const asset = await tenant.run(({ assets }) => assets.findByName("model.shop.orders"));
    expect(asset).toMatchObject({
      assetType: "model",
      description: "One row an order.",
      owner: "sales",
      tags: ["core", "daily"],
      properties: { relation: '"warehouse"."public"."orders"' },
      createdBy: "~dbt:shop",
      updatedBy: "~dbt:shop",
    });
  });

  it("shows in a walk of the lineage, and to no other tenant", async () => {
    const [tenant, other] = [test.newTenant(), test.newTenant()];
    await importDbt(test, tenant, shop);
    const root = present(await tenant.run(({ assets }) => assets.findByName("exposure.shop.weekly")));
    const lineage = await tenant.run(({ lineage }) =>
      lineage.find({ assetId: root.id, direction: "upstream", maxDepth: 10 }),
    );
    expect(lineage).toMatchObject({ completeness: "COMPLETE", nodes: { length: 5 } });
    expect(await other.run(({ assets }) => assets.count())).toBe(0);
  });
});

describe("a second import of the same manifest", () => {
  it("writes no asset, and of a dependency when it was last seen and nothing else", async () => {
    const tenant = test.newTenant();
    await importDbt(test, tenant, shop);
    const before = await versionsOf(test, tenant);
    expect(await importDbt(test, tenant, shop)).toEqual({
      assets: { ...NONE, unchanged: 6 },
      dependencies: { ...NO_EDGES, unchanged: 5 },
      kept: [],
    });
    const after = await versionsOf(test, tenant);
    expect([after.assets, after.tags, after.past]).toEqual([before.assets, before.tags, []]);
    const otherwise = ({ version: _, last_seen_at: __, ...row }: (typeof after.dependencies)[number]) => row;
    expect(after.dependencies.map(otherwise)).toEqual(before.dependencies.map(otherwise));
    before.dependencies.forEach(({ last_seen_at }, index) => {
      expect(after.dependencies[index]?.last_seen_at.getTime()).toBeGreaterThan(last_seen_at.getTime());
    });
  });

  it("brings back what somebody changed or deleted since", async () => {
    const tenant = test.newTenant();
    await importDbt(test, tenant, shop);
    const first = await storedCatalogue(test, tenant);
    await tenant.run(async ({ assets, dependencies }) => {
      const orders = present(await assets.findByName("model.shop.orders"));
      const revenue = present(await assets.findByName("model.shop.revenue"));
      await assets.update(orders.id, { owner: "me", tags: [] });
      await dependencies.removeAll(orders.id);
      await assets.remove(revenue.id);
    });
    expect(await importDbt(test, tenant, shop)).toMatchObject({
      assets: { ...NONE, created: 1, updated: 1, unchanged: 4 },
      dependencies: { ...NO_EDGES, created: 4, unchanged: 1 },
    });
    expect(await storedCatalogue(test, tenant)).toEqual(first);
    const orders = await tenant.run(({ assets }) => assets.findByName("model.shop.orders"));
    expect(orders).toMatchObject({ owner: "sales", tags: ["core", "daily"], updatedBy: "~dbt:shop" });
  });
});

describe("the dependencies of an import", () => {
  const edgesOf = async ({ run }: { run: ReturnType<typeof test.newTenant>["run"] }) =>
    (await run(({ dependencies }) => dependencies.list())).map(({ sources, createdBy }) => ({
      sources,
      createdBy,
    }));

  it("are asserted by the project, beside others who do", async () => {
    const tenant = test.newTenant();
    const pair: DbtManifestOptions = {
      models: [
        { name: "orders", package: "shop" },
        { name: "revenue", package: "shop", dependsOn: ["model.shop.orders"] },
      ],
    };
    await importDbt(test, tenant, pair);
    const createdBy = "~dbt:shop";
    expect(await edgesOf(tenant)).toEqual([{ sources: ["dbt:shop"], createdBy }]);
    await importDbt(test, tenant, { project: "bank", ...pair });
    expect(await edgesOf(tenant)).toEqual([{ sources: ["dbt:shop", "dbt:bank"], createdBy }]);
    // The first lets it go, the second still has it; and what has not ended has no past.
    expect(await importDbt(test, tenant, {})).toMatchObject({ dependencies: { removed: 0 } });
    expect(await edgesOf(tenant)).toEqual([{ sources: ["dbt:bank"], createdBy }]);
    expect((await versionsOf(test, tenant)).past).toEqual([]);
  });

  it("leave what they have been behind when they end, unless an asset goes, too", async () => {
    const tenant = test.newTenant();
    await importDbt(test, tenant, shop);
    await importDbt(test, tenant, {
      ...shop,
      models: [{ name: "orders", dependsOn: ["source.shop.raw.orders"] }, { name: "revenue" }],
    });
    const { past } = await versionsOf(test, tenant);
    expect(past).toMatchObject([{ sources: ["dbt:shop"] }, { sources: ["dbt:shop"] }]);
    await importDbt(test, tenant, {});
    expect((await versionsOf(test, tenant)).past).toEqual([]);
  });

  it("take no statement each", async () => {
    const statements = new Statements();
    const database = test.openDatabase({ observer: statements });
    const statementsOf = async (tenant: string, models: number) => {
      const manifest: DbtManifestOptions = {
        models: Array.from({ length: models }, (_, index) => ({
          name: `m${index}`,
          dependsOn: Array.from(
            { length: Math.min(index, 3) },
            (__, back) => `model.shop.m${index - back - 1}`,
          ),
        })),
      };
      const binding = { ownTenant: tenant, actor: dbtActor("shop") };
      const names = await statements.during(() =>
        database.transaction(binding, { access: "write" }, (connection) =>
          importDbtCatalogue(createRepositories(connection), readDbtManifest(dbtManifest(manifest))),
        ),
      );
      return names.filter((name) => name.startsWith("dependency."));
    };
    const [few, many] = [await statementsOf("few", 20), await statementsOf("many", 200)];
    expect(many).toEqual(few);
    const [fewAgain, manyAgain] = [await statementsOf("few", 20), await statementsOf("many", 200)];
    expect(manyAgain).toEqual(fewAgain);
    const [fewEnd, manyEnd] = [await statementsOf("few", 2), await statementsOf("many", 2)];
    expect(manyEnd).toEqual(fewEnd);
    for (const found of [few, fewAgain, fewEnd]) expect(found.length).toBeLessThan(10);
  });
});

describe("an import of a changed manifest", () => {
  it("adds, changes and removes what changed, and leaves the rest alone", async () => {
    const tenant = test.newTenant();
    await importDbt(test, tenant, shop);
    const before = await versionsOf(test, tenant);
    const summary = await importDbt(test, tenant, {
      ...shop,
      snapshots: [],
      models: [
        { name: "orders", tags: ["daily"], dependsOn: ["source.shop.raw.orders"] },
        { name: "revenue", dependsOn: ["model.shop.margin"] },
        { name: "margin", dependsOn: ["model.shop.orders"] },
      ],
    });
    expect(summary).toEqual({
      assets: { created: 1, updated: 1, unchanged: 4, removed: 1 },
      dependencies: { created: 2, unchanged: 2, removed: 3 },
      kept: [],
    });
    expect(await storedCatalogue(test, tenant)).toEqual({
      assets: [
        "exposure.shop.weekly",
        "model.shop.margin",
        "model.shop.orders",
        "model.shop.revenue",
        "seed.shop.countries",
        "source.shop.raw.orders",
      ],
      edges: [
        "model.shop.margin -> model.shop.revenue",
        "model.shop.orders -> model.shop.margin",
        "model.shop.revenue -> exposure.shop.weekly",
        "source.shop.raw.orders -> model.shop.orders",
      ],
    });
    const after = await versionsOf(test, tenant);
    const untouched = after.assets.filter(({ version }) =>
      before.assets.some((row) => row.version === version),
    );
    expect(untouched.map(({ name }) => name)).not.toContain("model.shop.orders");
    expect(untouched).toHaveLength(4);
  });

  it("clears what the manifest no longer says", async () => {
    const tenant = test.newTenant();
    await importDbt(test, tenant, shop);
    await importDbt(test, tenant, { sources: [{ name: "orders" }], models: [{ name: "orders" }] });
    const [model, source] = await tenant.run(async ({ assets }) => [
      await assets.findByName("model.shop.orders"),
      await assets.findByName("source.shop.raw.orders"),
    ]);
    expect(source).toMatchObject({ description: null, owner: null, tags: [] });
    expect(model).toMatchObject({ description: null, owner: null, tags: [] });
    expect(JSON.stringify(model?.properties)).not.toContain("The order.");
  });

  it("gives an asset its new type under its old id", async () => {
    const tenant = test.newTenant();
    await importDbt(test, tenant, shop);
    const before = present(await tenant.run(({ assets }) => assets.findByName("model.shop.orders")));
    await importDbt(test, tenant, { models: [{ name: "orders", materialized: "table" }] });
    const after = present(await tenant.run(({ assets }) => assets.findByName("model.shop.orders")));
    expect([after.id, after.createdAt]).toEqual([before.id, before.createdAt]);
    expect(after.properties).not.toEqual(before.properties);
  });

  it("of nothing removes everything that the project made", async () => {
    const tenant = test.newTenant();
    await importDbt(test, tenant, shop);
    const summary = await importDbt(test, tenant, {});
    expect(summary).toEqual({
      assets: { ...NONE, removed: 6 },
      dependencies: { ...NO_EDGES, removed: 5 },
      kept: [],
    });
    expect(await storedCatalogue(test, tenant)).toEqual({ assets: [], edges: [] });
  });
});

describe("a manifest of more than 1,000 assets", () => {
  const models = (count: number, first = 0) =>
    Array.from({ length: count }, (_, index) => {
      const number = index + first;
      const dependsOn = [1, 2].flatMap((back) => (index >= back ? [`model.shop.m${number - back}`] : []));
      return { name: `m${number}`, dependsOn };
    });

  it("is stored whole, found unchanged, and removed whole", async () => {
    const tenant = test.newTenant();
    const big = { models: models(1100) };
    expect(await importDbt(test, tenant, big)).toMatchObject({
      assets: { created: 1100 },
      dependencies: { created: 1099 + 1098 },
    });
    expect(await importDbt(test, tenant, big)).toEqual({
      assets: { ...NONE, unchanged: 1100 },
      dependencies: { ...NO_EDGES, unchanged: 1099 + 1098 },
      kept: [],
    });
    expect(await importDbt(test, tenant, { models: models(50, 1020) })).toEqual({
      assets: { ...NONE, unchanged: 50, removed: 1050 },
      dependencies: { created: 0, unchanged: 49 + 48, removed: 1099 + 1098 - 49 - 48 },
      kept: [],
    });
  });
});
