import { adjacency, strongComponents } from "./graph.ts";

/** A graph whose nodes are 0, 1, …, with what is known of each. */
export interface BuiltGraph {
  /** For each edge the node that is depended on, and the one that depends on it. */
  readonly edges: readonly (readonly [upstream: number, downstream: number])[];
  /** When each node was built last with success, in milliseconds since 1970; null when never. */
  readonly builtAt: readonly (number | null)[];
}

/**
 * For each node whether something upstream of it, however far, was built after it. What was never built is not stale.
 * Cycles are taken as one: all that lie on one are upstream of each other.
 */
export function staleNodes({ edges, builtAt }: BuiltGraph): boolean[] {
  const upstream = adjacency(
    builtAt.length,
    edges.map(([above, below]) => [below, above] as const),
  );
  /** The latest of a node's own time and of all above it. Components come after what is above them. */
  const latest: number[] = builtAt.map((time) => time ?? Number.NEGATIVE_INFINITY);
  for (const component of strongComponents(upstream)) {
    let newest = Number.NEGATIVE_INFINITY;
    for (const node of component) {
      newest = Math.max(newest, latest[node] ?? newest);
      for (const above of upstream[node] ?? []) newest = Math.max(newest, latest[above] ?? newest);
    }
    for (const node of component) latest[node] = newest;
  }
  return builtAt.map((time, node) => time !== null && (latest[node] ?? time) > time);
}

/**
 * For each node the nearest failed one above it, other than itself, the smallest of several: null where there is none.
 * A search from all failed nodes at once, in which a node hands on the first two that reach it: a third cannot be nearer.
 * @param order of the nodes, for ties
 */
export function nearestFailed(
  size: number,
  edges: readonly (readonly [upstream: number, downstream: number])[],
  failed: readonly number[],
): (number | null)[] {
  const downstream = adjacency(size, edges);
  const labels: number[][] = Array.from({ length: size }, () => []);
  let level: (readonly [node: number, label: number])[] = failed.map((node) => [node, node] as const);
  while (level.length > 0) {
    const reached: (readonly [node: number, label: number])[] = [];
    for (const [node, label] of level.sort((a, b) => a[1] - b[1])) {
      const known = labels[node];
      if (known === undefined || known.length === 2 || known.includes(label)) continue;
      known.push(label);
      for (const next of downstream[node] ?? []) reached.push([next, label]);
    }
    level = reached;
  }
  return labels.map((known, node) => known.find((label) => label !== node) ?? null);
}
