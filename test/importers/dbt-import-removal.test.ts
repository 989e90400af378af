import { describe, expect, it } from "vitest";
import { importDbt, storedCatalogue } from "../support/dbt-import.ts";
import type { DbtManifestOptions } from "../support/dbt-manifest.ts";
import { link } from "../support/factories.ts";
import { present } from "../support/present.ts";
import { type Party, prepareStorage } from "../support/storage.ts";

const test = prepareStorage();

const shop: DbtManifestOptions = {
  models: [{ name: "orders" }, { name: "revenue", dependsOn: ["model.shop.orders"] }],
};
/** The same project without `orders`. */
const later: DbtManifestOptions = { models: [{ name: "revenue" }] };
const ORDERS = "model.shop.orders";

const idOf = ({ run }: Party, name: string) =>
  run(async ({ assets }) => present(await assets.findByName(name)).id);

describe("an asset that the manifest no longer has", () => {
  it("goes, with the edges that the project made", async () => {
    const tenant = test.newTenant();
    await importDbt(test, tenant, shop);
    expect(await importDbt(test, tenant, later)).toMatchObject({ assets: { removed: 1 }, kept: [] });
    expect(await storedCatalogue(test, tenant)).toEqual({ assets: ["model.shop.revenue"], edges: [] });
  });

  it("goes although somebody changed it: who made it counts", async () => {
    const tenant = test.newTenant();
    await importDbt(test, tenant, shop);
    const id = await idOf(tenant, ORDERS);
    await tenant.run(({ assets }) => assets.update(id, { owner: "me" }));
    expect(await importDbt(test, tenant, later)).toMatchObject({ assets: { removed: 1 } });
  });

  it("stays if somebody made it, even if the project changed it", async () => {
    const tenant = test.newTenant();
    const made = await tenant.run(({ assets }) =>
      assets.insert({ name: ORDERS, assetType: "table", owner: "me" }),
    );
    expect(await importDbt(test, tenant, shop)).toMatchObject({ assets: { created: 1, updated: 1 } });
    const changed = await tenant.run(({ assets }) => assets.getById(made.id));
    expect(changed).toMatchObject({
      assetType: "model",
      owner: null,
      createdBy: tenant.id,
      updatedBy: "~dbt:shop",
    });

    expect(await importDbt(test, tenant, later)).toMatchObject({ assets: { removed: 0 }, kept: [] });
    expect(await tenant.run(({ assets }) => assets.getById(made.id))).toEqual(changed);
  });

  it.each<[string, (tenant: Party, orders: string) => Promise<unknown>]>([
    [
      "an edge from it",
      (tenant, orders) =>
        tenant.run(async (repositories) => {
          const report = await repositories.assets.insert({ name: "report", assetType: "dashboard" });
          return link(repositories, orders, report.id);
        }),
    ],
    [
      "an edge to it",
      (tenant, orders) =>
        tenant.run(async (repositories) => {
          const file = await repositories.assets.insert({ name: "file", assetType: "file" });
          return link(repositories, file.id, orders);
        }),
    ],
    [
      "an edge between two assets of the project",
      async (tenant, orders) => {
        const revenue = await idOf(tenant, "model.shop.revenue");
        return tenant.run((repositories) =>
          repositories.dependencies.insert({
            upstreamAssetId: orders,
            downstreamAssetId: revenue,
            dependencyType: "control",
          }),
        );
      },
    ],
    [
      "a workflow",
      (tenant, orders) =>
        tenant.run(({ workflows }) =>
          workflows.insert({ name: "load", assets: [{ assetId: orders, role: "input" }] }),
        ),
    ],
    [
      "an older version of a workflow",
      (tenant, orders) =>
        tenant.run(async ({ workflows }) => {
          await workflows.insert({ name: "load", assets: [{ assetId: orders, role: "output" }] });
          return workflows.insertVersion({ name: "load", assets: [] });
        }),
    ],
  ])("stays and is reported while somebody uses it by %s", async (_, use) => {
    const tenant = test.newTenant();
    await importDbt(test, tenant, shop);
    const orders = await idOf(tenant, ORDERS);
    await use(tenant, orders);
    const before = await storedCatalogue(test, tenant);

    const summary = await importDbt(test, tenant, later);
    expect(summary).toMatchObject({ assets: { removed: 0 }, dependencies: { removed: 1 }, kept: [ORDERS] });
    expect((await storedCatalogue(test, tenant)).assets).toEqual(before.assets);
    expect(await importDbt(test, tenant, later)).toMatchObject({ kept: [ORDERS] });
  });

  it("goes with the first import after the last use has ended", async () => {
    const tenant = test.newTenant();
    await importDbt(test, tenant, shop);
    const orders = await idOf(tenant, ORDERS);
    const { id } = await tenant.run(({ workflows }) =>
      workflows.insert({ name: "load", assets: [{ assetId: orders, role: "input" }] }),
    );
    expect(await importDbt(test, tenant, later)).toMatchObject({ kept: [ORDERS] });
    await tenant.run(({ workflows }) => workflows.remove(id));
    expect(await importDbt(test, tenant, later)).toMatchObject({ assets: { removed: 1 }, kept: [] });
  });
});

describe("a dependency that the manifest no longer has", () => {
  it("stays if somebody made it, even if the manifest said so too", async () => {
    const tenant = test.newTenant();
    await importDbt(test, tenant, { models: [{ name: "orders" }, { name: "revenue" }] });
    const [orders, revenue] = [await idOf(tenant, ORDERS), await idOf(tenant, "model.shop.revenue")];
    await tenant.run((repositories) => link(repositories, orders, revenue));
    expect(await importDbt(test, tenant, shop)).toMatchObject({ dependencies: { created: 0, unchanged: 1 } });
    const summary = await importDbt(test, tenant, { models: [{ name: "orders" }, { name: "revenue" }] });
    expect(summary.dependencies).toEqual({ created: 0, unchanged: 0, removed: 0 });
    expect((await storedCatalogue(test, tenant)).edges).toEqual([`${ORDERS} -> model.shop.revenue`]);
  });

  it("of another type between the same assets is another dependency", async () => {
    const tenant = test.newTenant();
    await importDbt(test, tenant, shop);
    const [orders, revenue] = [await idOf(tenant, ORDERS), await idOf(tenant, "model.shop.revenue")];
    await tenant.run(({ dependencies }) =>
      dependencies.insert({
        upstreamAssetId: orders,
        downstreamAssetId: revenue,
        dependencyType: "metadata",
      }),
    );
    expect(await importDbt(test, tenant, shop)).toMatchObject({ dependencies: { created: 0, unchanged: 1 } });
    expect(
      await importDbt(test, tenant, { models: [{ name: "orders" }, { name: "revenue" }] }),
    ).toMatchObject({ dependencies: { removed: 1 } });
  });
});

describe("another project", () => {
  it("of the same tenant keeps its assets and edges", async () => {
    const tenant = test.newTenant();
    await importDbt(test, tenant, shop);
    const before = await storedCatalogue(test, tenant);
    await importDbt(test, tenant, { project: "bank", models: [{ name: "accounts" }] });
    await importDbt(test, tenant, { project: "bank" });
    expect(await storedCatalogue(test, tenant)).toEqual(before);
    // One whose name begins like another's is yet another.
    await importDbt(test, tenant, { project: "sho" });
    expect(await storedCatalogue(test, tenant)).toEqual(before);
  });

  it("that builds on an asset keeps it", async () => {
    const tenant = test.newTenant();
    await importDbt(test, tenant, shop);
    await importDbt(test, tenant, {
      project: "bank",
      models: [
        { name: "orders", package: "shop" },
        { name: "ledger", dependsOn: [ORDERS] },
      ],
    });
    expect(await importDbt(test, tenant, later)).toMatchObject({ assets: { removed: 0 }, kept: [ORDERS] });
    expect((await storedCatalogue(test, tenant)).edges).toEqual([`${ORDERS} -> model.bank.ledger`]);
  });

  it("whose manifest has the same assets and dependencies keeps them, until it lets them go too", async () => {
    const tenant = test.newTenant();
    const bank: DbtManifestOptions = {
      project: "bank",
      models: [
        { name: "orders", package: "shop" },
        { name: "revenue", package: "shop", dependsOn: [ORDERS] },
        { name: "alone", package: "shop" },
      ],
    };
    await importDbt(test, tenant, { models: [...(shop.models ?? []), { name: "alone" }] });
    const before = await storedCatalogue(test, tenant);
    expect(await importDbt(test, tenant, bank)).toMatchObject({ assets: { unchanged: 3 } });
    expect(await importDbt(test, tenant, { project: "shop" })).toMatchObject({
      assets: { removed: 0 },
      dependencies: { removed: 0 },
    });
    expect(await storedCatalogue(test, tenant)).toEqual(before);
    expect(await importDbt(test, tenant, { project: "bank" })).toMatchObject({
      assets: { removed: 3 },
      dependencies: { removed: 1 },
      kept: [],
    });
  });

  it("of another tenant is not touched, whatever its name", async () => {
    const [tenant, other] = [test.newTenant(), test.newTenant()];
    await importDbt(test, tenant, shop);
    const before = await storedCatalogue(test, tenant);
    await importDbt(test, other, later);
    await importDbt(test, other, {});
    expect(await storedCatalogue(test, tenant)).toEqual(before);
  });
});

describe("a global asset of the same name", () => {
  it("is left alone: the tenant gets one of its own", async () => {
    const name = "model.global_shop.orders";
    const global = await test.system.run(({ assets }) => assets.insert({ name, assetType: "table" }));
    const tenant = test.newTenant();
    const manifest = { project: "global_shop", models: [{ name: "orders" }] };
    expect(await importDbt(test, tenant, manifest)).toMatchObject({ assets: { created: 1 } });
    expect(await importDbt(test, tenant, manifest)).toMatchObject({ assets: { unchanged: 1 } });
    await importDbt(test, tenant, { project: "global_shop" });
    expect(await test.system.run(({ assets }) => assets.getById(global.id))).toEqual(global);
  });
});
