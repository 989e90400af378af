import { type SQL, sql } from "drizzle-orm";
import { isOneOf } from "../../db/predicates.ts";
import type { DependencyType } from "../dependency/dependency.table.ts";
import { type EdgeScope, ENDS, edgesAt, edgesOf, isAllowed, type WalkDirection } from "./edges.sql.ts";

/** The ids of each of some answers, in the order of each. */
export type Answers = readonly (readonly string[])[];

/** An edge between two nodes of an answer. */
export interface InducedRow extends Record<string, unknown> {
  /** Which answer, from 1. */
  readonly answer: number;
  readonly id: string;
  readonly upstream: string;
  readonly downstream: string;
  readonly type: DependencyType;
}

/**
 * The edges whose two ends are both in an answer, as {@link InducedRow}s: of each answer at most `most`, and `mostTogether` of all, in the order of
 * the downstream node's place, then of the upstream id. They are read node by node, so that reading ends with the bound.
 */
export function inducedEdgesStatement(
  answers: Answers,
  scope: EdgeScope,
  most: number,
  mostTogether: number,
): SQL {
  const { ids } = flat(answers);
  let end = 0;
  const ends = answers.map((nodes) => {
    end += nodes.length;
    return end;
  });
  const starts = answers.map((nodes, index) => (ends[index] ?? 0) - nodes.length + 1);
  return sql`
    WITH ${members(answers)}
    SELECT answer.place::int AS answer, edge.*
    FROM unnest(${sql.param(starts)}::int[], ${sql.param(ends)}::int[]) WITH ORDINALITY AS answer(first, last, place)
    CROSS JOIN LATERAL (
      SELECT
        edge.id, edge.upstream_asset_id AS upstream, edge.downstream_asset_id AS downstream, edge.dependency_type AS type
      FROM (
        SELECT * FROM unnest((${sql.param(ids)}::uuid[])[answer.first : answer.last]) WITH ORDINALITY AS node(id, place)
        ORDER BY place
      ) AS node
      CROSS JOIN ${edgesAt(sql`node.id`, "upstream", scope)}
      WHERE ${isIn(sql`answer.place`, sql`edge.upstream_asset_id`)} IS TRUE
      ORDER BY node.place, edge.upstream_asset_id, edge.dependency_type
      LIMIT ${most}::int
    ) AS edge
    LIMIT ${mostTogether}::int`;
}

/** The nodes of an answer from which an edge leads to something outside it, their ids joined by commas. */
export interface OutsideRow extends Record<string, unknown> {
  /** Which answer, from 1. */
  readonly answer: number;
  readonly ids: string;
}

/** Which nodes have more in a direction than their answer holds, as {@link OutsideRow}s; none of an answer without. */
export function outsideStatement(answers: Answers, scope: EdgeScope, direction: WalkDirection): SQL {
  return sql`
    WITH ${members(answers)}
    SELECT node.answer, string_agg(node.id::text, ',') AS ids
    FROM member AS node
    CROSS JOIN LATERAL (
      SELECT FROM ${edgesAt(sql`node.id`, direction, scope)}
      WHERE ${isIn(sql`node.answer`, ENDS[direction].far)} IS NOT TRUE
      LIMIT 1
    ) AS outside
    GROUP BY node.answer`;
}

/** Which nodes of an answer are joined by edges. */
export interface PairsRow extends Record<string, unknown> {
  /** Which answer, from 1. */
  readonly answer: number;
  /** For each edge `upstream downstream`, their places in the answer from 0, joined by commas. */
  readonly pairs: string;
}

/** The edges of {@link inducedEdgesStatement} as {@link PairsRow}s: at most `most` together, in no particular order. */
export function pairsStatement(answers: Answers, scope: EdgeScope, most: number): SQL {
  return sql`
    WITH ${members(answers)}, edge AS MATERIALIZED (
      SELECT node.answer, node.place, edge.upstream_asset_id AS upstream
      FROM member AS node CROSS JOIN ${edgesAt(sql`node.id`, "upstream", scope)}
      WHERE ${isIn(sql`node.answer`, sql`edge.upstream_asset_id`)} IS TRUE
      LIMIT ${most}::int
    )
    SELECT edge.answer, string_agg(node.place || ' ' || edge.place, ',') AS pairs
    FROM edge JOIN member AS node ON node.answer = edge.answer AND node.id = edge.upstream
    GROUP BY edge.answer`;
}

/** That one asset depends directly on another. */
export interface UpstreamRow extends Record<string, unknown> {
  readonly upstream: string;
  readonly downstream: string;
}

/** All that some assets depend on, however far upstream, as {@link UpstreamRow}s: at most `most`. */
export function upstreamsStatement(ids: readonly string[], scope: EdgeScope, most: number): SQL {
  return sql`
    WITH RECURSIVE node (id) AS (
      SELECT id FROM unnest(${sql.param([...ids])}::uuid[]) AS given(id)
      UNION
      SELECT edge.upstream_asset_id FROM node CROSS JOIN ${edgesAt(sql`node.id`, "upstream", scope)}
    )
    SELECT edge.upstream_asset_id AS upstream, edge.downstream_asset_id AS downstream
    FROM node CROSS JOIN ${edgesAt(sql`node.id`, "upstream", scope)}
    LIMIT ${most}::int`;
}

/** The edges from each upstream asset to the downstream one beside it, as {@link InducedRow}s whose `answer` is the pair's place, from 1. */
export function hopsStatement(
  upstream: readonly string[],
  downstream: readonly string[],
  scope: EdgeScope,
): SQL {
  return sql`
    SELECT
      hop.place::int AS answer, edge.id, edge.upstream_asset_id AS upstream, edge.downstream_asset_id AS downstream,
      edge.dependency_type AS type
    FROM unnest(${sql.param([...upstream])}::uuid[], ${sql.param([...downstream])}::uuid[])
      WITH ORDINALITY AS hop(upstream, downstream, place)
    CROSS JOIN ${edgesAt(sql`hop.downstream`, "upstream", scope)}
    WHERE edge.upstream_asset_id = hop.upstream
    ORDER BY hop.place, edge.dependency_type`;
}

/** What is told of an edge beside its ends. */
export interface EdgeDetailsRow extends Record<string, unknown> {
  readonly id: string;
  readonly sources: readonly string[];
  /** In milliseconds since 1970, as are all times here. */
  readonly last_seen_at: string;
  readonly valid_from: string;
  readonly valid_to: string | null;
}

/** Who asserts some edges, and since when, as {@link EdgeDetailsRow}s. */
export function edgeDetailsStatement(ids: readonly string[], scope: EdgeScope): SQL {
  const milliseconds = (column: string) => sql.raw(`extract(epoch FROM edge.${column}) * 1000 AS ${column}`);
  const validTo = scope.asOf === null ? sql`NULL AS valid_to` : milliseconds("valid_to");
  return sql`
    SELECT edge.id, edge.sources, ${milliseconds("last_seen_at")}, ${milliseconds("valid_from")}, ${validTo}
    FROM ${edgesOf(scope)}
    WHERE ${isAllowed(scope)} AND ${isOneOf(sql`edge.id`, "uuid", ids)}`;
}

/** `member`: the nodes of all answers. From arrays side by side, of which the planner knows how long they are. */
function members(answers: Answers): SQL {
  const { ids, numbers, places } = flat(answers);
  return sql`member AS MATERIALIZED (
    SELECT * FROM unnest(${sql.param(numbers)}::int[], ${sql.param(places)}::int[], ${sql.param(ids)}::uuid[])
      AS member(answer, place, id)
  )`;
}

function flat(answers: Answers) {
  return {
    ids: answers.flat(),
    numbers: answers.flatMap((nodes, index) => nodes.map(() => index + 1)),
    places: answers.flatMap((nodes) => nodes.map((_, place) => place)),
  };
}

/** Whether an answer has an asset. Looked up in a hash of all members, where a join would be free to compare them in pairs. */
function isIn(answer: SQL, id: SQL): SQL {
  return sql`((${answer}, ${id}) IN (SELECT member.answer, member.id FROM member))`;
}
