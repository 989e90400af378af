import type { TenantConnection } from "../../db/tenant-connection.ts";
import { LimitExceededError } from "../../errors.ts";
import { eachGroup, groupByKey } from "../../group-by-key.ts";
import type { DependencyType } from "../dependency/dependency.table.ts";
import {
  type EdgeDetailsRow,
  edgeDetailsStatement,
  type InducedRow,
  inducedEdgesStatement,
  type OutsideRow,
  outsideStatement,
  type PairsRow,
  pairsStatement,
} from "./answers.sql.ts";
import { bridge } from "./bridges.ts";
import type { EdgeChoice, EdgeScope, WalkDirection } from "./edges.sql.ts";
import { adjacency, strongComponents } from "./graph.ts";
import { MAX_EDGES } from "./lineage.input.ts";
import { type Lineage, scopeOf } from "./lineage.walk.ts";
import type { LineageNode } from "./lineage-nodes.ts";

/** A dependency between two assets of a lineage. */
export interface LineageEdge {
  /** The dependency's id; null on a bridge, which stands for several. */
  readonly id: string | null;
  readonly upstreamAssetId: string;
  readonly downstreamAssetId: string;
  readonly dependencyType: DependencyType;
  /** Whether it leads past assets that a filter hides. */
  readonly bridged: boolean;
  /** When it was asserted; null for now. */
  readonly asOf: Date | null;
}

/** The edges between the nodes of a lineage. */
export interface LineageEdges {
  /** In the order of their downstream nodes, then of the upstream ids, then of their types. */
  readonly edges: readonly LineageEdge[];
  /** Whether these are all. */
  readonly complete: boolean;
}

/** Who asserts an edge, and since when. */
export interface LineageEdgeDetails {
  readonly sources: readonly string[];
  readonly lastSeenAt: Date;
  readonly validFrom: Date;
  /** Null while it is asserted. */
  readonly validTo: Date | null;
}

/** Most edges that the cycles of one lineage are looked for in. */
const MAX_PAIRS = 1_000_000;
/** Most edges of all lineages of a statement. */
const MAX_EDGES_TOGETHER = 200_000;
/** Most nodes of all lineages of a statement: as many as PostgreSQL keeps in a hash with its default `work_mem`. */
const MAX_NODES_TOGETHER = 50_000;

/** What joins the nodes of lineages: for many of them in one statement. */
export function createLineageAnswers(connection: TenantConnection) {
  /** The edges of each lineage among the assets that were walked to, and whether these are all. */
  async function induced(lineages: readonly Lineage[], scope: EdgeScope, most: number) {
    const answers = lineages.map(({ walkedIds }) => walkedIds);
    const rows = await connection.operation("lineage.findEdges", sizeOf(answers), async (db) => {
      return (
        await db.execute<InducedRow>(inducedEdgesStatement(answers, scope, most + 1, MAX_EDGES_TOGETHER + 1))
      ).rows;
    });
    if (rows.length > MAX_EDGES_TOGETHER) {
      throw new LimitExceededError(
        `The lineages have more than ${MAX_EDGES_TOGETHER} edges together; ask for fewer assets or a smaller maxEdges.`,
      );
    }
    const byAnswer = groupByKey(rows, ({ answer }) => answer);
    return lineages.map((_, index) => {
      const found = byAnswer.get(index + 1) ?? [];
      return {
        edges: found.slice(0, most).map((row) => toEdge(row, scope)),
        complete: found.length <= most,
      };
    });
  }

  /** The lineages are parted where they are too much together, so that none fails for another. */
  async function cyclesOfEach(group: readonly Lineage[]): Promise<(LineageNode[][] | LimitExceededError)[]> {
    const [first] = group;
    if (first === undefined) return [];
    const answers = group.map(({ walkedIds }) => walkedIds);
    const pairs = await findPairs(connection, answers, scopeOf(connection, first), MAX_PAIRS);
    if (pairs !== null) return group.map((lineage, index) => cyclesOf(lineage, pairs[index] ?? []));
    if (group.length === 1) {
      return [
        new LimitExceededError(
          `The cycles of a lineage are looked for in up to ${MAX_PAIRS} dependencies; ask with a smaller maxNodes.`,
        ),
      ];
    }
    const half = Math.ceil(group.length / 2);
    return [...(await cyclesOfEach(group.slice(0, half))), ...(await cyclesOfEach(group.slice(half)))];
  }

  return {
    /**
     * For each lineage all edges whose two ends are both among its nodes, each once, at most `maxEdges`; and one bridge for
     * each two nodes that are joined only through hidden ones. One statement for all lineages of one request.
     */
    async findEdges(lineages: readonly Lineage[]): Promise<LineageEdges[]> {
      return eachStatement(lineages, async (group, first) => {
        const hidesSome = group.some(({ nodes, walkedIds }) => nodes.length < walkedIds.length);
        // What is bridged, or left out for being hidden, is known only when all is.
        const found = await induced(
          group,
          scopeOf(connection, first),
          hidesSome ? MAX_EDGES : first.maxEdges,
        );
        return group.map((lineage, index) => {
          const answer = found[index] ?? NO_EDGES;
          return hidesSome ? withBridges(answer, lineage) : answer;
        });
      });
    },

    /**
     * For each lineage the strongly connected components of two or more of its nodes, in the order of their first nodes;
     * or a LimitExceededError where more than a million edges would have to be read.
     */
    async findCycles(lineages: readonly Lineage[]): Promise<(LineageNode[][] | LimitExceededError)[]> {
      return eachStatement(lineages, cyclesOfEach);
    },

    /** For each lineage the ids of the nodes from which an edge leads on, in a direction, to an asset that is not in it. */
    async findOutside(lineages: readonly Lineage[], direction: WalkDirection): Promise<Set<string>[]> {
      return eachStatement(lineages, async (group, first) => {
        const scope = scopeOf(connection, first);
        const answers = group.map(({ nodes }) => nodes.map(({ assetId }) => assetId));
        const rows = await connection.operation("lineage.findOutside", sizeOf(answers), async (db) => {
          return (await db.execute<OutsideRow>(outsideStatement(answers, scope, direction))).rows;
        });
        const ids = new Map(rows.map((row) => [row.answer, row.ids.split(",")]));
        return group.map((_, index) => new Set(ids.get(index + 1)));
      });
    },

    /** Who asserts each edge and since when; null for a bridge. One statement for all edges of one time. */
    async findEdgeDetails(edges: readonly LineageEdge[]): Promise<(LineageEdgeDetails | null)[]> {
      return eachGroup(
        edges,
        ({ asOf }) => asOf?.getTime(),
        async (group, { asOf }) => {
          const ids = group.flatMap(({ id }) => id ?? []);
          if (ids.length === 0) return group.map(() => null);
          const rows = await connection.operation(
            "lineage.findEdgeDetails",
            { count: ids.length },
            async (db) => {
              return (
                await db.execute<EdgeDetailsRow>(
                  edgeDetailsStatement(ids, scopeOf(connection, { dependencyTypes: null, asOf })),
                )
              ).rows;
            },
          );
          const byId = new Map(rows.map((row) => [row.id, row]));
          return group.map(({ id }) => detailsOf(id === null ? undefined : byId.get(id)));
        },
      );
    },
  };
}

/**
 * For each answer its edges as pairs of places, upstream first.
 * @returns null when there are more than `most` of them
 */
export async function findPairs(
  connection: TenantConnection,
  answers: readonly (readonly string[])[],
  scope: EdgeScope,
  most: number,
): Promise<(readonly [upstream: number, downstream: number])[][] | null> {
  const rows = await connection.operation("lineage.findPairs", sizeOf(answers), async (db) => {
    return (await db.execute<PairsRow>(pairsStatement(answers, scope, most + 1))).rows;
  });
  const pairs = answers.map((_, index) => {
    const text = rows.find(({ answer }) => answer === index + 1)?.pairs;
    return text === undefined ? [] : text.split(",").map(pairOf);
  });
  return pairs.reduce((count, each) => count + each.length, 0) > most ? null : pairs;
}

function pairOf(text: string): readonly [upstream: number, downstream: number] {
  const space = text.indexOf(" ");
  return [Number(text.slice(0, space)), Number(text.slice(space + 1))];
}

export function toEdge(row: InducedRow, { asOf }: EdgeChoice): LineageEdge {
  return {
    id: row.id,
    upstreamAssetId: row.upstream,
    downstreamAssetId: row.downstream,
    dependencyType: row.type,
    bridged: false,
    asOf,
  };
}

const NO_EDGES: LineageEdges = { edges: [], complete: true };

/** Only lineages that one request asked for have the same edges taking part. */
function requestOf({ dependencyTypes, asOf, maxEdges }: Lineage): string {
  return JSON.stringify([dependencyTypes, asOf, maxEdges]);
}

/** Does the work once for all lineages of one request, or once for as many as one statement may be about. */
function eachStatement<Result>(
  lineages: readonly Lineage[],
  work: (group: readonly Lineage[], first: Lineage) => Promise<readonly Result[]>,
): Promise<Result[]> {
  return eachGroup(lineages, requestOf, async (group) => {
    const results: Result[] = [];
    for (const part of partsOf(group)) {
      const [first] = part;
      if (first !== undefined) results.push(...(await work(part, first)));
    }
    return results;
  });
}

function partsOf(lineages: readonly Lineage[]): Lineage[][] {
  const parts: Lineage[][] = [[]];
  let nodes = 0;
  for (const lineage of lineages) {
    nodes += lineage.walkedIds.length;
    if (nodes > MAX_NODES_TOGETHER) {
      parts.push([]);
      nodes = lineage.walkedIds.length;
    }
    parts.at(-1)?.push(lineage);
  }
  return parts;
}

function sizeOf(answers: readonly (readonly string[])[]) {
  return { count: answers.length, nodes: answers.reduce((nodes, ids) => nodes + ids.length, 0) };
}

function withBridges({ edges, complete }: LineageEdges, { nodes, asOf, maxEdges }: Lineage): LineageEdges {
  const places = new Map(nodes.map(({ assetId }, place) => [assetId, place]));
  const shown = new Set(places.keys());
  const found = bridge(edges, shown);
  const direct = edges.filter((edge) => shown.has(edge.upstreamAssetId) && shown.has(edge.downstreamAssetId));
  const bridges = found.bridges.map((edge) => Object.assign({}, edge, { id: null, bridged: true, asOf }));
  const place = ({ downstreamAssetId }: LineageEdge) => places.get(downstreamAssetId) ?? 0;
  const all = [...direct, ...bridges].sort(
    (a, b) => place(a) - place(b) || compare(a.upstreamAssetId, b.upstreamAssetId),
  );
  return {
    edges: all.slice(0, maxEdges),
    complete: complete && found.complete && all.length <= maxEdges,
  };
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function cyclesOf(
  { nodes, walkedIds }: Lineage,
  pairs: readonly (readonly [upstream: number, downstream: number])[],
): LineageNode[][] {
  const shown = new Map(nodes.map((node) => [node.assetId, node]));
  const nodeAt = (place: number) => shown.get(walkedIds[place] ?? "");
  return strongComponents(adjacency(walkedIds.length, pairs))
    .map((component) => component.filter((place) => nodeAt(place) !== undefined).sort((a, b) => a - b))
    .filter((places) => places.length > 1)
    .sort(([a = 0], [b = 0]) => a - b)
    .map((places) => places.flatMap((place) => nodeAt(place) ?? []));
}

function detailsOf(row: EdgeDetailsRow | undefined): LineageEdgeDetails | null {
  if (row === undefined) return null;
  return {
    sources: row.sources,
    lastSeenAt: new Date(Number(row.last_seen_at)),
    validFrom: new Date(Number(row.valid_from)),
    validTo: row.valid_to === null ? null : new Date(Number(row.valid_to)),
  };
}
