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
  const nodes = new Map<string, LineageNode>();
  for (const { direction, ...walk } of walks) {
    const isUpstream = direction === "upstream";
    for (const [assetId, depth] of depthsOf(walk)) {
      const seen = nodes.get(assetId);
      nodes.set(assetId, {
        assetId,
        depth: Math.min(seen?.depth ?? depth, depth),
        upstreamDepth: isUpstream ? depth : (seen?.upstreamDepth ?? null),
        downstreamDepth: isUpstream ? (seen?.downstreamDepth ?? null) : depth,
      });
    }
  }
  const found = [...nodes.values()];
  // One direction is in order already.
  return walks.length === 1 ? found : found.sort(byDepthThenId);
}

function* depthsOf({
  ids,
  sizes,
}: Omit<WalkedIds, "direction">): Generator<readonly [assetId: string, depth: number]> {
  let start = 0;
  for (const [depth, size] of sizes.entries()) {
    for (const assetId of ids.slice(start, start + size)) yield [assetId, depth];
    start += size;
  }
}

function byDepthThenId(a: LineageNode, b: LineageNode): number {
  return a.depth - b.depth || (a.assetId < b.assetId ? -1 : 1);
}
