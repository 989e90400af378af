import type { ReferenceWalk } from "./lineage-reference.ts";
import { referenceCycles, referenceEdges, referenceOutside } from "./lineage-reference-edges.ts";

/** All that is told of a lineage, whoever tells it. */
export function toldOf(walk: ReferenceWalk, { maxEdges }: { readonly maxEdges: number }) {
  const edges = referenceEdges(walk);
  return {
    completeness: walk.completeness,
    maxDepthReached: Math.max(...walk.nodes.map(({ depth }) => depth)),
    nodes: walk.nodes,
    edgesComplete: edges.length <= maxEdges,
    edges: edges.slice(0, maxEdges).map((edge) => ({ ...edge, bridged: edge.id === null })),
    cycles: referenceCycles(walk),
    hasMoreUpstream: referenceOutside(walk, "upstream"),
    hasMoreDownstream: referenceOutside(walk, "downstream"),
  };
}

export type Told = ReturnType<typeof toldOf>;
