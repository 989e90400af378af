import {
  type ReferenceCompleteness,
  type ReferenceGraph,
  type ReferenceRequest,
  referenceWalk,
} from "./lineage-reference.ts";

export interface ReferenceCounts {
  readonly completeness: ReferenceCompleteness;
  readonly nodeCount: number;
  /** From depth 0 to the greatest there is. */
  readonly byDepth: readonly number[];
  readonly byAssetType: readonly ReferenceCount[];
  readonly byOwner: readonly ReferenceCount[];
}

interface ReferenceCount {
  readonly value: string | null;
  readonly count: number;
}

/** How many there are of what a walk without a budget finds. */
export function referenceCounts(
  graph: ReferenceGraph,
  root: string,
  request: Omit<ReferenceRequest, "maxNodes" | "filter">,
): ReferenceCounts | null {
  const unbounded = { ...request, maxNodes: Number.POSITIVE_INFINITY, filter: undefined };
  const walk = referenceWalk(graph, root, unbounded);
  if (walk === null) return null;
  const found = walk.nodes.flatMap(({ id }) => graph.assets.get(id) ?? []);
  const deepest = walk.nodes.at(-1)?.depth ?? 0;
  return {
    completeness: walk.completeness,
    nodeCount: walk.nodes.length,
    byDepth: Array.from(
      { length: deepest + 1 },
      (_, depth) => walk.nodes.filter((node) => node.depth === depth).length,
    ),
    byAssetType: frequencies(found.map(({ assetType }) => assetType)),
    byOwner: frequencies(found.map(({ owner }) => owner)),
  };
}

/** The most frequent first, then in alphabetical order, with null last. */
function frequencies(values: readonly (string | null)[]): ReferenceCount[] {
  return [...new Set(values)]
    .map((value) => ({ value, count: values.filter((each) => each === value).length }))
    .sort(
      (a, b) => b.count - a.count || (a.value === null ? 1 : b.value === null || a.value < b.value ? -1 : 1),
    );
}
