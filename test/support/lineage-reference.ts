/** A dependency as a plain walk sees it. */
export interface ReferenceEdge {
  readonly id: string;
  readonly upstream: string;
  readonly downstream: string;
}

export interface ReferenceRequest {
  readonly root: string;
  readonly direction: "UPSTREAM" | "DOWNSTREAM" | "BOTH";
  readonly maxDepth: number;
  readonly maxNodes: number;
}

export interface ReferenceNode {
  readonly id: string;
  readonly depth: number;
  readonly upstreamDepth: number | null;
  readonly downstreamDepth: number | null;
}

export interface ReferenceLineage {
  readonly completeness: "COMPLETE" | "DEPTH_LIMITED" | "NODE_LIMITED";
  readonly nodes: readonly ReferenceNode[];
  readonly edges: readonly string[];
}

type Way = "upstream" | "downstream";

/** What a lineage must say, by plain breadth-first walks over the edges that somebody sees. */
export function referenceLineage(
  edges: readonly ReferenceEdge[],
  request: ReferenceRequest,
): ReferenceLineage {
  const { root, direction, maxDepth, maxNodes } = request;
  const up = direction === "DOWNSTREAM" ? new Map<string, number>() : distances(edges, root, "upstream");
  const down = direction === "UPSTREAM" ? new Map<string, number>() : distances(edges, root, "downstream");
  const within = (depth: number | undefined) => (depth !== undefined && depth <= maxDepth ? depth : null);
  const nodes = [...new Set([...up.keys(), ...down.keys()])]
    .map((id) => ({ id, upstreamDepth: within(up.get(id)), downstreamDepth: within(down.get(id)) }))
    .flatMap((node) => {
      const depths = [node.upstreamDepth, node.downstreamDepth].filter((depth) => depth !== null);
      return depths.length === 0 ? [] : [{ ...node, depth: Math.min(...depths) }];
    })
    .sort((a, b) => a.depth - b.depth || (a.id < b.id ? -1 : 1));
  const kept = nodes.slice(0, maxNodes);
  const ids = new Set(kept.map(({ id }) => id));
  const deeper = [...up.values(), ...down.values()].some((depth) => depth > maxDepth);
  return {
    completeness: nodes.length > maxNodes ? "NODE_LIMITED" : deeper ? "DEPTH_LIMITED" : "COMPLETE",
    nodes: kept,
    edges: edges
      .filter(({ upstream, downstream }) => ids.has(upstream) && ids.has(downstream))
      .map(({ id }) => id)
      .sort(),
  };
}

/** The shortest distance of everything that can be reached in a direction, the root included. */
function distances(edges: readonly ReferenceEdge[], root: string, way: Way): Map<string, number> {
  const found = new Map([[root, 0]]);
  const queue = [root];
  for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
    for (const edge of edges) {
      const [near, far] =
        way === "upstream" ? [edge.downstream, edge.upstream] : [edge.upstream, edge.downstream];
      if (near !== id || found.has(far)) continue;
      found.set(far, (found.get(id) ?? 0) + 1);
      queue.push(far);
    }
  }
  return found;
}
