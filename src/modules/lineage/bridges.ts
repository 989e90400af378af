/** An edge as bridging sees it. */
export interface PlainEdge {
  readonly upstreamAssetId: string;
  readonly downstreamAssetId: string;
  readonly dependencyType: "data" | "metadata" | "control";
}

/** From the strongest to the weakest: a path is as strong as its weakest edge. */
const STRENGTHS = ["data", "metadata", "control"] as const;

/** Most edges that are followed, all together. */
const MAX_STEPS = 2_000_000;

/**
 * One edge for each two shown nodes that are joined only through hidden ones, in the order of `shown`. Its type is that of
 * the strongest path between them.
 * @returns `complete`: false when there was more to follow than this cares to
 */
export function bridge(
  edges: readonly PlainEdge[],
  shown: ReadonlySet<string>,
): { readonly bridges: PlainEdge[]; readonly complete: boolean } {
  const below = new Map<string, PlainEdge[]>();
  for (const edge of edges) {
    const known = below.get(edge.upstreamAssetId);
    if (known === undefined) below.set(edge.upstreamAssetId, [edge]);
    else known.push(edge);
  }
  // A type that no edge has makes nothing weaker.
  const strengths = STRENGTHS.filter((type) => edges.some(({ dependencyType }) => dependencyType === type));
  const bridges: PlainEdge[] = [];
  let steps = 0;

  /** The shown nodes below `from` past hidden ones, over edges of some types. */
  function* past(from: string, types: readonly string[]): Generator<string> {
    const hidden = new Set<string>();
    const queue = [from];
    for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
      for (const { downstreamAssetId: next, dependencyType } of below.get(node) ?? []) {
        steps += 1;
        if (steps > MAX_STEPS) return;
        if (!types.includes(dependencyType)) continue;
        if (shown.has(next)) {
          if (node !== from) yield next;
        } else if (!hidden.has(next)) {
          hidden.add(next);
          queue.push(next);
        }
      }
    }
  }

  for (const from of shown) {
    const direct = below.get(from) ?? [];
    if (direct.every(({ downstreamAssetId }) => shown.has(downstreamAssetId))) continue;
    const joined = new Set([from, ...direct.map(({ downstreamAssetId }) => downstreamAssetId)]);
    for (const [weakest, dependencyType] of strengths.entries()) {
      for (const to of past(from, strengths.slice(0, weakest + 1))) {
        if (joined.has(to)) continue;
        joined.add(to);
        bridges.push({ upstreamAssetId: from, downstreamAssetId: to, dependencyType });
      }
    }
  }
  return { bridges, complete: steps <= MAX_STEPS };
}
