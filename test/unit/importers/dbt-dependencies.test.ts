import { describe, expect, it } from "vitest";
import type { ImportedCatalogue } from "../../../src/importers/dbt/catalogue.ts";
import { readDbtManifest } from "../../../src/importers/dbt/manifest.ts";
import { dbtManifest } from "../../support/dbt-manifest.ts";

const edgesOf = (catalogue: ImportedCatalogue) =>
  catalogue.dependencies.map(({ upstream, downstream }) => `${upstream} -> ${downstream}`);

describe("dependencies", () => {
  const skippedOf = (catalogue: ImportedCatalogue) => catalogue.skipped.dependencies;

  it("bridge metrics and semantic models", () => {
    const catalogue = readDbtManifest(
      dbtManifest({
        models: [{ name: "orders" }, { name: "refunds" }],
        semanticModels: [
          { name: "orders", dependsOn: ["model.shop.orders"] },
          { name: "refunds", dependsOn: ["model.shop.refunds"] },
        ],
        metrics: [
          { name: "sales", dependsOn: ["semantic_model.shop.orders"] },
          { name: "net", dependsOn: ["metric.shop.sales", "semantic_model.shop.refunds"] },
        ],
        exposures: [{ name: "weekly", dependsOn: ["metric.shop.net", "model.shop.orders"] }],
      }),
    );
    expect(edgesOf(catalogue)).toEqual([
      "model.shop.orders -> exposure.shop.weekly",
      "model.shop.refunds -> exposure.shop.weekly",
    ]);
    expect(catalogue.skipped.resources).toEqual({ metric: 2, semantic_model: 2 });
    expect(skippedOf(catalogue)).toEqual({ duplicate: 0, self: 0, unresolved: 0 });
  });

  it("bridge functions and disabled models that are made from something", () => {
    const catalogue = readDbtManifest(
      dbtManifest({
        models: [
          { name: "a" },
          { name: "b", dependsOn: ["function.shop.rate", "model.shop.old"] },
          { name: "c" },
        ],
        functions: [{ name: "rate", dependsOn: ["model.shop.a"] }],
        disabled: [{ name: "old", dependsOn: ["model.shop.c"] }],
      }),
    );
    expect(edgesOf(catalogue)).toEqual(["model.shop.a -> model.shop.b", "model.shop.c -> model.shop.b"]);
    expect(catalogue.skipped).toMatchObject({ resources: { function: 1 }, disabled: 1 });
  });

  it("stop at the nearest asset", () => {
    const catalogue = readDbtManifest(
      dbtManifest({
        models: [{ name: "a" }, { name: "b", dependsOn: ["model.shop.a"] }],
        metrics: [{ name: "m", dependsOn: ["model.shop.b"] }],
        exposures: [{ name: "e", dependsOn: ["metric.shop.m"] }],
      }),
    );
    expect(edgesOf(catalogue)).toEqual(["model.shop.b -> exposure.shop.e", "model.shop.a -> model.shop.b"]);
  });

  it("are dropped and counted where they lead to no asset", () => {
    const catalogue = readDbtManifest(
      dbtManifest({
        models: [{ name: "a", dependsOn: ["model.other.gone", "model.shop.old", "function.shop.pi"] }],
        functions: [{ name: "pi" }],
        disabled: [{ name: "old" }],
      }),
    );
    expect(edgesOf(catalogue)).toEqual([]);
    expect(skippedOf(catalogue)).toEqual({ duplicate: 0, self: 0, unresolved: 3 });
  });

  it("are kept once, never from an asset to itself, and metrics that go in a circle end", () => {
    const catalogue = readDbtManifest(
      dbtManifest({
        models: [
          { name: "a" },
          { name: "b", dependsOn: ["model.shop.a", "model.shop.a", "model.shop.b", "metric.shop.x"] },
        ],
        metrics: [
          { name: "x", dependsOn: ["metric.shop.y", "model.shop.b"] },
          { name: "y", dependsOn: ["metric.shop.x"] },
        ],
      }),
    );
    expect(edgesOf(catalogue)).toEqual(["model.shop.a -> model.shop.b"]);
    expect(skippedOf(catalogue)).toEqual({ duplicate: 1, self: 2, unresolved: 0 });
  });

  it("a resource switched off where it stands is no asset either", () => {
    const off = { config: { enabled: false } };
    const catalogue = readDbtManifest(
      dbtManifest({
        sources: [{ name: "a", fields: off }],
        models: [{ name: "m", dependsOn: ["source.shop.raw.a"] }],
        exposures: [{ name: "e", dependsOn: ["model.shop.m"], fields: off }],
      }),
    );
    expect(catalogue.assets.map(({ name }) => name)).toEqual(["model.shop.m"]);
    expect(catalogue.skipped).toMatchObject({ disabled: 2, dependencies: { unresolved: 1 } });
  });

  it("a model that is enabled in one file and disabled in another is an asset", () => {
    const catalogue = readDbtManifest(dbtManifest({ models: [{ name: "a" }], disabled: [{ name: "a" }] }));
    expect(catalogue.assets).toHaveLength(1);
    expect(catalogue.skipped.disabled).toBe(0);
  });
});
