import type pg from "pg";
import { withClient } from "../setup/connection.ts";
import type { TestDatabase } from "../setup/database.ts";

/** Every table of the store. */
export const TABLES = [
  "assets",
  "asset_tags",
  "workflows",
  "workflow_assets",
  "executions",
  "asset_dependencies",
  "asset_dependency_history",
] as const;
export type Table = (typeof TABLES)[number];

/** Those whose rows the application adds and deletes, and never changes. */
export const UNCHANGING_TABLES: readonly Table[] = ["asset_dependency_history"];

/**
 * Reads what is really stored, whoever it belongs to: as the owner, for whom the policies are lifted in a transaction that
 * is rolled back. It waits for every transaction that has touched the tables.
 */
export function storedRows<Row extends pg.QueryResultRow>(
  { ownerUrl }: TestDatabase,
  query: string,
  values: unknown[] = [],
): Promise<Row[]> {
  return withClient(ownerUrl, async (owner) => {
    await owner.query("BEGIN");
    await owner.query(TABLES.map((table) => `ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`).join("; "));
    const { rows } = await owner.query<Row>(query, values);
    await owner.query("ROLLBACK");
    return rows;
  });
}

/** How many rows of a table are really stored, by tenant. */
export async function storedCounts(
  database: TestDatabase,
  table: Table,
): Promise<ReadonlyMap<string, number>> {
  const rows = await storedRows<{ tenant_id: string; count: number }>(
    database,
    `SELECT tenant_id, count(*)::int AS count FROM ${table} GROUP BY tenant_id`,
  );
  return new Map(rows.map(({ tenant_id, count }) => [tenant_id, count]));
}

/** Changes the database itself, as the owner. */
export async function alterDatabase({ ownerUrl }: TestDatabase, statements: string): Promise<void> {
  await withClient(ownerUrl, (owner) => owner.query(statements));
}
