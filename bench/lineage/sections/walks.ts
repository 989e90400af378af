import type { Catalogue } from "../catalogue/build.ts";
import { ANSWER_SIZES, type Gadget } from "../catalogue/gadgets.ts";
import { layered } from "../catalogue/layers.ts";
import { contendersFor, type Sizes, STATEMENTS } from "../contenders.ts";
import { type Effort, type Figures, figuresOf, measureSideBySide } from "../measure.ts";
import { PsqlSession } from "../psql.ts";
import { type Plan, Session } from "../session.ts";
import type { Shape } from "../statements.ts";

/** One contender at one shape. */
export interface WalkFigures extends Figures {
  /** What it found; null where it gave up. */
  readonly nodes: number | null;
  /** Whether it found as many nodes at each depth as the product; null where it gave up. */
  readonly agrees: boolean | null;
  /** Null where it is no one statement, or gave up. */
  readonly plan: Plan | null;
}

/** One shape in one catalogue. */
export interface WalkCell {
  readonly catalogue: string;
  readonly shape: string;
  readonly maxDepth: number;
  readonly nodes: number;
  /** What the product must find; null where that depends on chance. */
  readonly expected: number | null;
  readonly contenders: readonly WalkFigures[];
}

/** Deeper and wider than any gadget but the hub. */
const MAX_DEPTH = 10_000;
const MAX_NODES = 10_000;
/** What counting is bounded by. */
const MAX_COUNTED = 1_000_000;

/** Every contender at every shape; in a smaller catalogue at those whose cost could depend on its size. */
export async function measureWalks(
  catalogue: Catalogue,
  options: { readonly effort: Effort; readonly isLargest: boolean; readonly hasPsql: boolean },
): Promise<WalkCell[]> {
  const session = new Session(catalogue.applicationUrl);
  const psql = options.hasPsql ? new PsqlSession(catalogue.applicationUrl) : undefined;
  const cells: WalkCell[] = [];
  try {
    const gadgets = options.isLargest ? catalogue.gadgets : answersOf(catalogue);
    for (const shape of [...gadgets.map(gadgetShape), ...layerShapes(catalogue)]) {
      const gadget = gadgets.find(({ name }) => name === shape.name);
      const { nodes, contenders } = await measureWalk(shape, session, { psql, effort: options.effort });
      cells.push({
        catalogue: catalogue.label,
        shape: shape.name,
        maxDepth: shape.maxDepth,
        nodes,
        expected: gadget === undefined ? null : Math.min(gadget.reach, shape.maxNodes),
        contenders,
      });
    }
  } finally {
    await psql?.close();
    await session.close();
  }
  return cells;
}

async function measureWalk(
  shape: Shape,
  session: Session,
  { psql, effort }: { readonly psql: PsqlSession | undefined; readonly effort: Effort },
): Promise<Pick<WalkCell, "nodes" | "contenders">> {
  const { patienceMs } = effort;
  const measured = await measureSideBySide(contendersFor(shape, session, { psql, patienceMs }), effort);
  const ours = measured[0]?.found;
  const contenders: WalkFigures[] = [];
  for (const [index, figures] of figuresOf(measured).entries()) {
    const found = measured.find(({ name }) => name === figures.name)?.found;
    const statement = STATEMENTS.find(({ name }) => name === figures.name)?.statement(shape, "ids");
    const isPlanned = statement !== undefined && figures.gaveUp === null;
    contenders.push({
      ...figures,
      nodes: total(found),
      agrees: found === undefined ? null : String(found) === String(ours),
      plan: isPlanned ? await session.explain(statement, index === 0 ? 0 : patienceMs) : null,
    });
  }
  return { nodes: total(ours) ?? 0, contenders };
}

/** The gadgets that are answers of 10 to 10,000 nodes. */
export function answersOf({ gadgets }: Catalogue): readonly Gadget[] {
  return gadgets.slice(0, ANSWER_SIZES.length);
}

export function gadgetShape({ name, rootId, direction }: Gadget): Shape {
  return { name, rootId, direction, maxDepth: MAX_DEPTH, maxNodes: MAX_NODES };
}

/** A walk from the lowest layer up. */
export function leafShape({ leafId }: Catalogue, maxDepth: number): Shape {
  const name = `leaf, depth ${maxDepth}`;
  return { name, rootId: leafId, direction: "upstream", maxDepth, maxNodes: MAX_COUNTED };
}

/** The walk over most of the catalogue. */
export const DASHBOARD: Shape = {
  name: `dashboard, depth ${layered.dashboardDepth}`,
  rootId: layered.dashboardId,
  direction: "upstream",
  maxDepth: layered.dashboardDepth,
  maxNodes: MAX_COUNTED,
};

const layerShapes = (catalogue: Catalogue) => [leafShape(catalogue, 5), leafShape(catalogue, 10), DASHBOARD];

function total(sizes: Sizes | undefined): number | null {
  return sizes === undefined ? null : sizes.reduce((sum, size) => sum + size, 0);
}
