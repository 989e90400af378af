import { eq, type SQL, sql } from "drizzle-orm";
import { getTableConfig, type PgColumn, type PgTable } from "drizzle-orm/pg-core";
import type { Database } from "../db/database.ts";
import type { TenantConnection } from "../db/tenant-connection.ts";
import { ConflictError } from "../errors.ts";
import { assets, assetTags } from "../modules/asset/asset.table.ts";
import { assetDependencies, assetDependencyHistory } from "../modules/dependency/dependency.table.ts";
import { executions } from "../modules/execution/execution.table.ts";
import { workflowAssets, workflows } from "../modules/workflow/workflow.table.ts";
import type { Steps } from "./steps.ts";

/** Every table, in an order in which nothing is deleted that another row still refers to, and nothing cascades. */
const TABLES = [
  { name: "executions", table: executions },
  { name: "dependencies", table: assetDependencies },
  { name: "past dependencies", table: assetDependencyHistory },
  { name: "assets of workflows", table: workflowAssets },
  { name: "workflow versions", table: workflows },
  { name: "tags", table: assetTags },
  { name: "assets", table: assets },
] as const;

/** Rows that go in one transaction. */
const BATCH_ROWS = 1000;

/**
 * Deletes all that a tenant has, each batch in a transaction of its own. It may be interrupted and repeated.
 * @returns how many rows of each table are gone
 * @throws ConflictError where somebody still writes for the tenant, so that not all of it is gone
 */
export async function removeTenant(
  database: Database,
  ownTenant: string,
  { check, tell }: Steps,
): Promise<ReadonlyMap<string, number>> {
  const binding = { ownTenant, actor: "~delete" };
  const removed = new Map<string, number>();
  for (const { name, table } of TABLES) {
    let done = 0;
    let batch: RemovedBatch | undefined;
    do {
      check();
      const after = batch?.last;
      batch = await database.transaction(binding, { access: "write", repeatable: true }, (connection) =>
        removeBatch(connection, table, after),
      );
      done += batch?.count ?? 0;
      removed.set(name, done);
      if (batch !== undefined) tell(name, done);
    } while (batch !== undefined);
  }
  await database.transaction(binding, { access: "read" }, assertNothingLeft);
  return removed;
}

interface RemovedBatch {
  readonly count: number;
  /** The key of its last row, as text. */
  readonly last: readonly string[];
}

/** In the order of the primary key, after the last row that went, so that no batch steps over those before it. */
function removeBatch(
  connection: TenantConnection,
  table: PgTable,
  after: readonly string[] | undefined,
): Promise<RemovedBatch | undefined> {
  const { writableTenant } = connection;
  const key = keyOf(table);
  const columns = sql.join(key.map(nameOf), sql`, `);
  const begin = after?.map((value, place) => sql`${value}::${sql.raw(key[place]?.getSQLType() ?? "")}`);
  const further = begin === undefined ? sql`true` : sql`(${columns}) > (${sql.join(begin, sql`, `)})`;
  const last = sql.join(
    key.map((column) => sql`${nameOf(column)}::text`),
    sql`, `,
  );
  const backwards = sql.join(
    key.map((column) => sql`${nameOf(column)} DESC`),
    sql`, `,
  );
  return connection.operation(
    "transfer.remove",
    { table: getTableConfig(table).name },
    async (db) => {
      const { rows } = await db.execute<{ count: number; last: string[] }>(sql`
      WITH batch AS MATERIALIZED (
        SELECT ctid AS place, ${columns} FROM ${table}
        WHERE tenant_id = ${writableTenant} AND ${further} ORDER BY ${columns} LIMIT ${BATCH_ROWS}
      ), gone AS (
        DELETE FROM ${table} WHERE tenant_id = ${writableTenant} AND ctid = ANY(ARRAY(SELECT place FROM batch))
        RETURNING 1
      )
      SELECT (SELECT count(*)::int FROM gone) AS count, ARRAY[${last}] AS last FROM batch
      ORDER BY ${backwards} LIMIT 1`);
      return rows[0];
    },
    STILL_USED,
  );
}

/** What refers to a row although all that did is gone came meanwhile. */
const stillWritten = () =>
  new ConflictError("Somebody still writes for the tenant; stop that, and delete it again for the rest.");

const STILL_USED = {
  asset_dependencies_upstream_fkey: stillWritten,
  asset_dependencies_downstream_fkey: stillWritten,
  workflow_assets_asset_fkey: stillWritten,
  executions_workflow_fkey: stillWritten,
};

async function assertNothingLeft(connection: TenantConnection): Promise<void> {
  for (const { table } of TABLES) {
    const left = await connection.operation("transfer.assertNothingLeft", {}, (db) =>
      db
        .select({ one: sql`1` })
        .from(table)
        .where(eq(table.tenantId, connection.ownTenant ?? ""))
        .limit(1),
    );
    if (left.length > 0) throw stillWritten();
  }
}

/** The columns of a primary key after the tenant. */
function keyOf(table: PgTable): PgColumn[] {
  const { columns, primaryKeys } = getTableConfig(table);
  const names = primaryKeys[0]?.columns.map(({ name }) => name) ?? [];
  return names.slice(1).flatMap((name) => columns.filter((column) => column.name === name));
}

const nameOf = ({ name }: PgColumn): SQL => sql`${sql.identifier(name)}`;
