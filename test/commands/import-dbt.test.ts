import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type DbtManifestOptions, dbtManifest } from "../support/dbt-manifest.ts";
import { entriesOf, survivors } from "../support/embedded-server.ts";
import { prepareProgram, refusalLine, type Service } from "../support/program.ts";
import { runHere } from "../support/run-here.ts";

const test = prepareProgram();
let files: string;

beforeAll(() => {
  files = test.folder();
});

function write(name: string, text: string): string {
  const file = join(files, name);
  writeFileSync(file, text);
  return file;
}

const writeManifest = (name: string, options: DbtManifestOptions) =>
  write(name, JSON.stringify(dbtManifest(options)));

const shop: DbtManifestOptions = {
  sources: [{ name: "orders" }],
  models: [
    { name: "orders", dependsOn: ["source.shop.raw.orders"] },
    { name: "revenue", dependsOn: ["model.shop.orders"] },
  ],
  tests: [{ name: "not_null" }],
};

describe("import dbt while serve runs on the same folder", () => {
  let folder: string;
  let service: Service;

  beforeAll(async () => {
    folder = test.folder();
    service = await test.serve({ DATA_DIR: folder });
  });

  const importFile = (file: string, tenant = "acme") =>
    test.run(["import", "dbt", file, "--tenant", tenant], { DATA_DIR: folder });

  it("uses the database that is up, and says what it did", async () => {
    const outcome = await importFile(writeManifest("shop.json", shop));
    expect(outcome).toMatchObject({
      code: 0,
      stdout: [
        "Imported the dbt project shop for the tenant acme.",
        "  assets        3 created, 0 updated, 0 unchanged, 0 removed",
        "  dependencies  2 created, 0 unchanged, 0 removed",
        "  left out      1 test",
        "",
      ].join("\n"),
    });
    expect(outcome.stderr).toContain('"started_here":false');
    expect(outcome.stderr).toMatch(/^assets: 3 of 3$/m);
    expect(outcome.stderr).toMatch(/^dependencies: 2 of 2$/m);
  });

  it("shows in the API at once, to that tenant alone", async () => {
    const walk = `{ assetByName(name: "model.shop.revenue") {
      assetType createdBy upstream { nodes { upstream { name upstream { nodes { upstream { name } } } } } }
    } }`;
    expect(await service.graphql(walk, "acme")).toEqual({
      assetByName: {
        assetType: "model",
        createdBy: "~dbt:shop",
        upstream: {
          nodes: [
            {
              upstream: {
                name: "model.shop.orders",
                upstream: { nodes: [{ upstream: { name: "source.shop.raw.orders" } }] },
              },
            },
          ],
        },
      },
    });
    expect(await service.graphql(walk, "demo")).toEqual({ assetByName: null });
  });

  it("reports what a changed manifest changes, and what stays because it is used", async () => {
    const { assetByName } = await service.graphql<{ assetByName: { id: string } }>(
      '{ assetByName(name: "source.shop.raw.orders") { id } }',
      "acme",
    );
    await service.graphql(
      `mutation { createWorkflow(input: { name: "load", assets: [{ assetId: "${assetByName.id}", role: INPUT }] })
        { workflow { id } } }`,
      "acme",
    );
    const changed = writeManifest("changed.json", {
      models: [{ name: "orders", description: "Every order." }, { name: "margin" }],
    });
    expect((await importFile(changed)).stdout.split("\n").slice(1)).toEqual([
      "  assets        1 created, 1 updated, 0 unchanged, 1 removed",
      "  dependencies  0 created, 0 unchanged, 2 removed",
      "  kept          source.shop.raw.orders: no longer in the manifest, but still used",
      "",
    ]);
    expect((await importFile(changed)).stdout).toContain("0 created, 0 updated, 2 unchanged, 0 removed");
  });

  it("leaves the database to serve", async () => {
    expect(await service.graphql("{ assets { totalCount } }", "acme")).toMatchObject({
      assets: { totalCount: 5 },
    });
    expect(await service.program.end()).toMatchObject({ code: 0, stderr: "" });
    expect(await survivors(folder)).toEqual([]);
  });
});

describe("import dbt alone", () => {
  it("starts the database and stops it again, and serve has the data", async () => {
    const folder = test.folder();
    const file = writeManifest("alone.json", shop);
    const outcome = await test.run(["import", "dbt", "--tenant=demo", file], { DATA_DIR: folder });
    expect(outcome.code).toBe(0);
    expect(await survivors(folder)).toEqual([]);
    const service = await test.serve({ DATA_DIR: folder });
    // And the sample catalogue is loaded all the same.
    expect(
      await service.graphql(
        '{ a: assetByName(name: "model.shop.revenue") { name } b: workflows { totalCount } }',
      ),
    ).toEqual({ a: { name: "model.shop.revenue" }, b: { totalCount: expect.any(Number) } });
    await service.program.end();
  });
});

describe("import dbt refuses in one line, with exit code 2, and does not touch the database", () => {
  const [cut, foreign, other] = [
    () => write("cut.json", JSON.stringify(dbtManifest(shop)).slice(0, -40)),
    () => write("foreign.json", JSON.stringify({ name: "x", version: "1.0.0", scripts: {} })),
    () =>
      write(
        "catalog.json",
        JSON.stringify({
          metadata: { dbt_schema_version: "https://schemas.getdbt.com/dbt/catalog/v1.json" },
        }),
      ),
  ];

  it.each<[string, () => string, RegExp]>([
    ["broken JSON", cut, /cut\.json: not JSON: /],
    [
      "JSON of another kind",
      foreign,
      /foreign\.json: expected a dbt manifest .*; found an object with "name"/,
    ],
    ["another file of dbt's", other, /catalog\.json: .*found dbt's catalog v1/],
    [
      "an empty file",
      () => write("empty.json", ""),
      /empty\.json: expected a dbt manifest; found an empty file/,
    ],
    ["a file that is not there", () => join(files, "absent.json"), /absent\.json: .*\(ENOENT\)/],
    ["a folder", () => files, /cannot be read \(EISDIR\)/],
  ])("%s", async (_, file, line) => {
    const folder = join(test.folder(), "data");
    const outcome = await runHere(["import", "dbt", file(), "--tenant", "acme"], { DATA_DIR: folder });
    expect(outcome.code).toBe(2);
    expect(refusalLine(outcome)).toMatch(line);
    expect(existsSync(folder)).toBe(false);
  });

  it("as the program itself", async () => {
    const outcome = await test.run(["import", "dbt", cut(), "--tenant", "acme"]);
    expect(outcome.code).toBe(2);
    expect(refusalLine(outcome)).toMatch(/cut\.json: not JSON: /);
  });

  it.each(["", "~global", "-x", "a b", "x".repeat(129)])("the tenant %j", async (tenant) => {
    const folder = join(test.folder(), "data");
    const file = writeManifest("fine.json", shop);
    const outcome = await runHere(["import", "dbt", file, `--tenant=${tenant}`], { DATA_DIR: folder });
    expect(outcome.code).toBe(2);
    expect(refusalLine(outcome)).toContain("--tenant must be 1 to 128 letters");
    expect(entriesOf(join(folder, ".."))).toEqual([]);
  });
});
