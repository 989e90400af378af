import type { DependencyType } from "../../src/modules/dependency/dependency.table.ts";
import { distancesFrom, neighbours, type ReferenceWalk, type Way } from "./lineage-reference.ts";

/** An edge of an answer; without an id it is a bridge past what is hidden. */
export interface ReferenceLink {
  readonly id: string | null;
  readonly upstream: string;
  readonly downstream: string;
  readonly type: DependencyType;
}

/** From the weakest to the strongest. */
const STRENGTHS = ["control", "metadata", "data"] as const;

/** All edges between shown nodes and the bridges, in the order of the downstream node, the upstream id and the type. */
export function referenceEdges(walk: ReferenceWalk): ReferenceLink[] {
  const places = new Map(walk.nodes.map(({ id }, place) => [id, place]));
  const direct = walk.edges.filter(
    ({ upstream, downstream }) => places.has(upstream) && places.has(downstream),
  );
  const place = ({ downstream }: ReferenceLink) => places.get(downstream) ?? 0;
  return [
    ...direct.map(({ id, upstream, downstream, type }) => ({ id, upstream, downstream, type })),
    ...bridges(walk),
  ].sort((a, b) => place(a) - place(b) || compare(a.upstream, b.upstream) || compare(a.type, b.type));
}

/** One for each two shown nodes that no edge joins, but edges by way of hidden nodes alone. */
function bridges({ nodes, walked, edges }: ReferenceWalk): ReferenceLink[] {
  const shown = new Set(nodes.map(({ id }) => id));
  const hidden = new Set(walked.map(({ id }) => id).filter((id) => !shown.has(id)));
  if (hidden.size === 0) return [];
  return [...shown].flatMap((from) => {
    // How strong the strongest way is by which each hidden node is reached; spread until nothing becomes stronger.
    const reached = new Map<string, number>();
    const joined = new Map<string, number>();
    for (let changed = true; changed; ) {
      changed = false;
      for (const { upstream, downstream, type } of edges) {
        const before = upstream === from ? Number.POSITIVE_INFINITY : reached.get(upstream);
        if (before === undefined) continue;
        const strength = Math.min(before, STRENGTHS.indexOf(type));
        const found = hidden.has(downstream) ? reached : joined;
        const isBridge = shown.has(downstream) && upstream !== from;
        if ((found === joined && !isBridge) || strength <= (found.get(downstream) ?? -1)) continue;
        found.set(downstream, strength);
        changed = true;
      }
    }
    const isDirect = (to: string) =>
      edges.some(({ upstream, downstream }) => upstream === from && downstream === to);
    return [...joined].flatMap(([to, strength]) => {
      const type = STRENGTHS[strength];
      return type === undefined || to === from || isDirect(to)
        ? []
        : [{ id: null, upstream: from, downstream: to, type }];
    });
  });
}

/** The shown nodes from which an edge leads on to what is not shown, in their order. */
export function referenceOutside({ nodes, edges }: ReferenceWalk, way: Way): string[] {
  const shown = new Set(nodes.map(({ id }) => id));
  const next = neighbours(edges, way);
  return [...shown].filter((id) => next.get(id)?.some((far) => !shown.has(far)));
}

/** The groups of two or more shown nodes each of which leads to each other, by way of anything that was walked to. */
export function referenceCycles({ nodes, walked, edges }: ReferenceWalk): string[][] {
  const ids = new Set(walked.map(({ id }) => id));
  const next = neighbours(
    edges.filter(({ upstream, downstream }) => ids.has(upstream) && ids.has(downstream)),
    "downstream",
  );
  const below = new Map(nodes.map(({ id }) => [id, distancesFrom(id, next)]));
  const leads = (from: string, to: string) => below.get(from)?.has(to) ?? false;
  const groups = nodes.map(({ id }) =>
    nodes.map((node) => node.id).filter((to) => leads(id, to) && leads(to, id)),
  );
  // Each group is there once for each of its nodes; the first tells it.
  return groups.filter((group, index) => group.length > 1 && group[0] === nodes[index]?.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
