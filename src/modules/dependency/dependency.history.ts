import { type SQL, sql } from "drizzle-orm";
import { currentMoment } from "../../db/columns.ts";
import type { TenantConnection } from "../../db/tenant-connection.ts";
import type { TenantDatabase } from "../../db/tenant-database.ts";
import { only } from "../changes.ts";

/** What an edge that has ended takes along from `asset_dependencies` to `asset_dependency_history`. */
const KEPT = sql.raw(
  "tenant_id, id, upstream_tenant_id, upstream_asset_id, downstream_asset_id, dependency_type, sources, last_seen_at, valid_from",
);

/**
 * Ends own edges, in one statement: each leaves the span in which it held, unless it has none. The only way for an edge to
 * end, save that a deleted asset takes its edges and all that they have been along.
 * @param which a condition on `asset_dependencies`
 * @param at when they end; default: when each is got hold of
 * @returns their ids
 */
export async function endDependencies(
  db: TenantDatabase,
  { writableTenant }: TenantConnection,
  which: SQL | undefined,
  at: SQL<Date> = currentMoment,
): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    WITH ended AS (
      DELETE FROM asset_dependencies WHERE asset_dependencies.tenant_id = ${writableTenant} AND ${which ?? sql`true`}
      RETURNING ${KEPT}
    ), kept AS (
      INSERT INTO asset_dependency_history (${KEPT}, valid_to)
      SELECT * FROM (SELECT ended.*, ${at} AS valid_to FROM ended) AS span WHERE valid_to > valid_from
    )
    SELECT id FROM ended`);
  return rows.map(({ id }) => id);
}

/** Keeps the span in which an own edge had the type that it is about to lose. Its row should be locked. */
export async function endType(
  db: TenantDatabase,
  { writableTenant }: TenantConnection,
  id: string,
  at: SQL<Date>,
): Promise<void> {
  await db.execute(sql`
    INSERT INTO asset_dependency_history (${KEPT}, valid_to)
    SELECT ${KEPT}, ${at} FROM asset_dependencies
    WHERE tenant_id = ${writableTenant} AND id = ${id}::uuid AND ${at} > valid_from`);
}

/** Now, the same in all statements that it is given to: what ends and what begins leave no gap and do not overlap. */
export async function sameMoment(db: TenantDatabase): Promise<SQL<Date>> {
  const { rows } = await db.execute<{ now: string }>(sql`SELECT ${currentMoment}::text AS now`);
  return sql<Date>`${only(rows).now}::timestamptz`;
}
