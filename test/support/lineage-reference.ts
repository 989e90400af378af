import type { DependencyType } from "../../src/modules/dependency/dependency.table.ts";

/** A dependency as a plain walk sees it. */
export interface ReferenceEdge {
  readonly id: string;
  readonly upstream: string;
  readonly downstream: string;
  readonly type: DependencyType;
  /** Since when it is asserted, in milliseconds since 1970; default since ever. */
  readonly validFrom?: number;
  /** When it ended; default never. */
  readonly validTo?: number;
}

export interface ReferenceAsset {
  readonly id: string;
  readonly assetType: string;
  readonly owner: string | null;
  readonly tags: readonly string[];
}

/** All that somebody sees. */
export interface ReferenceGraph {
  readonly assets: ReadonlyMap<string, ReferenceAsset>;
  readonly edges: readonly ReferenceEdge[];
}

/** Which edges take part; all of today by default. As the library takes it, and the requests below too. */
export interface ReferenceChoice {
  readonly dependencyTypes?: DependencyType[] | undefined;
  readonly asOf?: Date | undefined;
}

export interface ReferenceFilter {
  readonly assetTypes?: string[] | undefined;
  readonly tags?: string[] | undefined;
  readonly owners?: string[] | undefined;
  readonly mode: "stop at" | "hide";
}

export interface ReferenceRequest extends ReferenceChoice {
  readonly direction: "upstream" | "downstream" | "both";
  readonly maxDepth: number;
  readonly maxNodes: number;
  readonly filter?: ReferenceFilter | undefined;
}

export interface ReferenceNode {
  readonly id: string;
  readonly depth: number;
  readonly upstreamDepth: number | null;
  readonly downstreamDepth: number | null;
}

export type ReferenceCompleteness = "COMPLETE" | "DEPTH_LIMITED" | "NODE_LIMITED";

export interface ReferenceWalk {
  readonly completeness: ReferenceCompleteness;
  /** What is shown, in order of depth, then id. */
  readonly nodes: readonly ReferenceNode[];
  /** The same and what a filter hides. */
  readonly walked: readonly ReferenceNode[];
  /** The edges that take part. */
  readonly edges: readonly ReferenceEdge[];
}

export type Way = "upstream" | "downstream";

/** What a lineage must say, by plain breadth-first walks; null for an asset that is not seen. */
export function referenceWalk(
  { assets, edges }: ReferenceGraph,
  root: string,
  request: ReferenceRequest,
): ReferenceWalk | null {
  if (!assets.has(root)) return null;
  const { direction, maxDepth, maxNodes, filter } = request;
  const allowed = allowedEdges(edges, request);
  const matching = (id: string) => id === root || matches(assets.get(id), filter);
  const passable = (id: string) => filter?.mode !== "stop at" || matching(id);
  const distances = (way: Way) =>
    direction === "both" || direction === way
      ? distancesFrom(root, neighbours(allowed, way), passable)
      : new Map<string, number>();
  const [up, down] = [distances("upstream"), distances("downstream")];
  const [upWithin, downWithin] = [nearest(up, request), nearest(down, request)];

  const reached = [...new Set([...up.keys(), ...down.keys()])].map((id) => ({
    id,
    depth: Math.min(up.get(id) ?? Number.POSITIVE_INFINITY, down.get(id) ?? Number.POSITIVE_INFINITY),
    upstreamDepth: upWithin.get(id) ?? null,
    downstreamDepth: downWithin.get(id) ?? null,
  }));
  const within = reached.filter(({ depth }) => depth <= maxDepth).sort(byDepthThenId);
  const walked = within.slice(0, maxNodes);
  return {
    completeness:
      within.length > maxNodes
        ? "NODE_LIMITED"
        : reached.length > within.length
          ? "DEPTH_LIMITED"
          : "COMPLETE",
    nodes: filter?.mode === "hide" ? walked.filter(({ id }) => matching(id)) : walked,
    walked,
    edges: allowed,
  };
}

/** The edges of some types that were asserted at a time. */
export function allowedEdges(edges: readonly ReferenceEdge[], choice: ReferenceChoice): ReferenceEdge[] {
  const { dependencyTypes } = choice;
  const asOf = choice.asOf?.getTime() ?? Number.MAX_SAFE_INTEGER;
  return edges.filter(
    ({ type, validFrom = Number.NEGATIVE_INFINITY, validTo = Number.POSITIVE_INFINITY }) =>
      validFrom <= asOf && asOf < validTo && (dependencyTypes?.includes(type) ?? true),
  );
}

/** For each asset those that its edges lead to. */
export function neighbours(edges: readonly ReferenceEdge[], way: Way): ReadonlyMap<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { upstream, downstream } of edges) {
    const [near, far] = way === "upstream" ? [downstream, upstream] : [upstream, downstream];
    const known = found.get(near);
    if (known === undefined) found.set(near, [far]);
    else known.push(far);
  }
  return found;
}

/** The shortest distance of everything that can be reached, the root included. */
export function distancesFrom(
  root: string,
  next: ReadonlyMap<string, readonly string[]>,
  passable: (id: string) => boolean = () => true,
): Map<string, number> {
  const found = new Map([[root, 0]]);
  for (const [id, depth] of found) {
    if (!passable(id)) continue;
    for (const far of next.get(id) ?? []) if (!found.has(far)) found.set(far, depth + 1);
  }
  return found;
}

/** What of one way's distances is told: not what is too deep, or more than the budget. */
function nearest(distances: ReadonlyMap<string, number>, { maxDepth, maxNodes }: ReferenceRequest) {
  const found = [...distances]
    .map(([id, depth]) => ({ id, depth }))
    .filter(({ depth }) => depth <= maxDepth)
    .sort(byDepthThenId)
    .slice(0, maxNodes);
  return new Map(found.map(({ id, depth }) => [id, depth]));
}

function byDepthThenId(a: Pick<ReferenceNode, "id" | "depth">, b: Pick<ReferenceNode, "id" | "depth">) {
  return a.depth - b.depth || (a.id < b.id ? -1 : 1);
}

function matches(asset: ReferenceAsset | undefined, filter: ReferenceFilter | undefined): boolean {
  if (filter === undefined) return true;
  if (asset === undefined) return false;
  const { assetTypes, tags, owners } = filter;
  return (
    (assetTypes?.includes(asset.assetType) ?? true) &&
    (owners === undefined || (asset.owner !== null && owners.includes(asset.owner))) &&
    (tags === undefined || asset.tags.some((tag) => tags.includes(tag)))
  );
}
