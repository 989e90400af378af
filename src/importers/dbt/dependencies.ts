import { ascending, type ImportedDependency, type SkippedCounts } from "./catalogue.ts";

/**
 * The edges between assets, from every resource's `depends_on.nodes` (what dbt calls its parents; `depends_on.macros`
 * is code, not data). What is not an asset is bridged: an exposure on a metric on a semantic model on a model becomes
 * an edge from that model, so that lineage does not end at things that this store does not keep.
 *
 * @param assets the names of all assets
 * @param upstreamsOf `depends_on.nodes` by id, of assets and of everything that can be bridged
 * @param skipped where entries that make no edge are counted
 */
export function readDependencies(
  assets: ReadonlySet<string>,
  upstreamsOf: ReadonlyMap<string, readonly string[]>,
  skipped: SkippedCounts["dependencies"],
): ImportedDependency[] {
  const assetsBehind = bridge(assets, upstreamsOf);
  return [...assets].sort(ascending).flatMap((downstream) => {
    const entries = upstreamsOf.get(downstream) ?? [];
    const distinct = new Set(entries);
    skipped.duplicate += entries.length - distinct.size;
    const upstreams = new Set<string>();
    for (const entry of distinct) {
      const reached = assetsBehind(entry);
      if (reached.size === 0) skipped.unresolved += 1;
      if (reached.has(downstream)) skipped.self += 1;
      for (const upstream of reached) if (upstream !== downstream) upstreams.add(upstream);
    }
    return [...upstreams].sort(ascending).map((upstream) => ({ upstream, downstream }));
  });
}

/**
 * Finds the nearest assets at or upstream of a resource. The walk stops at each asset and never enters a resource
 * twice, and its result is kept, because many exposures share few metrics.
 */
function bridge(assets: ReadonlySet<string>, upstreamsOf: ReadonlyMap<string, readonly string[]>) {
  const known = new Map<string, ReadonlySet<string>>();
  return (start: string): ReadonlySet<string> => {
    const before = known.get(start);
    if (before !== undefined) return before;
    const reached = new Set<string>();
    const seen = new Set([start]);
    for (const id of seen) {
      if (assets.has(id)) reached.add(id);
      // A set may grow while it is walked: what is added is visited too.
      else for (const upstream of upstreamsOf.get(id) ?? []) seen.add(upstream);
    }
    known.set(start, reached);
    return reached;
  };
}
