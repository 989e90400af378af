import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runMigrations } from "../../src/db/migrations.ts";
import { withClient } from "../setup/connection.ts";
import type { TestDatabase } from "../setup/database.ts";
import { createEmptyDatabase } from "../support/empty-database.ts";
import { storedRows } from "../support/owner.ts";

let database: TestDatabase;
let folder = "";

beforeAll(async () => {
  database = await createEmptyDatabase();
  folder = await mkdtemp(join(tmpdir(), "servo-migrations-"));
});
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

/** Brings the database to the version before a migration. */
async function migrateUntil(tag: string): Promise<void> {
  await cp(fileURLToPath(new URL("../../drizzle", import.meta.url)), folder, { recursive: true });
  const file = join(folder, "meta/_journal.json");
  const journal: { entries: { tag: string }[] } = JSON.parse(await readFile(file, "utf8"));
  const end = journal.entries.findIndex((entry) => entry.tag === tag);
  await writeFile(file, JSON.stringify({ ...journal, entries: journal.entries.slice(0, end) }));
  await withClient(database.ownerUrl, (owner) => migrate(drizzle(owner), { migrationsFolder: folder }));
}

async function storeAs(tenant: string, statements: readonly string[]): Promise<void> {
  await withClient(database.applicationUrl, (application) =>
    application.query(
      ["BEGIN", `SET LOCAL app.current_tenant = '${tenant}'`, ...statements, "COMMIT"].join(";\n"),
    ),
  );
}

const idOf = (number: number) => `00000000-0000-7000-8000-${String(number).padStart(12, "0")}`;
const CREATED = "2024-01-01T00:00:00.000Z";
const UPDATED = "2024-02-01T12:30:00.123Z";

/** Edges as they were: who made each, which imports had it, and who is to assert it now. */
const EDGES = [
  ["ada", "{}", ["api"]],
  ["ada", "{~dbt:bank}", ["api", "dbt:bank"]],
  ["ada", "{~dbt:shop,~dbt:bank}", ["api", "dbt:shop", "dbt:bank"]],
  ["~dbt:shop", "{~dbt:shop}", ["dbt:shop"]],
  ["~dbt:shop", "{~dbt:shop,~dbt:bank}", ["dbt:shop", "dbt:bank"]],
  ["~dbt:shop", "{~dbt:bank}", ["dbt:bank"]],
  ["~dbt:shop", "{}", ["dbt:shop"]],
] as const;

it("edges of before have their sources and times, whoever they belong to", async () => {
  await migrateUntil("0002_edge_history");
  for (const tenant of ["acme", "~global"]) {
    const asset = (number: number) =>
      `INSERT INTO assets (tenant_id, id, name, name_search, asset_type, created_by, updated_by)
       VALUES ('${tenant}', '${idOf(number)}', 'a${number}', 'a${number}', 'table', 'ada', 'ada')`;
    const edge = ([createdBy, importedBy]: (typeof EDGES)[number], index: number) =>
      `INSERT INTO asset_dependencies (tenant_id, id, upstream_tenant_id, upstream_asset_id, downstream_asset_id,
         dependency_type, created_by, updated_by, imported_by, created_at, updated_at)
       VALUES ('${tenant}', '${idOf(index)}', '${tenant}', '${idOf(100)}', '${idOf(index)}',
         'data', '${createdBy}', 'eve', '${importedBy}', '${CREATED}', '${UPDATED}')`;
    await storeAs(tenant, [...EDGES.map((_, index) => asset(index)), asset(100), ...EDGES.map(edge)]);
  }

  const owner = new pg.Pool({ connectionString: database.ownerUrl, max: 2 });
  await runMigrations(owner).finally(() => owner.end());

  const expected = EDGES.map(([createdBy, , sources]) => ({
    created_by: createdBy,
    updated_by: "eve",
    sources,
    last_seen_at: new Date(UPDATED),
    valid_from: new Date(CREATED),
    updated_at: new Date(UPDATED),
  }));
  for (const tenant of ["acme", "~global"]) {
    const edges = await storedRows(
      database,
      `SELECT created_by, updated_by, sources, last_seen_at, valid_from, updated_at
       FROM asset_dependencies WHERE tenant_id = $1 ORDER BY id`,
      [tenant],
    );
    expect(edges).toEqual(expected);
  }
  expect(await storedRows(database, "SELECT FROM asset_dependency_history")).toEqual([]);
});
