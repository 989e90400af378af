import { type Placeholder, type SQL, sql } from "drizzle-orm";
import { eachTenant, isOneOf, listOf } from "../../db/predicates.ts";
import { type EdgeScope, ENDS, edgesAt, edgesOf, isAllowed, type WalkDirection } from "./edges.sql.ts";

export interface Walk extends EdgeScope {
  /** One direction, or both for the union of the two walks. */
  readonly directions: readonly WalkDirection[];
  /** Furthest distance from a root, in edges; below 16,383, the greatest scale of a numeric. */
  readonly maxDepth: number | Placeholder;
  /** Most nodes of each direction, the root included. */
  readonly maxNodes: number | Placeholder;
  /** The condition on `assets` that a walk goes on past an asset; undefined for all. Roots are always walked past. */
  readonly passable: SQL | undefined;
}

/** What one direction of one root's walk reached. */
export interface WalkRow extends Record<string, unknown> {
  /** Which root, from 1. */
  readonly root: number;
  readonly direction: WalkDirection;
  /** The ids in order of depth, then id, joined by commas. */
  readonly ids: string;
  /** How many of them lie at each depth, from 0. */
  readonly sizes: readonly number[];
  /** Whether there are more than `maxNodes`; the nearest are kept. */
  readonly cut: boolean;
  /** Whether an asset lies deeper than `maxDepth`, and is not nearer the other way. Not known of a walk that was cut. */
  readonly deeper: boolean;
}

/** Breadth-first walks from many roots in one statement, whose rows are {@link WalkRow}s; none of a root that is not visible. */
export function walksStatement(roots: readonly string[] | Placeholder, walk: Walk): SQL {
  const parts = walk.directions.flatMap((direction) => [
    ...reach(walk, direction),
    ...nearest(walk, direction),
    beyond(walk, direction, kept),
  ]);
  const answers = walk.directions.map(
    (direction) => sql`
      SELECT
        ${direction} AS direction,
        (SELECT string_agg(id::text, ',' ORDER BY depth, id) FROM ${kept(direction)}) AS ids,
        ${sizesOf(kept(direction))} AS sizes,
        ${isCut(direction)} AS cut,
        NOT ${isCut(direction)} AND ${isDeeper(walk, direction, kept)} AS deeper
      WHERE EXISTS (SELECT FROM ${kept(direction)})`,
  );
  return fromEach(roots, parts, sql.join(answers, sql` UNION ALL `));
}

/** How many assets a walk reaches. */
export interface CountRow extends Record<string, unknown> {
  /** How many of them lie at each depth, from 0. */
  readonly sizes: readonly number[];
  /** Whether a direction has more than `maxNodes`, which are not counted. */
  readonly cut: boolean;
  /** As in {@link WalkRow}. */
  readonly deeper: boolean;
}

/** A walk that tells how many assets lie at each depth, and nothing else of them: one {@link CountRow}, or none. */
export function countsStatement(root: string, walk: Walk): SQL {
  const further = walk.directions.map((direction) => beyond(walk, direction, reached));
  const cut = walk.directions.map(isCut);
  const deeper = walk.directions.map((direction) => isDeeper(walk, direction, reached));
  return fromEach(
    [root],
    [...counted(walk), ...further],
    sql`
      SELECT ${sizesOf(sql`node`)} AS sizes, ${sql.join(cut, sql` OR `)} AS cut, ${sql.join(deeper, sql` OR `)} AS deeper
      WHERE EXISTS (SELECT FROM node)`,
  );
}

/** How many of the assets that a walk reaches have an asset type, or an owner. */
export interface FacetRow extends Record<string, unknown> {
  readonly facet: "type" | "owner";
  /** Null for those without an owner. */
  readonly value: string | null;
  readonly size: number;
}

/** What {@link countsStatement} counts, by asset type and by owner: the `most` frequent of each as {@link FacetRow}s. */
export function facetsStatement(root: string, walk: Walk, most: number): SQL {
  const facet = (name: string, column: SQL) => sql`(
    SELECT ${name} AS facet, ${column} AS value, sum(size)::int AS size
    FROM both_facets GROUP BY ${column} ORDER BY 3 DESC, ${column} COLLATE "C" LIMIT ${most}::int)`;
  const both = sql`both_facets AS MATERIALIZED (
    SELECT assets.asset_type, assets.owner, count(*) AS size
    FROM node JOIN assets ON assets.id = node.id AND ${isOneOf(sql`assets.tenant_id`, "text", walk.tenants)}
    GROUP BY assets.asset_type, assets.owner
  )`;
  return fromEach(
    [root],
    [...counted(walk), both],
    sql`${facet("type", sql`asset_type`)} UNION ALL ${facet("owner", sql`owner`)}`,
  );
}

/** For each root the rows of `answer`, which reads the common table expressions of `parts`. */
function fromEach(roots: readonly string[] | Placeholder, parts: readonly SQL[], answer: SQL): SQL {
  return sql`
    SELECT root.place::int AS root, answer.*
    FROM unnest(${listOf(roots)}::uuid[]) WITH ORDINALITY AS root(id, place)
    CROSS JOIN LATERAL (WITH RECURSIVE ${sql.join([...parts], sql`, `)} ${answer}) AS answer`;
}

/** `node`: each asset that is reached, once, with its smaller depth. */
function counted(walk: Walk): SQL[] {
  const all = walk.directions.map((direction) => sql`SELECT id, depth FROM ${reached(direction)}`);
  const once = all.length === 1 ? sql`` : sql`GROUP BY id`;
  const depth = all.length === 1 ? sql`depth` : sql`min(depth) AS depth`;
  return [
    ...walk.directions.flatMap((direction) => reach(walk, direction)),
    sql`node AS MATERIALIZED (SELECT id, ${depth} FROM (${sql.join(all, sql` UNION ALL `)}) AS found ${once})`,
  ];
}

/** How many rows of `nodes` lie at each depth from 0, as an array. Of two walks together, a depth in between may have none. */
function sizesOf(nodes: SQL): SQL {
  return sql`(
    SELECT array_agg(coalesce(size, 0) ORDER BY depth)
    FROM generate_series(0, (SELECT max(depth) FROM ${nodes})) AS every(depth)
    LEFT JOIN (SELECT depth, count(*)::int AS size FROM ${nodes} GROUP BY depth) AS level USING (depth)
  )`;
}

type Named = (direction: WalkDirection) => SQL;
const walked: Named = (direction) => sql.raw(`${direction}_walked`);
const reached: Named = (direction) => sql.raw(`${direction}_reached`);
const bounds: Named = (direction) => sql.raw(`${direction}_bounds`);
const inner: Named = (direction) => sql.raw(`${direction}_inner`);
const kept: Named = (direction) => sql.raw(`${direction}_kept`);
const further: Named = (direction) => sql.raw(`${direction}_further`);

/**
 * `reached`: the nodes of a walk from `root`, one more than the budget if there are as many, and `bounds`: whether there
 * are, and how deep the last of them lies.
 *
 * Recursive `UNION` leaves out a row that equals one it has had, and keeps the earlier. All numeric zeros are equal, so a
 * node's depth stands where it does not count as a difference: in the scale of a zero (0, 0.0, 0.00, …). Each asset is
 * thus kept once, with the depth of the round that first came to it, which is its shortest distance, whatever cycles and
 * diamonds there are; and nothing is visited twice, copied or sorted, however deep or wide the graph is.
 */
function reach(walk: Walk, direction: WalkDirection): SQL[] {
  const { far } = ENDS[direction];
  return [
    sql`${walked(direction)} (id, zero) AS (
      SELECT assets.id, 0::numeric
      FROM assets
      WHERE ${isOneOf(sql`assets.tenant_id`, "text", walk.tenants)} AND assets.id = root.id
      UNION
      SELECT ${far}, node.zero * 0.0
      FROM ${walked(direction)} AS node CROSS JOIN ${edgesAt(sql`node.id`, direction, walk)}
      WHERE scale(node.zero) < ${walk.maxDepth}::int ${whenPassable(walk, sql`scale(node.zero) = 0`)}
    )`,
    sql`${reached(direction)} AS MATERIALIZED (
      SELECT id, scale(zero) AS depth FROM ${walked(direction)} LIMIT ${walk.maxNodes}::int + 1
    )`,
    sql`${bounds(direction)} AS MATERIALIZED (
      SELECT count(*) > ${walk.maxNodes}::int AS cut, max(depth) AS depth FROM ${reached(direction)}
    )`,
  ];
}

/**
 * `kept`: the nearest nodes, those with the smallest ids where the budget cuts a level. The level is read again for that,
 * of each node before it the first neighbours of each tenant, as many as can be kept. They come in the order of the walk's index, so
 * that nothing is sorted, and of the tenant that comes first no more of a hub are read; for the other, its edges are passed over.
 * Behind the fence there is only the node to find edges by: an index that begins with the tenant has that order, too, and all edges
 * of the tenant were read for each node.
 */
function nearest(walk: Walk, direction: WalkDirection): SQL[] {
  const { near, far } = ENDS[direction];
  return [
    sql`${inner(direction)} AS MATERIALIZED (
      SELECT node.id, node.depth FROM ${reached(direction)} AS node, ${bounds(direction)} AS bounds
      WHERE NOT bounds.cut OR node.depth < bounds.depth
    )`,
    sql`${kept(direction)} AS MATERIALIZED (
      SELECT id, depth FROM ${inner(direction)}
      UNION ALL
      (SELECT DISTINCT next.id, bounds.depth
      FROM ${bounds(direction)} AS bounds
      JOIN ${inner(direction)} AS node ON node.depth = bounds.depth - 1 ${whenPassable(walk, sql`node.depth = 0`)}
      CROSS JOIN ${eachTenant(walk.tenants)}
      CROSS JOIN LATERAL (
        SELECT DISTINCT edge.tenant_id, ${far} AS id
        FROM (
          SELECT edge.* FROM ${edgesOf(walk)} WHERE ${near} = node.id ORDER BY edge.tenant_id, ${far} OFFSET 0
        ) AS edge
        WHERE edge.tenant_id = scope.tenant_id AND ${isAllowed(walk)}
        ORDER BY edge.tenant_id, id
        LIMIT ${walk.maxNodes}::int
      ) AS next
      WHERE bounds.cut AND next.id NOT IN (SELECT id FROM ${inner(direction)})
      ORDER BY next.id
      LIMIT ${walk.maxNodes}::int - (SELECT count(*) FROM ${inner(direction)}))
    )`,
  ];
}

/**
 * `further`: what lies just beyond `maxDepth`. Where both ways are walked, an asset there may be near the other way, and
 * what lies beyond it is looked at instead; that needs a recursion, which ends at the first asset that is nowhere near.
 */
function beyond(walk: Walk, direction: WalkDirection, near: Named): SQL {
  const { far } = ENDS[direction];
  const other = walk.directions.find((each) => each !== direction);
  const step = (from: SQL, where: SQL) => sql`
    SELECT ${far} AS id FROM ${from} AS node CROSS JOIN ${edgesAt(sql`node.id`, direction, walk)}
    WHERE ${where} AND ${far} NOT IN (SELECT id FROM ${near(direction)})`;
  const first = step(
    near(direction),
    sql`node.depth = ${walk.maxDepth}::int ${whenPassable(walk, sql`node.depth = 0`)}`,
  );
  if (other === undefined) return sql`${further(direction)} AS (${first})`;
  const next = step(
    further(direction),
    sql`node.id IN (SELECT id FROM ${near(other)}) ${whenPassable(walk, sql`false`)}`,
  );
  return sql`${further(direction)} (id) AS (${first} UNION ${next})`;
}

const isCut = (direction: WalkDirection) => sql`(SELECT cut FROM ${bounds(direction)})`;

/** Whether something lies beyond `maxDepth` that is not near the other way. */
function isDeeper({ directions }: Walk, direction: WalkDirection, near: Named): SQL {
  const other = directions.find((each) => each !== direction);
  const unknown = other === undefined ? sql`` : sql`WHERE id NOT IN (SELECT id FROM ${near(other)})`;
  return sql`EXISTS (SELECT FROM ${further(direction)} ${unknown})`;
}

/** The condition, begun with AND, that the walk goes on past `node`. */
function whenPassable({ passable, tenants }: Walk, isRoot: SQL): SQL {
  if (passable === undefined) return sql``;
  return sql`AND (${isRoot} OR EXISTS (
    SELECT FROM assets WHERE ${isOneOf(sql`assets.tenant_id`, "text", tenants)} AND assets.id = node.id AND ${passable}
  ))`;
}
