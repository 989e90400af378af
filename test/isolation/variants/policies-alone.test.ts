import { describe, expect, it } from "vitest";
import { newAsset } from "../../support/factories.ts";
import { withoutTenantPredicates } from "../../support/isolation/tenant-predicates.ts";
import { alterDatabase, storedRows, TABLES } from "../../support/owner.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();
const [a, b] = [storage.newTenant(), storage.newTenant()];

describe("without the predicates", () => {
  it("nothing but the policies keeps a tenant from another's rows", async () => {
    const { id, name } = await b.run(({ assets }) => assets.insert(newAsset()));
    const read = () => a.run(({ assets }) => assets.findById(id));
    const change = () => a.run(({ assets }) => assets.removeMany([id]));
    const lineage = () => a.run((from) => from.lineage.find({ assetId: id }));
    const alter = (form: string) =>
      alterDatabase(
        storage.database,
        TABLES.map((table) => `ALTER TABLE ${table} ${form} ROW LEVEL SECURITY`).join("; "),
      );

    expect([await read(), await lineage()]).toEqual([null, null]);
    await change();
    await alter("DISABLE");
    expect(await read()).toMatchObject({ name });
    expect(await lineage()).toMatchObject({ nodes: [{ assetId: id }] });
    await alter("ENABLE");
    expect(await read()).toBeNull();
    await alter("DISABLE");
    await change();
    expect(await storedRows(storage.database, "SELECT FROM assets")).toEqual([]);
  });
});

describe("a predicate", () => {
  const where = (condition: string) => `/* asset.list */ SELECT id FROM assets WHERE ${condition}`;
  const freed = (condition: string, values: unknown[], bound = "a") =>
    withoutTenantPredicates({ text: where(condition), values }, bound).text.slice(where("").length);
  const all = ["a", "~global"];

  it("that names all that is visible is always true", () => {
    expect(freed(`"assets"."tenant_id" = ANY($1::text[])`, [all])).toBe("($1::text[] IS NOT NULL)");
    expect(freed("tenant_id = ANY($1::text[])", [["~global"]], "")).toBe("($1::text[] IS NOT NULL)");
    expect(freed(`"tenant_id" = $12`, [...Array(11), "~global"], "~global")).toBe("($12::text IS NOT NULL)");
  });

  it("that chooses says no longer whose", () => {
    expect(freed("assets.tenant_id = $1", ["a"])).toBe(
      "(($1::text IS NOT NULL) AND assets.tenant_id <> '~global')",
    );
    expect(freed("assets.tenant_id = ANY($1::text[])", [["~global"]])).toBe(
      "(($1::text[] IS NOT NULL) AND assets.tenant_id = '~global')",
    );
    expect(freed("assets.tenant_id = $1", [null], "")).toMatch(/^\(false /);
  });

  it.each([
    ["UPDATE assets SET name = '' WHERE assets.tenant_id = $1"],
    ["DELETE FROM assets WHERE tenant_id = $1"],
    ["SELECT FROM assets WHERE tenant_id = $1 FOR UPDATE"],
    ["SELECT FROM assets WHERE tenant_id = $1 for no key update"],
  ])("is always true where rows are changed or locked: %s", (text) => {
    const statement = withoutTenantPredicates({ text: `/* asset.x */ ${text}`, values: ["a"] }, "a");
    expect(statement.text).toContain("($1::text IS NOT NULL)");
    expect(statement.text).not.toContain("~global");
  });

  it("of branches leaves one, unless they choose", () => {
    const text =
      "SELECT FROM unnest($1::text[]) AS scope(tenant_id), assets WHERE tenant_id = scope.tenant_id";
    expect(withoutTenantPredicates({ text, values: [all] }, "a").values).toEqual([[null]]);
    expect(withoutTenantPredicates({ text, values: [["a"]] }, "a").values).toEqual([["a"]]);
    expect(withoutTenantPredicates({ text, values: [["a"]] }, "a").text).toContain(
      "(scope.tenant_id IS NULL OR (tenant_id = '~global') = (scope.tenant_id = '~global'))",
    );
  });

  it.each([
    "tenant_id IN ($1, $2)",
    "assets.tenant_id IN ('~global')",
    `"assets"."tenant_id" <> $1`,
    "$1 = assets.tenant_id",
    "coalesce(tenant_id, '') = $1",
    "tenant_id LIKE $1",
    "tenant_id IS NOT DISTINCT FROM $1",
    "tenant_id = $1::text",
    "tenant_id = any(array[$1])",
    "(tenant_id, id) = ($1, $2)",
    "(tenant_id, id) IN (SELECT $1, $2)",
    "tenant_id ~ $1",
    "starts_with(tenant_id, $1)",
    "tenant_id BETWEEN $1 AND $1",
  ])("of another form is not overlooked: %s", (condition) => {
    expect(() => freed(condition, ["a", "b"])).toThrow(/unknown form/);
  });

  it.each([
    "asset_tags.tenant_id = assets.tenant_id",
    `"asset_tags"."tenant_id" = "assets"."tenant_id"`,
    "upstream_tenant_id = $1",
  ])("joins rows of one tenant, and stays: %s", (condition) => {
    expect(freed(condition, ["a"])).toBe(condition);
  });
});
