import type { TenantConnection } from "../../db/tenant-connection.ts";
import type { DependencyType } from "../dependency/dependency.table.ts";
import { parseInput } from "../fields.ts";
import { type LineageDirection, type LineageRequest, lineageRequest } from "./lineage.input.ts";
import {
  inducedEdgesStatement,
  type Walk,
  type WalkDirection,
  type WalkLevel,
  walkStatement,
} from "./lineage.sql.ts";

/**
 * Whether an answer is whole. `NODE_LIMITED`: the node budget cut it, the nearest nodes are kept. `DEPTH_LIMITED`:
 * something lies deeper than the depth asked for.
 */
export const COMPLETENESS = ["COMPLETE", "DEPTH_LIMITED", "NODE_LIMITED"] as const;
export type Completeness = (typeof COMPLETENESS)[number];

export interface LineageNode {
  readonly assetId: string;
  /** Shortest distance from the root in edges, in whichever direction is nearer; the root is 0. */
  readonly depth: number;
  /** Distance upstream of the root; null when it is not reached that way. */
  readonly upstreamDepth: number | null;
  /** Distance downstream of the root; null when it is not reached that way. */
  readonly downstreamDepth: number | null;
}

export interface LineageEdge {
  readonly id: string;
  readonly upstreamAssetId: string;
  readonly downstreamAssetId: string;
  readonly dependencyType: DependencyType;
}

/** The assets around one asset, in order of depth, then id. Its edges are read apart, by `findEdges`. */
export interface Lineage {
  readonly rootId: string;
  readonly direction: LineageDirection;
  readonly completeness: Completeness;
  readonly nodes: readonly LineageNode[];
  readonly maxDepthReached: number;
}

/** The walk over the edges that one tenant may see. */
export function createLineageRepository(connection: TenantConnection) {
  const tenants = connection.readableTenants;

  function walk(request: Omit<Walk, "tenants">): Promise<WalkLevel[]> {
    const ids = { asset_id: request.root, direction: request.direction, max_depth: request.maxDepth };
    return connection.operation("lineage.walk", ids, async (db) => {
      const { rows } = await db.execute<WalkLevel>(walkStatement({ ...request, tenants }));
      return rows;
    });
  }

  return {
    /**
     * The assets that an asset is made from, those that are made from it, or both, or null when it is not visible.
     * `both` is the union of the two walks, not the undirected neighbourhood.
     */
    async find(input: LineageRequest): Promise<Lineage | null> {
      const { assetId: root, direction, maxDepth, maxNodes } = parseInput(lineageRequest, input);
      const directions: WalkDirection[] = direction === "both" ? ["upstream", "downstream"] : [direction];
      const walks = [];
      for (const way of directions) {
        const levels = await walk({ root, direction: way, maxDepth, maxNodes });
        if (levels.length === 0) return null;
        walks.push({ way, levels });
      }
      const reached = inOrder(mergeWalks(walks, maxDepth));
      const nodes = reached.slice(0, maxNodes);
      const levels = walks.flatMap((each) => each.levels);
      const cut = reached.length > maxNodes || levels.some((level) => level.cut && level.depth <= maxDepth);
      const deeper = levels.some((level) => level.depth > maxDepth);
      return {
        rootId: root,
        direction,
        completeness: cut ? "NODE_LIMITED" : deeper ? "DEPTH_LIMITED" : "COMPLETE",
        nodes,
        maxDepthReached: nodes.at(-1)?.depth ?? 0,
      };
    },

    /** All edges whose two ends are both among the assets of a lineage, each once. */
    async findEdges({ rootId, nodes }: Lineage): Promise<LineageEdge[]> {
      const ids = nodes.map(({ assetId }) => assetId);
      return connection.operation(
        "lineage.findEdges",
        { asset_id: rootId, count: ids.length },
        async (db) => {
          const { rows } = await db.execute<EdgeRow>(inducedEdgesStatement(ids, tenants));
          return rows.map((row) => ({
            id: row.id,
            upstreamAssetId: row.upstream_asset_id,
            downstreamAssetId: row.downstream_asset_id,
            dependencyType: row.dependency_type,
          }));
        },
      );
    },
  };
}

export type LineageRepository = ReturnType<typeof createLineageRepository>;

interface EdgeRow extends Record<string, unknown> {
  readonly id: string;
  readonly upstream_asset_id: string;
  readonly downstream_asset_id: string;
  readonly dependency_type: DependencyType;
}

function mergeWalks(
  walks: readonly { readonly way: WalkDirection; readonly levels: readonly WalkLevel[] }[],
  maxDepth: number,
): LineageNode[] {
  const nodes = new Map<string, LineageNode>();
  for (const { way, levels } of walks) {
    for (const { depth, ids } of levels) {
      if (depth > maxDepth) continue;
      for (const assetId of ids) {
        const seen = nodes.get(assetId) ?? { assetId, depth, upstreamDepth: null, downstreamDepth: null };
        nodes.set(assetId, { ...seen, depth: Math.min(seen.depth, depth), [`${way}Depth`]: depth });
      }
    }
  }
  return [...nodes.values()];
}

function inOrder(nodes: LineageNode[]): LineageNode[] {
  return nodes.sort((a, b) => a.depth - b.depth || (a.assetId < b.assetId ? -1 : 1));
}
