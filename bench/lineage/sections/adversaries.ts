import type { LineageRequest } from "../../../src/modules/lineage/lineage.input.ts";
import type { Completeness } from "../../../src/modules/lineage/lineage.walk.ts";
import { PostgresStorage } from "../../../src/storage.ts";
import type { Catalogue } from "../catalogue/build.ts";
import { ANSWER_SIZES, TENANT } from "../catalogue/gadgets.ts";
import { type Contender, type Effort, type Figures, figuresOf, measureSideBySide } from "../measure.ts";

/** One adversary through the library, within some limits. */
export interface Adversary {
  readonly name: string;
  readonly limits: "default" | "widest";
  readonly nodes: number;
  readonly completeness: Completeness | null;
  /** `find`: from the call to the parsed nodes, the transaction included. */
  readonly find: Figures;
  /** `find`, and then the edges, the cycles, and what lies outside both ways. */
  readonly everything: Figures;
}

const LIMITS = {
  default: {},
  widest: { maxDepth: 10_000, maxNodes: 10_000 },
} as const satisfies Record<string, Partial<LineageRequest>>;

type Found = { readonly nodes: number; readonly completeness: Completeness } | null;

/** Every adversary by the library, whole. */
export async function measureAdversaries(catalogue: Catalogue, effort: Effort): Promise<Adversary[]> {
  const storage = new PostgresStorage(catalogue.applicationUrl);
  try {
    const adversaries: Adversary[] = [];
    for (const { name, rootId, direction } of catalogue.gadgets.slice(ANSWER_SIZES.length)) {
      for (const limits of ["default", "widest"] as const) {
        // The default walks both ways; the widest as the shapes are walked.
        const request = { assetId: rootId, ...LIMITS[limits], ...(limits === "widest" ? { direction } : {}) };
        const measured = await measureSideBySide(
          [byLibrary(storage, request, false), byLibrary(storage, request, true)],
          effort,
        );
        const [find, everything] = figuresOf(measured);
        if (find === undefined || everything === undefined) throw new Error("there are two");
        const found = measured[0]?.found;
        const { nodes, completeness } = found ?? { nodes: 0, completeness: null };
        adversaries.push({ name, limits, nodes, completeness, find, everything });
      }
    }
    return adversaries;
  } finally {
    await storage.close();
  }
}

function byLibrary(storage: PostgresStorage, request: LineageRequest, all: boolean): Contender<Found> {
  return {
    name: all ? "everything" : "find",
    async run() {
      const started = performance.now();
      const found = await storage.withTenant(
        TENANT,
        async ({ lineage }) => {
          const walked = await lineage.find(request);
          if (all && walked !== null) {
            await lineage.findEdges([walked]);
            await lineage.findCycles([walked]);
            await lineage.findOutside([walked], "upstream");
            await lineage.findOutside([walked], "downstream");
          }
          return walked;
        },
        { readOnly: true },
      );
      const ms = performance.now() - started;
      return {
        ms,
        found: found && { nodes: found.nodes.length, completeness: found.completeness },
      };
    },
  };
}
