import type { TenantConnection } from "../../db/tenant-connection.ts";
import { LimitExceededError } from "../../errors.ts";
import { eachGroup, groupByKey } from "../../group-by-key.ts";
import { parseInput } from "../fields.ts";
import { hopsStatement, type InducedRow } from "./answers.sql.ts";
import type { EdgeChoice, EdgeScope, WalkDirection } from "./edges.sql.ts";
import { adjacency } from "./graph.ts";
import { findPairs, type LineageEdge, toEdge } from "./lineage.answer.ts";
import { type LineagePathsRequest, MAX_NODES, pathsRequest } from "./lineage.input.ts";
import { type Completeness, edgeChoice, scopeOf } from "./lineage.walk.ts";
import { shortestPaths } from "./paths.ts";
import { type WalkRow, walksStatement } from "./walk.sql.ts";

/** A way downstream from one asset to another that visits no asset twice. */
export interface LineagePath extends EdgeChoice {
  /** The assets on the way, both ends included. */
  readonly assetIds: readonly string[];
}

export interface LineagePaths {
  /** Shortest first, then in the order of their ids. */
  readonly paths: readonly LineagePath[];
  /** Whether there are more than were asked for. */
  readonly hasMore: boolean;
  /** `NODE_LIMITED`: too much lies between the two to be sure that these are the shortest, or all. */
  readonly completeness: Completeness;
}

interface Ends {
  readonly from: string;
  readonly to: string;
  /** How many paths are wanted. */
  readonly first: number;
}

interface Found {
  /** One more than wanted, if there are as many. */
  readonly paths: readonly (readonly string[])[];
  /** Whether there are no others that are shorter, or, where these are fewer than wanted, none at all. */
  readonly isSure: boolean;
}

/** So many of the nearest assets of each end are looked at, and more only where these do not tell. */
const NEARBY = [1000, MAX_NODES];
/** Most edges that paths are looked for in. */
const MAX_PAIRS = 1_000_000;

/** What lies around one end of the paths. */
interface Ball {
  readonly ids: readonly string[];
  /** Up to this distance everything is there: infinite where that is all there is. */
  readonly radius: number;
}

export function createLineagePaths(connection: TenantConnection) {
  /** The nearest assets in a direction, or null when the root is not visible. */
  async function around(
    root: string,
    direction: WalkDirection,
    scope: EdgeScope,
    maxNodes: number,
  ): Promise<Ball | null> {
    const about = { asset_id: root, direction, max_nodes: maxNodes };
    const [row] = await connection.operation("lineage.findPaths", about, async (db) => {
      const walk = { ...scope, directions: [direction], maxDepth: maxNodes, maxNodes, passable: undefined };
      return (await db.execute<WalkRow>(walksStatement([root], walk))).rows;
    });
    if (row === undefined) return null;
    return { ids: row.ids.split(","), radius: row.cut ? row.sizes.length - 2 : Number.POSITIVE_INFINITY };
  }

  /** The shortest paths among the nearest assets of each end, and whether they are surely that. */
  async function search(
    { from, to, first }: Ends,
    scope: EdgeScope,
    maxNodes: number,
  ): Promise<Found | null> {
    const below = await around(from, "downstream", scope, maxNodes);
    if (below === null) return null;
    const above = await around(to, "upstream", scope, maxNodes);
    if (above === null) return null;
    const ids = between(below, above);
    const [start, end] = [ids.indexOf(from), ids.indexOf(to)];
    // Any path as short as this lies within what is known of both ends.
    const surely = below.radius + above.radius + 1;
    if (start < 0 || end < 0) return { paths: [], isSure: surely === Number.POSITIVE_INFINITY };
    const [pairs] = (await findPairs(connection, [ids], scope, MAX_PAIRS)) ?? tooMany();
    const { paths, complete } = shortestPaths(adjacency(ids.length, pairs ?? []), start, end, first + 1);
    const longest = paths.length > first ? (paths[first - 1]?.length ?? 0) - 1 : Number.POSITIVE_INFINITY;
    return {
      paths: paths.map((path) => path.map((place) => ids[place] ?? "")),
      isSure: complete && longest <= surely,
    };
  }

  return {
    /**
     * The shortest ways downstream from one asset to another; null when either is not visible. From an asset to itself
     * there is one, without edges.
     * @throws LimitExceededError when more than a million dependencies lie between them
     */
    async findPaths(input: LineagePathsRequest): Promise<LineagePaths | null> {
      const { first, ...request } = parseInput(pathsRequest, input);
      const choice = edgeChoice(request);
      let found: Found | null = null;
      for (const maxNodes of NEARBY) {
        found = await search({ ...request, first }, scopeOf(connection, choice), maxNodes);
        if (found === null) return null;
        if (found.isSure) break;
      }
      const { paths = [], isSure = false } = found ?? {};
      const completeness = isSure ? "COMPLETE" : "NODE_LIMITED";
      const told = paths.slice(0, first).map((assetIds) => ({ assetIds, ...choice }));
      const size = told.reduce((nodes, { assetIds }) => nodes + assetIds.length, 0);
      connection.walked({ name: "lineage.findPaths", size, completeness });
      return { paths: told, hasMore: paths.length > first, completeness };
    },

    /** The edges of each path in the order of the path; all of them where several of different types join two assets. */
    async findPathEdges(paths: readonly LineagePath[]): Promise<LineageEdge[][]> {
      return eachGroup(paths, choiceOf, async (group, first) => {
        const scope = scopeOf(connection, first);
        const hops = group.flatMap(({ assetIds }, path) =>
          assetIds.slice(1).map((down, index) => ({ path, up: assetIds[index] ?? "", down })),
        );
        const about = { count: hops.length };
        const rows = await connection.operation("lineage.findPathEdges", about, async (db) => {
          const [ups, downs] = [hops.map(({ up }) => up), hops.map(({ down }) => down)];
          return (await db.execute<InducedRow>(hopsStatement(ups, downs, scope))).rows;
        });
        const byPath = groupByKey(rows, ({ answer }) => hops[answer - 1]?.path);
        return group.map((_, path) => (byPath.get(path) ?? []).map((row) => toEdge(row, scope)));
      });
    },
  };
}

const choiceOf = ({ dependencyTypes, asOf }: EdgeChoice) => JSON.stringify([dependencyTypes, asOf]);

/**
 * The assets that paths are looked for in, in the order of their ids. All that lies on a path is below the one end and above
 * the other; where of neither all is known, anything near to either may be on one.
 */
function between(below: Ball, above: Ball): string[] {
  const whole = [below, above].filter(({ radius }) => radius === Number.POSITIVE_INFINITY);
  const [one = below, other = above] = whole;
  if (whole.length === 1) return [...one.ids].sort();
  const shared = new Set(other.ids);
  const ids = whole.length === 2 ? one.ids.filter((id) => shared.has(id)) : new Set([...one.ids, ...shared]);
  return [...ids].sort();
}

function tooMany(): never {
  throw new LimitExceededError(
    `More than ${MAX_PAIRS} dependencies lie between these assets; ask for fewer dependencyTypes.`,
  );
}
