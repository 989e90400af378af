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
const MOST_EDGES = 350_000;
/** A walk that is hardly larger than the one before tells nothing. */
const GROWTH = 1.1;

/** Walks of growing depth, from a thousand edges to some hundred thousand, without a budget, side by side. */
export async function measureEdgeCost(catalogue: Catalogue, effort: Effort): Promise<EdgeCost[]> {
  const session = new Session(catalogue.applicationUrl);
  try {
    const still = leafShape(catalogue, 0);
    const series = await growingWalks(catalogue, session);
    const contenders = [still, ...series.map(({ shape }) => shape)].flatMap((shape) =>
      (["ids", "counts"] as const).map((told) =>
        inStatement(nameOf(shape, told), session, ours(shape, told)),
      ),
    );
    const measured = new Map((await measureSideBySide(contenders, effort)).map((each) => [each.name, each]));
    const median = (shape: Shape, told: Told) =>
      quantile(measured.get(nameOf(shape, told))?.samples ?? [], 0.5);
    return series.map(({ shape, edges }) => {
      const perEdge = (told: Told): PerEdge => {
        const p50Ms = median(shape, told);
        const netMs = p50Ms - median(still, told);
        return { p50Ms, perEdgeUs: (p50Ms * 1000) / edges, netUs: (netMs * 1000) / edges };
      };
      return { maxDepth: shape.maxDepth, edges, ids: perEdge("ids"), counts: perEdge("counts") };
    });
  } finally {
    await session.close();
  }
}

async function growingWalks(catalogue: Catalogue, session: Session) {
  const series: { readonly shape: Shape; readonly edges: number }[] = [];
  for (let maxDepth = 1, before = 0; ; maxDepth += 1) {
    const shape = leafShape(catalogue, maxDepth);
    const { found } = await session.time<{ edges: number }>(touchedEdges(shape));
    const edges = found[0]?.edges ?? 0;
    if (edges < before * GROWTH || edges > MOST_EDGES) return series;
    before = edges;
    if (edges >= FEWEST_EDGES) series.push({ shape, edges });
  }
}

const nameOf = ({ maxDepth }: Shape, told: Told) => `${told} to depth ${maxDepth}`;
