import { describe, expect, it } from "vitest";
import { readDbtManifest } from "../../../src/importers/dbt/manifest.ts";
import { MAX_PROPERTIES_BYTES } from "../../../src/modules/fields.ts";
import { type DbtManifestOptions, dbtManifest } from "../../support/dbt-manifest.ts";

const NO_ADJUSTMENT = { description: 0, owner: 0, tags: 0, properties: 0 };

describe("properties", () => {
  const propertiesOf = (options: DbtManifestOptions) =>
    readDbtManifest(dbtManifest(options)).assets[0]?.properties;

  it("of a model", () => {
    const fields = { version: 2, alias: "orders_v2", relation_name: "`warehouse`.`public`.`orders_v2`" };
    const columns = { id: { type: "bigint", description: "Key.\n" }, note: {} };
    expect(propertiesOf({ models: [{ name: "orders", materialized: "table", columns, fields }] })).toEqual({
      relation: "`warehouse`.`public`.`orders_v2`",
      dbt: {
        package: "shop",
        path: "models/orders.sql",
        version: 2,
        materialized: "table",
        database: "warehouse",
        schema: "public",
        identifier: "orders_v2",
        columns: [{ name: "id", type: "bigint", description: "Key." }, { name: "note" }],
      },
    });
  });

  it("of a source", () => {
    expect(
      propertiesOf({ sources: [{ name: "orders", source: "erp", fields: { identifier: "ORDERS_2" } }] }),
    ).toEqual({
      relation: '"warehouse"."erp"."orders"',
      dbt: {
        package: "shop",
        path: "sources/orders.sql",
        database: "warehouse",
        schema: "erp",
        identifier: "ORDERS_2",
        source: "erp",
      },
    });
  });

  it("of an exposure", () => {
    expect(
      propertiesOf({ exposures: [{ name: "weekly", type: "notebook", url: "https://bi.example/1" }] }),
    ).toEqual({
      dbt: {
        package: "shop",
        path: "exposures/weekly.sql",
        exposureType: "notebook",
        url: "https://bi.example/1",
      },
    });
  });

  it("of an ephemeral model name no place", () => {
    expect(propertiesOf({ models: [{ name: "helper", materialized: "ephemeral" }] })).toEqual({
      dbt: { package: "shop", path: "models/helper.sql", materialized: "ephemeral" },
    });
  });

  it("spell the relation out where dbt does not, without a database if there is none", () => {
    const relation = (fields: Record<string, unknown>) =>
      propertiesOf({ models: [{ name: "m", fields }] })?.relation;
    expect(relation({ relation_name: null })).toBe("warehouse.public.m");
    expect(relation({ relation_name: undefined, database: null, alias: "n" })).toBe("public.n");
    expect(relation({ relation_name: undefined, schema: null })).toBeUndefined();
  });

  const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
  const columns = (count: number, type: string, description: string) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`column_${index}`, { type, description }]),
    );

  it("lose the columns' descriptions first, if they are too large", () => {
    const catalogue = readDbtManifest(
      dbtManifest({ models: [{ name: "m", columns: columns(600, "text", "é".repeat(60)) }] }),
    );
    const dbt = catalogue.assets[0]?.properties.dbt;
    expect(dbt).toMatchObject({ columns: expect.arrayContaining([{ name: "column_599", type: "text" }]) });
    expect(dbt).not.toHaveProperty("columnsOmitted");
    expect(catalogue.skipped.adjusted).toEqual({ ...NO_ADJUSTMENT, properties: 1 });
  });

  it("then keep the first columns that fit", () => {
    const catalogue = readDbtManifest(
      dbtManifest({ models: [{ name: "m", columns: columns(5_000, "numeric(38, 9)", "x") }] }),
    );
    const properties = catalogue.assets[0]?.properties;
    const dbt = properties?.dbt as { columns: { name: string }[]; columnsOmitted: number };
    expect(dbt.columns.length + dbt.columnsOmitted).toBe(5_000);
    expect(dbt.columns.map(({ name }) => name)).toEqual(dbt.columns.map((_, index) => `column_${index}`));
    expect(bytes(properties)).toBeLessThanOrEqual(MAX_PROPERTIES_BYTES);
    expect(bytes(properties)).toBeGreaterThan(MAX_PROPERTIES_BYTES - 200);
    expect(catalogue.skipped.adjusted).toEqual({ ...NO_ADJUSTMENT, properties: 1 });
  });

  it("leave out a text that is too long, and repair one that cannot be stored", () => {
    const catalogue = readDbtManifest(
      dbtManifest({ exposures: [{ name: "e", url: "x".repeat(5_000), fields: { label: "a\u0000b" } }] }),
    );
    expect(catalogue.assets[0]?.properties.dbt).toMatchObject({ label: "a\uFFFDb" });
    expect(catalogue.assets[0]?.properties.dbt).not.toHaveProperty("url");
    expect(catalogue.skipped.adjusted).toEqual({ ...NO_ADJUSTMENT, properties: 1 });
  });
});
