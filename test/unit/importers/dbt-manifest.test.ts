import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ImportedAsset, ImportedCatalogue } from "../../../src/importers/dbt/catalogue.ts";
import { parseDbtManifest, readDbtManifest } from "../../../src/importers/dbt/manifest.ts";
import { ManifestError } from "../../../src/importers/dbt/manifest-error.ts";
import * as fields from "../../../src/modules/fields.ts";
import { dbtManifest } from "../../support/dbt-manifest.ts";
import { refusalOf } from "../../support/manifest-refusal.ts";

const schemaUrl = (version: number) => `https://schemas.getdbt.com/dbt/manifest/v${version}.json`;

function assetOf(catalogue: ImportedCatalogue, name: string): ImportedAsset {
  const asset = catalogue.assets.find((candidate) => candidate.name === name);
  if (asset === undefined) throw new Error(`${name} is not in the catalogue`);
  return asset;
}

const edgesOf = (catalogue: ImportedCatalogue) =>
  catalogue.dependencies.map(({ upstream, downstream }) => `${upstream} -> ${downstream}`);

const NO_ADJUSTMENT = { description: 0, owner: 0, tags: 0, properties: 0 };

describe.each([7, 8, 9, 10, 11, 12])("a manifest v%i", (version) => {
  const catalogue = readDbtManifest(
    dbtManifest({
      version,
      sources: [{ name: "orders" }],
      seeds: [{ name: "countries" }],
      snapshots: [{ name: "orders_history", dependsOn: ["source.shop.raw.orders"] }],
      models: [
        { name: "orders", dependsOn: ["source.shop.raw.orders", "seed.shop.countries"] },
        { name: "helper", materialized: "ephemeral", dependsOn: ["model.shop.orders"] },
      ],
      exposures: [{ name: "weekly", dependsOn: ["model.shop.helper"] }],
      tests: [{ name: "not_null", dependsOn: ["model.shop.orders"] }],
    }),
  );

  it("tells its project and version", () => {
    expect(catalogue.project).toBe("shop");
    expect(catalogue.schemaVersion).toBe(version);
  });

  it("gives sources, seeds, snapshots, models and exposures as assets, in order of name", () => {
    expect(catalogue.assets.map(({ name, assetType }) => [name, assetType])).toEqual([
      ["exposure.shop.weekly", "exposure"],
      ["model.shop.helper", "model"],
      ["model.shop.orders", "model"],
      ["seed.shop.countries", "seed"],
      ["snapshot.shop.orders_history", "snapshot"],
      ["source.shop.raw.orders", "source"],
    ]);
  });

  it("gives depends_on.nodes as dependencies", () => {
    expect(edgesOf(catalogue)).toEqual([
      "model.shop.helper -> exposure.shop.weekly",
      "model.shop.orders -> model.shop.helper",
      "seed.shop.countries -> model.shop.orders",
      "source.shop.raw.orders -> model.shop.orders",
      "source.shop.raw.orders -> snapshot.shop.orders_history",
    ]);
  });

  it("gives each relation, and none to what is none", () => {
    const relations = catalogue.assets.map(({ properties }) => properties.relation);
    const quoted = (schema: string, table: string) =>
      version >= 8 ? `"warehouse"."${schema}"."${table}"` : `warehouse.${schema}.${table}`;
    expect(relations).toEqual([
      undefined,
      undefined,
      quoted("public", "orders"),
      quoted("public", "countries"),
      quoted("public", "orders_history"),
      '"warehouse"."raw"."orders"',
    ]);
  });

  it("counts what it leaves out", () => {
    expect(catalogue.skipped).toEqual({
      resources: { test: 1 },
      disabled: 0,
      dependencies: { duplicate: 0, self: 0, unresolved: 0 },
      adjusted: NO_ADJUSTMENT,
    });
  });
});

describe("what is not a manifest is refused in one line", () => {
  const expected = "expected a dbt manifest (target/manifest.json), schema v7 to v12";

  it.each([
    ["null", null, `${expected}; found null`],
    ["a list", [dbtManifest()], `${expected}; found a list`],
    ["a number", 12, `${expected}; found a number`],
    ["an empty object", {}, `${expected}; found an empty object`],
    [
      "a package.json",
      { name: "x", version: "1.0.0", type: "module", scripts: {}, dependencies: {} },
      `${expected}; found an object with "name", "version", "type", "scripts", …`,
    ],
    [
      "an OpenLineage event",
      { eventTime: "2026-01-01T00:00:00Z", eventType: "START", producer: "https://x", run: {}, job: {} },
      `${expected}; found an OpenLineage event`,
    ],
    [
      "dbt's run results",
      { metadata: { dbt_schema_version: "https://schemas.getdbt.com/dbt/run-results/v6.json" }, results: [] },
      `metadata.dbt_schema_version: ${expected}; found dbt's run-results v6`,
    ],
    [
      "dbt's catalog",
      {
        metadata: { dbt_schema_version: "https://schemas.getdbt.com/dbt/catalog/v1.json" },
        nodes: {},
        sources: {},
      },
      `metadata.dbt_schema_version: ${expected}; found dbt's catalog v1`,
    ],
    [
      "a Kubernetes resource",
      { apiVersion: "v1", kind: "Pod", metadata: { name: "x" } },
      `metadata.dbt_schema_version: ${expected}, but it is missing`,
    ],
    [
      "an unknown schema",
      { metadata: { dbt_schema_version: "urn:other" } },
      `metadata.dbt_schema_version: expected "${schemaUrl(12)}"; found "urn:other"`,
    ],
    [
      "a schema that is no text",
      { metadata: { dbt_schema_version: [schemaUrl(12)] } },
      `metadata.dbt_schema_version: expected "${schemaUrl(12)}"; found a list`,
    ],
  ])("%s", (_, json, message) => {
    expect(refusalOf(() => readDbtManifest(json))).toBe(message);
  });

  it.each([0, 6, 13, 20])("a manifest v%i", (version) => {
    expect(refusalOf(() => readDbtManifest(dbtManifest({ version })))).toBe(
      `metadata.dbt_schema_version: manifest v${version} cannot be read; expected v7 to v12`,
    );
  });

  it.each([
    ["an empty file", " \n", /^expected a dbt manifest; found an empty file$/],
    ["a cut file", JSON.stringify(dbtManifest()).slice(0, -9), /^not JSON: .+ in JSON at position \d+/],
    ["a file of another kind", "name: shop\nversion: '1.0'\n\u001b[31m", /^not JSON: .*"name: shop /],
  ])("%s", (_, text, message) => {
    const refusal = refusalOf(() => parseDbtManifest(text));
    expect(refusal).toMatch(message);
    expect(refusal).not.toMatch(/\p{Cc}/u);
  });

  it("but a byte order mark is allowed", () => {
    expect(parseDbtManifest(`\uFEFF${JSON.stringify(dbtManifest())}`).project).toBe("shop");
  });
});

describe("a field of the wrong shape is refused with its path", () => {
  const model = (given: Record<string, unknown>) =>
    dbtManifest({ models: [{ name: "orders", fields: given }] });

  it.each([
    ["no nodes", { ...dbtManifest(), nodes: undefined }, "nodes: expected object, but it is missing"],
    ["sources as a list", { ...dbtManifest(), sources: [] }, "sources: expected object, received array"],
    [
      "no resource type",
      model({ resource_type: undefined }),
      'nodes["model.shop.orders"].resource_type: expected string, but it is missing',
    ],
    [
      "a text of dependencies",
      model({ depends_on: { nodes: "model.shop.x" } }),
      'nodes["model.shop.orders"].depends_on.nodes: expected array, received string',
    ],
    [
      "a dependency that is no text",
      model({ depends_on: { nodes: ["model.shop.x", null] } }),
      'nodes["model.shop.orders"].depends_on.nodes[1]: expected string, received null',
    ],
    [
      "a tag that is no text",
      model({ tags: [1] }),
      'nodes["model.shop.orders"].tags: expected a string or a list of strings',
    ],
    [
      "a column that is no object",
      model({ columns: { "order id": "int" } }),
      'nodes["model.shop.orders"].columns["order id"]: expected object, received string',
    ],
  ])("%s", (_, json, message) => {
    expect(refusalOf(() => readDbtManifest(json))).toBe(message);
  });

  it("and keys cannot break the line or fill the screen", () => {
    const manifest = { ...dbtManifest(), sources: { [`a\n\u001b[31m${"x".repeat(100_000)}`]: 1 } };
    const refusal = refusalOf(() => readDbtManifest(manifest));
    expect(refusal).toMatch(/^sources\["a\\n\\u001b\[31mx+…"\]: expected object, received number$/);
    expect(refusal.length).toBeLessThan(300);
  });

  it("while fields that are not read may hold anything, and null is absence", () => {
    const manifest = model({
      description: null,
      tags: null,
      depends_on: null,
      columns: null,
      raw_code: 5,
      docs: [],
    });
    const catalogue = readDbtManifest({
      ...manifest,
      exposures: null,
      metrics: undefined,
      docs: 7,
      disabled: null,
    });
    expect(catalogue.assets).toHaveLength(1);
  });

  it("an id in two sections is refused", () => {
    const manifest = dbtManifest({ models: [{ name: "orders" }] });
    const twice = { ...manifest, exposures: manifest.nodes };
    expect(refusalOf(() => readDbtManifest(twice))).toBe(
      'exposures["model.shop.orders"]: the id stands in another section too',
    );
  });
});

describe("the project", () => {
  const packages = { models: [{ name: "a" }, { name: "b", package: "lib" }, { name: "c", package: "lib" }] };

  it("is project_name where there is one, even one that owns nothing", () => {
    expect(
      readDbtManifest(dbtManifest({ ...packages, metadata: { project_name: "umbrella" } })).project,
    ).toBe("umbrella");
  });

  it("is the package that project_id is the hash of, not the one that owns most", () => {
    expect(readDbtManifest(dbtManifest({ ...packages, version: 9 })).project).toBe("shop");
    expect(readDbtManifest(dbtManifest({ ...packages, metadata: { project_name: null } })).project).toBe(
      "shop",
    );
  });

  it("is the package that project_id is the hash of, even if it owns macros alone", () => {
    expect(
      readDbtManifest(dbtManifest({ version: 7, models: [{ name: "b", package: "lib" }] })).project,
    ).toBe("shop");
  });

  it("is the only package where there is no project_id", () => {
    const manifest = dbtManifest({ version: 7, models: [{ name: "a" }], metadata: { project_id: null } });
    expect(readDbtManifest(manifest).project).toBe("shop");
  });

  it("is not guessed", () => {
    const manifest = dbtManifest({ ...packages, version: 7, metadata: { project_id: null } });
    expect(refusalOf(() => readDbtManifest(manifest))).toBe(
      "metadata.project_name: is missing, and metadata.project_id is the MD5 of none of its packages (shop, lib)",
    );
  });

  it("must be storable", () => {
    expect(refusalOf(() => readDbtManifest(dbtManifest({ project: "x".repeat(256) })))).toBe(
      "metadata.project_name: must be at most 255 characters",
    );
  });
});

describe("whatever a file holds", () => {
  it("two manifests of the same project read the same, whatever their order, times and checksums", () => {
    const models = [
      { name: "a" },
      { name: "b", dependsOn: ["model.shop.a"], tags: ["x", "y"], columns: { id: {} } },
    ];
    const groups = [{ name: "g", owner: { name: "G" } }];
    const one = readDbtManifest(dbtManifest({ models, groups, tests: [{ name: "t" }] }));
    const other = readDbtManifest(
      dbtManifest({ models: models.toReversed(), groups, tests: [{ name: "t" }] }),
    );
    expect(JSON.stringify(one)).toBe(JSON.stringify(other));
  });

  it("any JSON is read or refused in one line", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        expect(refusalOf(() => readDbtManifest(json))).not.toMatch(/[\r\n]/);
      }),
    );
  });

  it("a manifest with any JSON in any place is read or refused in one line", () => {
    const places = placesIn(fullManifest());
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue(), (place, json) => {
        const manifest = fullManifest();
        put(manifest, place, json);
        try {
          readDbtManifest(manifest);
        } catch (error) {
          expect(error).toBeInstanceOf(ManifestError);
          expect((error as ManifestError).message).not.toMatch(/[\r\n]/);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("every asset fits the rules of the store", () => {
    const anyText = fc.string({ unit: "binary", maxLength: 300 });
    const column = fc.record({ type: anyText, description: anyText });
    const model = fc.record({
      name: fc.constant("m"),
      description: fc.oneof(
        anyText,
        anyText.map((part) => part.repeat(100)),
      ),
      tags: fc.array(anyText, { maxLength: 130 }),
      meta: fc.record({ owner: anyText }),
      columns: fc.dictionary(anyText, column, { maxKeys: 200 }),
      fields: fc.record({
        relation_name: anyText,
        schema: anyText,
        alias: anyText,
        original_file_path: anyText,
      }),
    });
    fc.assert(
      fc.property(model, (given) => {
        for (const asset of readDbtManifest(dbtManifest({ models: [given] })).assets) {
          fields.parseInput(fields.name, asset.name);
          fields.parseInput(fields.tags, asset.tags);
          fields.parseInput(fields.properties, asset.properties);
          fields.parseInput(fields.description.optional(), asset.description);
          fields.parseInput(fields.owner.optional(), asset.owner);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("its assets and dependencies can be looked up by name", () => {
    const catalogue = readDbtManifest(fullManifest());
    for (const { upstream, downstream } of catalogue.dependencies) {
      expect([assetOf(catalogue, upstream).name, assetOf(catalogue, downstream).name]).toEqual([
        upstream,
        downstream,
      ]);
    }
  });
});

function fullManifest() {
  return dbtManifest({
    sources: [{ name: "orders", tags: ["raw"] }],
    seeds: [{ name: "countries" }],
    models: [
      {
        name: "orders",
        group: "finance",
        dependsOn: ["source.shop.raw.orders"],
        columns: { id: { type: "int" } },
      },
      { name: "sales", meta: { owner: "@ada" }, dependsOn: ["model.shop.orders", "seed.shop.countries"] },
    ],
    metrics: [{ name: "net", dependsOn: ["model.shop.sales"] }],
    exposures: [{ name: "weekly", dependsOn: ["metric.shop.net"] }],
    groups: [{ name: "finance", owner: { email: "finance@shop.example" } }],
    disabled: [{ name: "old" }],
    tests: [{ name: "unique" }],
  });
}

/** The paths of everything inside a JSON value. */
function placesIn(json: unknown, path: string[] = []): string[][] {
  if (typeof json !== "object" || json === null) return [path];
  const inside = Object.entries(json).flatMap(([key, value]) => placesIn(value, [...path, key]));
  return path.length === 0 ? inside : [path, ...inside];
}

function put(json: object, path: string[], value: unknown): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  const inner: unknown = Reflect.get(json, key);
  if (rest.length === 0 || typeof inner !== "object" || inner === null) Reflect.set(json, key, value);
  else put(inner, rest, value);
}
