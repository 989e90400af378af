import type { Catalogue } from "../catalogue/build.ts";
import { inStatement } from "../contenders.ts";
import { type Effort, measureSideBySide, quantile } from "../measure.ts";
import { Session } from "../session.ts";
import { ours, type Shape, type Told, touchedEdges } from "../statements.ts";
import { leafShape } from "./walks.ts";

/** What a walk of some size costs. */
export interface EdgeCost {
  readonly maxDepth: number;
  /** The edges that it comes by. */
  readonly edges: number;
  readonly ids: PerEdge;
  readonly counts: PerEdge;
}

interface PerEdge {
  readonly p50Ms: number;
  /** Microseconds an edge. */
  readonly perEdgeUs: number;
  /** The same without what a walk costs that stays at its root. */
  readonly netUs: number;
}

const FEWEST_EDGES = 700;
const MOST_EDGES = 450_000;

/** Walks of growing depth, from a thousand edges to some hundred thousand, without a budget. */
export async function measureEdgeCost(catalogue: Catalogue, effort: Effort): Promise<EdgeCost[]> {
  const session = new Session(catalogue.applicationUrl);
  try {
    const costs: EdgeCost[] = [];
    const still = await measure(session, leafShape(catalogue, 0), effort);
    for (let maxDepth = 1, before = -1; ; maxDepth += 1) {
      const shape = leafShape(catalogue, maxDepth);
      const { found } = await session.time<{ edges: number }>(touchedEdges(shape));
      const edges = found[0]?.edges ?? 0;
      if (edges === before || edges > MOST_EDGES) return costs;
      before = edges;
      if (edges < FEWEST_EDGES) continue;
      const moved = await measure(session, shape, effort);
      const perEdge = (told: Told): PerEdge => ({
        p50Ms: moved[told],
        perEdgeUs: (moved[told] * 1000) / edges,
        netUs: ((moved[told] - still[told]) * 1000) / edges,
      });
      costs.push({ maxDepth, edges, ids: perEdge("ids"), counts: perEdge("counts") });
    }
  } finally {
    await session.close();
  }
}

async function measure(session: Session, shape: Shape, effort: Effort): Promise<Record<Told, number>> {
  const [ids, counts] = await measureSideBySide(
    (["ids", "counts"] as const).map((told) => inStatement(told, session, ours(shape, told))),
    effort,
  );
  return { ids: quantile(ids?.samples ?? [], 0.5), counts: quantile(counts?.samples ?? [], 0.5) };
}
