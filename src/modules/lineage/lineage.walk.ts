import { type SQL, sql } from "drizzle-orm";
import type { z } from "zod";
import type { TenantConnection } from "../../db/tenant-connection.ts";
import { writtenPerShape } from "../../db/tenant-database.ts";
import { LimitExceededError } from "../../errors.ts";
import { groupByKey } from "../../group-by-key.ts";
import { type AssetKinds, assetIs, chooseAssets } from "../asset/asset.references.ts";
import { parseInput } from "../fields.ts";
import type { EdgeChoice, EdgeScope, WalkDirection } from "./edges.sql.ts";
import {
  type LineageDirection,
  type LineageRequest,
  type LineagesRequest,
  lineageRequest,
  lineagesRequest,
} from "./lineage.input.ts";
import { type LineageNode, nodesOf } from "./lineage-nodes.ts";
import { type WalkRow, walksStatement } from "./walk.sql.ts";

/**
 * Whether an answer is whole. `NODE_LIMITED`: the node budget cut it, the nearest nodes are kept. `DEPTH_LIMITED`:
 * something lies deeper than the depth asked for.
 */
export const COMPLETENESS = ["COMPLETE", "DEPTH_LIMITED", "NODE_LIMITED"] as const;
export type Completeness = (typeof COMPLETENESS)[number];

/** The assets around one asset. What joins them is read apart: see `findEdges`, `findCycles` and `findOutside`. */
export interface Lineage extends EdgeChoice {
  readonly rootId: string;
  readonly direction: LineageDirection;
  readonly completeness: Completeness;
  /** In order of depth, then id. */
  readonly nodes: readonly LineageNode[];
  readonly maxDepthReached: number;
  /** Most edges that are told. */
  readonly maxEdges: number;
  /** All assets that were walked to, those that a filter hides included; in the order of `nodes`. */
  readonly walkedIds: readonly string[];
}

/** Most nodes of all lineages that are asked for at once. */
const MAX_NODES_TOGETHER = 200_000;

type Parsed = Omit<z.output<typeof lineagesRequest>, "assetIds">;

const walkStatement = writtenPerShape<[LineageDirection, EdgeChoice, SQL | undefined], WalkRow>(
  (direction, choice, passable) =>
    walksStatement(sql.placeholder("roots"), {
      ...choice,
      tenants: sql.placeholder("tenants"),
      directions: directionsOf(direction),
      maxDepth: sql.placeholder("maxDepth"),
      maxNodes: sql.placeholder("maxNodes"),
      passable,
    }),
);

/** Walks over the edges that one tenant may see. */
export function createLineageWalks(connection: TenantConnection) {
  async function walk(roots: readonly string[], request: Parsed): Promise<(Lineage | null)[]> {
    const { direction, maxDepth, maxNodes, filter } = request;
    const about = roots.length === 1 ? { asset_id: roots[0] } : { count: roots.length };
    const ids = { ...about, direction, max_depth: maxDepth };
    const rows = await connection.operation("lineage.walk", ids, async (db) => {
      const passable = filter?.mode === "stop at" ? assetIs(kindsOf(filter)) : undefined;
      const choice = edgeChoice(request);
      const isPlain = passable === undefined && choice.asOf === null && choice.dependencyTypes === null;
      const statement = walkStatement(isPlain ? direction : undefined, direction, choice, passable);
      return db.run(statement, { roots, tenants: connection.readableTenants, maxDepth, maxNodes });
    });
    if (rows.reduce((nodes, { sizes }) => nodes + total(sizes), 0) > MAX_NODES_TOGETHER) {
      throw new LimitExceededError(
        `The lineages have more than ${MAX_NODES_TOGETHER} nodes together; ask for fewer assets or a smaller maxNodes.`,
      );
    }
    const byRoot = groupByKey(rows, ({ root }) => root);
    const found = roots.map((rootId, index) => {
      const walks = byRoot.get(index + 1);
      return walks === undefined ? null : lineageOf(rootId, walks, request);
    });
    const shown = filter?.mode === "hide" ? await hideOthers(found, filter) : found;
    for (const lineage of shown) {
      if (lineage === null) continue;
      const { nodes, completeness } = lineage;
      connection.walked({ name: "lineage.find", size: nodes.length, completeness });
    }
    return shown;
  }

  /** The same lineages without the nodes that a filter does not let show; the roots are always shown. */
  async function hideOthers(
    lineages: readonly (Lineage | null)[],
    filter: NonNullable<Parsed["filter"]>,
  ): Promise<(Lineage | null)[]> {
    const walked = [...new Set(lineages.flatMap((lineage) => lineage?.walkedIds ?? []))];
    const shown = await connection.operation("lineage.match", { count: walked.length }, (db) =>
      chooseAssets(db, connection, walked, kindsOf(filter)),
    );
    return lineages.map((lineage) => {
      if (lineage === null) return null;
      const nodes = lineage.nodes.filter(({ assetId, depth }) => depth === 0 || shown.has(assetId));
      return { ...lineage, nodes, maxDepthReached: nodes.at(-1)?.depth ?? 0 };
    });
  }

  return {
    /**
     * The assets that an asset is made from, those that are made from it, or both, or null when it is not visible.
     * `both` is the union of the two walks, not the undirected neighbourhood.
     */
    async find(input: LineageRequest): Promise<Lineage | null> {
      const { assetId, ...request } = parseInput(lineageRequest, input);
      const [found] = await walk([assetId], request);
      return found ?? null;
    },

    /**
     * The lineages of up to 100 assets, each within a budget of its own, in the order of their ids; one statement.
     * @throws LimitExceededError when they have more than 200,000 nodes together
     */
    async findMany(input: LineagesRequest): Promise<(Lineage | null)[]> {
      const { assetIds, ...request } = parseInput(lineagesRequest, input);
      return assetIds.length === 0 ? [] : walk(assetIds, request);
    },
  };
}

export function directionsOf(direction: LineageDirection): WalkDirection[] {
  return direction === "both" ? ["upstream", "downstream"] : [direction];
}

/** Which dependencies a request is about, without what its caller left out. */
export function edgeChoice({ dependencyTypes, asOf }: Pick<Parsed, "dependencyTypes" | "asOf">): EdgeChoice {
  return { dependencyTypes: dependencyTypes ?? null, asOf: asOf ?? null };
}

/** Those of the chosen dependencies that a connection sees. */
export function scopeOf(connection: TenantConnection, { dependencyTypes, asOf }: EdgeChoice): EdgeScope {
  return { tenants: connection.readableTenants, dependencyTypes, asOf };
}

/** How whole an answer is, by what was left out of it. */
export function completenessOf(left: { readonly cut: boolean; readonly deeper: boolean }): Completeness {
  if (left.cut) return "NODE_LIMITED";
  return left.deeper ? "DEPTH_LIMITED" : "COMPLETE";
}

const total = (sizes: readonly number[]) => sizes.reduce((sum, size) => sum + size, 0);

function kindsOf({ assetTypes, tags, owners }: NonNullable<Parsed["filter"]>): AssetKinds {
  return { types: assetTypes, owners, anyTags: tags };
}

function lineageOf(rootId: string, rows: readonly WalkRow[], request: Parsed): Lineage {
  const reached = nodesOf(rows.map((row) => ({ ...row, ids: row.ids.split(",") })));
  const nodes = reached.slice(0, request.maxNodes);
  return {
    rootId,
    direction: request.direction,
    completeness: completenessOf({
      cut: reached.length > nodes.length || rows.some(({ cut }) => cut),
      deeper: rows.some(({ deeper }) => deeper),
    }),
    nodes,
    maxDepthReached: nodes.at(-1)?.depth ?? 0,
    maxEdges: request.maxEdges,
    ...edgeChoice(request),
    walkedIds: nodes.map(({ assetId }) => assetId),
  };
}
