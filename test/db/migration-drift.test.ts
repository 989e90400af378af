import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { getTableName, is } from "drizzle-orm";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as assetTables from "../../src/modules/asset/asset.table.ts";
import * as dependencyTables from "../../src/modules/dependency/dependency.table.ts";
import * as executionTables from "../../src/modules/execution/execution.table.ts";
import * as workflowTables from "../../src/modules/workflow/workflow.table.ts";
import { withClient } from "../setup/connection.ts";
import { createTestDatabase, type TestDatabase } from "../setup/database.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const tables = [assetTables, dependencyTables, executionTables, workflowTables]
  .flatMap((module) => Object.values(module))
  .filter((value): value is PgTable => is(value, PgTable));

/** What the check of `npm run check` says of a project. */
async function checkMigrations(project: string): Promise<{ passes: boolean; says: string }> {
  const run = promisify(execFile)(process.execPath, ["--import", "tsx", "scripts/check-migrations.ts"], {
    cwd: project,
  });
  return run.then(
    () => ({ passes: true, says: "" }),
    (error: { stderr?: string }) => ({ passes: false, says: error.stderr ?? String(error) }),
  );
}

describe("the check for drift", () => {
  let copy = "";
  beforeAll(async () => {
    // Inside the project, so that what it imports is found.
    copy = await mkdtemp(join(root, "node_modules", ".drift-"));
    for (const part of ["drizzle", "scripts", "src", "drizzle.config.ts", "package.json", "tsconfig.json"]) {
      await cp(join(root, part), join(copy, part), { recursive: true });
    }
    await symlink(join(root, "node_modules"), join(copy, "node_modules"));
  });
  afterAll(() => rm(copy, { recursive: true, force: true }));

  it("finds nothing in this project", async () => {
    expect(await checkMigrations(root)).toEqual({ passes: true, says: "" });
  });

  it("finds a column that no migration makes", async () => {
    const file = join(copy, "src/modules/asset/asset.table.ts");
    const code = await readFile(file, "utf8");
    await writeFile(file, code.replace('description: text("description"),', '$& flavour: text("flavour"),'));
    const { passes, says } = await checkMigrations(copy);
    expect(passes).toBe(false);
    expect(says).toContain(`ALTER TABLE "assets" ADD COLUMN "flavour" text`);
    await writeFile(file, code);
  });

  it("finds a policy that no migration makes so", async () => {
    const file = join(copy, "src/db/columns.ts");
    const code = await readFile(file, "utf8");
    await writeFile(file, code.replace("const own = sql`tenant_id = ", "const own = sql`tenant_id <> "));
    const { passes, says } = await checkMigrations(copy);
    expect(passes).toBe(false);
    expect(says).toContain("POLICY");
    await writeFile(file, code);
  });
});

describe("a migrated database", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it("has the tables of the code, with their columns", async () => {
    const { rows } = await withClient(database.ownerUrl, (owner) =>
      owner.query<{ table: string; column: string; required: boolean }>(
        `SELECT table_name AS table, column_name AS column, is_nullable = 'NO' AS required
         FROM information_schema.columns WHERE table_schema = 'public'`,
      ),
    );
    const ofCode = tables.flatMap((table) =>
      getTableConfig(table).columns.map(
        ({ name, notNull }) => `${getTableName(table)}.${name}${notNull ? " required" : ""}`,
      ),
    );
    const ofDatabase = rows.map(
      ({ table, column, required }) => `${table}.${column}${required ? " required" : ""}`,
    );
    expect(ofDatabase.toSorted()).toEqual(ofCode.toSorted());
  });

  it("has the constraints, indexes and policies of the code, and no others", async () => {
    const { rows } = await withClient(database.ownerUrl, (owner) =>
      owner.query<{ name: string }>(
        `SELECT conname AS name FROM pg_constraint
           WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f', 'c')
         UNION ALL SELECT polname FROM pg_policy
         UNION ALL SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT IN
           (SELECT conname FROM pg_constraint WHERE contype IN ('p', 'u'))`,
      ),
    );
    const ofCode = tables.flatMap((table) => {
      const { primaryKeys, uniqueConstraints, foreignKeys, checks, indexes, policies } =
        getTableConfig(table);
      return [
        ...primaryKeys.map((key) => key.getName()),
        ...uniqueConstraints.map((key) => key.getName()),
        ...foreignKeys.map((key) => key.getName()),
        ...checks.map(({ name }) => name),
        ...indexes.map(({ config }) => config.name),
        ...policies.map(({ name }) => name),
      ];
    });
    expect(rows.map(({ name }) => name).toSorted()).toEqual(ofCode.toSorted());
  });

  it("lets a walk upstream read the ids of edges from its index alone, which drizzle-kit cannot say", async () => {
    const { rows } = await withClient(database.ownerUrl, (owner) =>
      owner.query<{ definition: string }>(
        "SELECT pg_get_indexdef('asset_dependencies_walk_up'::regclass) AS definition",
      ),
    );
    expect(rows[0]?.definition).toMatch(
      /\(downstream_asset_id, tenant_id, upstream_asset_id, dependency_type\) INCLUDE \(id\)$/,
    );
  });
});
