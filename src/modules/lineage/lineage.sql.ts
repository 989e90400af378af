import { type SQL, sql } from "drizzle-orm";
import { isOneOf } from "../../db/predicates.ts";

export type WalkDirection = "upstream" | "downstream";

export interface Walk {
  readonly root: string;
  readonly direction: WalkDirection;
  /** Furthest distance from the root, in edges. */
  readonly maxDepth: number;
  /** Most nodes, the root included. */
  readonly maxNodes: number;
  /** The tenants whose rows take part. */
  readonly tenants: readonly string[];
}

/** One level of a walk: the nodes at this distance from the root, in the order of their ids. */
export interface WalkLevel extends Record<string, unknown> {
  readonly depth: number;
  readonly ids: string[];
  /** Whether the node budget left some of the level out. */
  readonly cut: boolean;
}

const ENDS = {
  upstream: { near: sql.raw("edge.downstream_asset_id"), far: sql.raw("edge.upstream_asset_id") },
  downstream: { near: sql.raw("edge.upstream_asset_id"), far: sql.raw("edge.downstream_asset_id") },
} as const;

/**
 * A breadth-first walk in one statement, whose rows are {@link WalkLevel}s; none when the root is not visible.
 *
 * One recursive row is a whole level: its nodes and all that were visited before. So every node appears once, at its
 * shortest distance, whatever cycles and diamonds there are, and the budget is one more condition. A level more than
 * `maxDepth` is looked at, without keeping it, to know whether something lies deeper.
 */
export function walkStatement({ root, direction, maxDepth, maxNodes, tenants }: Walk): SQL {
  const { near, far } = ENDS[direction];
  return sql`
    WITH RECURSIVE walk (depth, ids, visited, cut) AS (
      SELECT 0, ARRAY[assets.id], ARRAY[assets.id], false
      FROM assets
      WHERE ${isOneOf(sql`assets.tenant_id`, "text", tenants)} AND assets.id = ${root}::uuid
      UNION ALL
      SELECT
        walk.depth + 1,
        kept.ids,
        walk.visited || kept.ids,
        cardinality(level.ids) > cardinality(kept.ids)
      FROM walk
      CROSS JOIN LATERAL (
        SELECT array_agg(found.id ORDER BY found.id) AS ids
        FROM (
          SELECT DISTINCT ${far} AS id
          FROM unnest(walk.ids) AS frontier(id)
          JOIN asset_dependencies AS edge ON ${near} = frontier.id
          WHERE ${isOneOf(sql`edge.tenant_id`, "text", tenants)}
        ) AS found
        WHERE NOT EXISTS (SELECT FROM unnest(walk.visited) AS visited(id) WHERE visited.id = found.id)
      ) AS level
      CROSS JOIN LATERAL (
        SELECT level.ids[1 : greatest(${maxNodes}::int - cardinality(walk.visited), 0)] AS ids
      ) AS kept
      WHERE walk.depth <= ${maxDepth}::int AND NOT walk.cut AND level.ids IS NOT NULL
    )
    SELECT depth, ids, cut FROM walk ORDER BY depth`;
}

/** All visible edges whose two ends are both among `ids`. */
export function inducedEdgesStatement(ids: readonly string[], tenants: readonly string[]): SQL {
  return sql`
    SELECT edge.id, edge.upstream_asset_id, edge.downstream_asset_id, edge.dependency_type
    FROM unnest(${sql.param([...ids])}::uuid[]) AS node(id)
    JOIN asset_dependencies AS edge ON edge.downstream_asset_id = node.id
    WHERE ${isOneOf(sql`edge.tenant_id`, "text", tenants)}
      AND EXISTS (SELECT FROM unnest(${sql.param([...ids])}::uuid[]) AS other(id) WHERE other.id = edge.upstream_asset_id)
    ORDER BY edge.id`;
}
