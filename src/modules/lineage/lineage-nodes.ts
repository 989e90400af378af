/** An asset of a lineage. */
export interface LineageNode {
  readonly assetId: string;
  /** Shortest distance from the root in edges, in whichever direction is nearer; the root is 0. */
  readonly depth: number;
  /** Distance upstream of the root; null when it is not reached that way within the limits. */
  readonly upstreamDepth: number | null;
  /** Distance downstream of the root; null when it is not reached that way within the limits. */
  readonly downstreamDepth: number | null;
}

/** What one direction of a walk reached: ids in order of depth, then id, and how many lie at each depth. */
export interface WalkedIds {
  readonly direction: "upstream" | "downstream";
  readonly ids: readonly string[];
  readonly sizes: readonly number[];
}

/** The nodes of one or two directions, each once, in order of depth, then id. */
export function nodesOf(walks: readonly WalkedIds[]): LineageNode[] {
  const [first = [], ...others] = walks.map(nodesOfOne);
  if (others.length === 0) return first;
  const nodes = new Map(first.map((node) => [node.assetId, node]));
  for (const node of others.flat()) {
    const seen = nodes.get(node.assetId);
    nodes.set(node.assetId, seen === undefined ? node : both(seen, node));
  }
  return [...nodes.values()].sort(byDepthThenId);
}

function nodesOfOne({ direction, ids, sizes }: WalkedIds): LineageNode[] {
  const isUpstream = direction === "upstream";
  const depths = sizes.flatMap((size, depth) => Array<number>(size).fill(depth));
  return ids.slice(0, depths.length).map((assetId, index) => {
    const depth = depths[index] ?? 0;
    return {
      assetId,
      depth,
      upstreamDepth: isUpstream ? depth : null,
      downstreamDepth: isUpstream ? null : depth,
    };
  });
}

/** What two directions tell of the same asset. */
function both(a: LineageNode, b: LineageNode): LineageNode {
  return {
    assetId: a.assetId,
    depth: Math.min(a.depth, b.depth),
    upstreamDepth: a.upstreamDepth ?? b.upstreamDepth,
    downstreamDepth: a.downstreamDepth ?? b.downstreamDepth,
  };
}

function byDepthThenId(a: LineageNode, b: LineageNode): number {
  return a.depth - b.depth || (a.assetId < b.assetId ? -1 : 1);
}
