import { type Placeholder, type SQL, sql } from "drizzle-orm";
import { isOneOf } from "../../db/predicates.ts";
import type { DependencyType } from "../dependency/dependency.table.ts";

export type WalkDirection = "upstream" | "downstream";

/** Which dependencies take part in a lineage. */
export interface EdgeChoice {
  /** What may flow along them; null for anything. */
  readonly dependencyTypes: readonly DependencyType[] | null;
  /** When they were asserted; null for now. */
  readonly asOf: Date | null;
}

/** Whose of them. */
export interface EdgeScope extends EdgeChoice {
  /** The tenants whose rows take part. */
  readonly tenants: readonly string[] | Placeholder;
}

/** The end of `edge` that a walk comes from, and the one that it comes to. */
export const ENDS = {
  upstream: { near: sql.raw("edge.downstream_asset_id"), far: sql.raw("edge.upstream_asset_id") },
  downstream: { near: sql.raw("edge.upstream_asset_id"), far: sql.raw("edge.downstream_asset_id") },
} as const;

/**
 * A `FROM` item named `edge`. What is asserted now stands in a table of its own, so that the walk of today reads nothing
 * of the past; as of a time, the intervals that have ended since are added.
 */
export function edgesOf({ asOf }: EdgeScope): SQL {
  if (asOf === null) return sql`asset_dependencies AS edge`;
  const then = sql`${asOf.toISOString()}::timestamptz`;
  const columns = sql.raw(
    "tenant_id, id, upstream_asset_id, downstream_asset_id, dependency_type, sources, last_seen_at, valid_from",
  );
  return sql`(
    SELECT ${columns}, NULL::timestamptz AS valid_to FROM asset_dependencies WHERE valid_from <= ${then}
    UNION ALL
    SELECT ${columns}, valid_to FROM asset_dependency_history WHERE valid_from <= ${then} AND valid_to > ${then}
  ) AS edge`;
}

/**
 * A lateral `FROM` item named `edge`: the edges that take part and have an asset at their near end. What is read follows the
 * assets that are walked to, never the catalogue, and whatever the planner knows of the tables: behind `OFFSET 0` it can
 * neither join a whole table nor take the tenant, named twice, for so rare that an index on that alone would do. (Before the
 * first ANALYZE after an import that was 60 times as slow, or more.)
 */
export function edgesAt(assetId: SQL, direction: WalkDirection, scope: EdgeScope): SQL {
  return sql`LATERAL (
    SELECT edge.*
    FROM (SELECT edge.* FROM ${edgesOf(scope)} WHERE ${ENDS[direction].near} = ${assetId} OFFSET 0) AS edge
    WHERE ${isAllowed(scope)}
    OFFSET 0
  ) AS edge`;
}

/** The condition on `edge` that it takes part. */
export function isAllowed({ tenants, dependencyTypes }: EdgeScope): SQL {
  const visible = isOneOf(sql`edge.tenant_id`, "text", tenants);
  if (dependencyTypes === null) return visible;
  return sql`${visible} AND ${isOneOf(sql`edge.dependency_type`, "text", dependencyTypes)}`;
}
