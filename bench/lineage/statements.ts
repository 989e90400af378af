import { type SQL, sql } from "drizzle-orm";
import { isOneOf } from "../../src/db/predicates.ts";
import { ENDS, edgesAt, edgesOf, type WalkDirection } from "../../src/modules/lineage/edges.sql.ts";
import { countsStatement, type Walk, walksStatement } from "../../src/modules/lineage/walk.sql.ts";
import { TENANTS } from "./session.ts";

/** A walk to be measured. */
export interface Shape {
  readonly name: string;
  readonly rootId: string;
  readonly direction: WalkDirection;
  readonly maxDepth: number;
  readonly maxNodes: number;
}

/** A row of every statement here. */
export interface FoundRow extends Record<string, unknown> {
  /** How many nodes lie at each depth. */
  readonly sizes: readonly number[];
}

/** Two ways to tell what was found: ids in order of depth, then id, and how many lie at each depth; or the latter alone. */
export type Told = "ids" | "counts";

/** A statement that walks. */
export type WalkStatement = (shape: Shape, told: Told) => SQL;

const scope = { tenants: TENANTS, dependencyTypes: null, asOf: null };

/** The product's own. */
export const ours: WalkStatement = (shape, told) => {
  const { rootId, direction, maxDepth, maxNodes } = shape;
  const walk: Walk = { ...scope, directions: [direction], maxDepth, maxNodes, passable: undefined };
  return told === "ids" ? walksStatement([rootId], walk) : countsStatement(rootId, walk);
};

// The other walks name no tenant, which they leave to the policies: with both, the planner takes it for rare, and loses.

/** A row is a whole level: its nodes, and all that are visited. */
export const frontier: WalkStatement = ({ rootId, direction, maxDepth, maxNodes }, told) => {
  const { near, far } = ENDS[direction];
  return sql`
    WITH RECURSIVE walk (depth, ids, visited) AS (
      SELECT 0, ARRAY[id], ARRAY[id] FROM (${rootOf(rootId)}) AS root
      UNION ALL
      SELECT walk.depth + 1, level.ids, walk.visited || level.ids
      FROM walk CROSS JOIN LATERAL (
        SELECT array_agg(found.id) AS ids
        FROM (
          SELECT DISTINCT ${far} AS id
          FROM unnest(walk.ids) AS frontier(id) JOIN ${edgesOf(scope)} ON ${near} = frontier.id
        ) AS found
        WHERE NOT EXISTS (SELECT FROM unnest(walk.visited) AS visited(id) WHERE visited.id = found.id)
      ) AS level
      WHERE walk.depth < ${maxDepth}::int AND cardinality(walk.visited) <= ${maxNodes}::int AND level.ids IS NOT NULL
    ), node AS MATERIALIZED (
      SELECT level.id, walk.depth FROM walk, unnest(walk.ids) AS level(id)
      ORDER BY walk.depth, level.id LIMIT ${maxNodes}::int
    )
    ${answer(told)}`;
};

/** A row is a path: without end where there are cycles but for the depth, and one for each of the ways through diamonds. */
export const unionAll: WalkStatement = (shape, told) => everyDepth(sql`UNION ALL`, shape, told);

/** A row is a node at a depth, of which a node may have many. */
export const unionDepth: WalkStatement = (shape, told) => everyDepth(sql`UNION`, shape, told);

/** What is nearest is known only when all is walked, so the node budget saves these nothing. */
function everyDepth(union: SQL, { rootId, direction, maxDepth, maxNodes }: Shape, told: Told): SQL {
  const { near, far } = ENDS[direction];
  return sql`
    WITH RECURSIVE walk (id, depth) AS (
      SELECT id, 0 FROM (${rootOf(rootId)}) AS root
      ${union}
      SELECT ${far}, walk.depth + 1
      FROM walk JOIN ${edgesOf(scope)} ON ${near} = walk.id
      WHERE walk.depth < ${maxDepth}::int
    ), node AS MATERIALIZED (
      SELECT id, min(depth) AS depth FROM walk GROUP BY id ORDER BY min(depth), id LIMIT ${maxNodes}::int
    )
    ${answer(told)}`;
}

/** The neighbours of one node, for a walk that is done in the program. */
export function neighbours(id: string, direction: WalkDirection): SQL {
  const { far } = ENDS[direction];
  return sql`SELECT ${far} AS id FROM ${edgesAt(sql`${id}::uuid`, direction, scope)}`;
}

/** How many edges a walk comes by: those of the nodes that are nearer than its depth. */
export function touchedEdges(shape: Shape): SQL {
  return sql`
    SELECT count(*)::int AS edges
    FROM (${ours(shape, "ids")}) AS walk
    CROSS JOIN LATERAL unnest(string_to_array(walk.ids, ',')::uuid[]) WITH ORDINALITY AS node(id, place)
    CROSS JOIN ${edgesAt(sql`node.id`, shape.direction, scope)}
    WHERE node.place <=
      (SELECT sum(size) FROM unnest(walk.sizes) WITH ORDINALITY AS level(size, depth) WHERE level.depth <= ${shape.maxDepth})`;
}

function rootOf(id: string): SQL {
  return sql`SELECT assets.id FROM assets WHERE ${isOneOf(sql`assets.tenant_id`, "text", TENANTS)} AND assets.id = ${id}::uuid`;
}

/** The same answer as the product's, for all. */
function answer(told: Told): SQL {
  const ids = sql`(SELECT string_agg(id::text, ',' ORDER BY depth, id) FROM node) AS ids,`;
  return sql`
    SELECT ${told === "ids" ? ids : sql``} (
      SELECT array_agg(size ORDER BY depth)
      FROM (SELECT depth, count(*)::int AS size FROM node GROUP BY depth) AS level
    ) AS sizes`;
}
