import type { LineageEdge, LineageEdgeDetails } from "../../../../src/modules/lineage/lineage.answer.ts";
import type {
  ImpactRequest,
  LineageCountsRequest,
  LineagePathsRequest,
  LineageRequest,
  LineagesRequest,
} from "../../../../src/modules/lineage/lineage.input.ts";
import {
  allowedEdges,
  type ReferenceChoice,
  type ReferenceGraph,
  type ReferenceRequest,
  type ReferenceWalk,
  referenceWalk,
} from "../../lineage-reference.ts";
import { referenceCounts } from "../../lineage-reference-counts.ts";
import {
  type ReferenceExecution,
  type ReferenceFate,
  referenceFates,
} from "../../lineage-reference-impact.ts";
import { referencePaths } from "../../lineage-reference-paths.ts";
import { toldOf } from "../../lineage-told.ts";
import { given } from "./changes.ts";
import { badInput, refuseDoubles, validId } from "./refusals.ts";
import type { PastEdge, View } from "./world.ts";

/** A lineage as the model found it, with what was asked. */
export interface FoundLineage extends ReturnType<typeof toldOf> {
  readonly walk: ReferenceWalk;
  readonly direction: ReferenceRequest["direction"];
  readonly maxEdges: number;
  readonly asOf: Date | null;
  readonly dependencyTypes: ReferenceChoice["dependencyTypes"] | null;
  fateOf(id: string): ReferenceFate;
}

type Asked = Omit<LineageRequest, "assetId">;

/** What the store must tell of lineages, by the plain walks of the reference over what is seen. */
export function modelLineage(view: View) {
  const { world } = view;
  const graph = (): ReferenceGraph => ({
    assets: new Map(view.seen("asset").map((row) => [row.id, row])),
    edges: [...view.seen("edge"), ...world.past.filter(view.sees)].map((row) => ({
      ...{
        id: row.id,
        upstream: row.upstreamAssetId,
        downstream: row.downstreamAssetId,
        type: row.dependencyType,
      },
      validFrom: row.validFrom.getTime(),
      ...("validTo" in row ? { validTo: endOf(row) } : {}),
    })),
  });

  /** When a past edge ended, as far as it matters to the instants that are asked about. */
  function endOf({ validTo, instants }: PastEdge): number {
    if (validTo instanceof Date) return validTo.getTime();
    return (
      validTo.value?.getTime() ?? (world.instants[instants - 1]?.getTime() ?? Number.NEGATIVE_INFINITY) + 1
    );
  }

  const executions = (): ReferenceExecution[] =>
    view.seen("execution").map(({ id, workflowId, state, createdAt, completedAt }) => ({
      ...{ id, state, createdAt: createdAt.getTime(), completedAt: completedAt?.getTime() ?? null },
      outputs: (view.find("workflow", workflowId)?.links ?? [])
        .filter(({ role }) => role === "output")
        .map(({ assetId }) => assetId),
    }));

  function found(
    walk: ReferenceWalk,
    { direction = "both", maxEdges = 10_000, asOf, dependencyTypes }: Asked,
  ): FoundLineage {
    return {
      ...toldOf(walk, { maxEdges }),
      ...{ walk, direction, maxEdges, asOf: asOf ?? null, dependencyTypes: dependencyTypes ?? null },
      fateOf: referenceFates(walk, executions()),
    };
  }

  function find({ assetId, ...request }: LineageRequest): FoundLineage | null {
    const id = validId(assetId, "assetId");
    checkTime(request);
    const walk = referenceWalk(graph(), id, reference(request));
    return walk === null ? null : found(walk, request);
  }

  return {
    find,
    findMany({ assetIds, ...request }: LineagesRequest) {
      const ids = assetIds.map((id, index) => validId(id, "assetIds", index));
      refuseDoubles(ids, String, (index) => ["assetIds", index]);
      checkTime(request);
      return ids.map((assetId) => find({ assetId, ...request }));
    },
    findImpact: (request: ImpactRequest) => find({ ...request, direction: "downstream" }),

    /** What is told of a lineage that a caller makes up of any ids. */
    ofMadeUp(ids: readonly string[], asked: Asked): FoundLineage {
      const nodes = ids.map((id) => ({ id, depth: 0, upstreamDepth: 0, downstreamDepth: 0 }));
      const edges = allowedEdges(graph().edges, reference(asked));
      return found({ completeness: "COMPLETE", nodes, walked: nodes, edges }, asked);
    },
    count({ assetId, ...request }: LineageCountsRequest) {
      const id = validId(assetId, "assetId");
      checkTime(request);
      return referenceCounts(graph(), id, reference(request));
    },
    findPaths({ from, to, first = 3, ...request }: LineagePathsRequest) {
      const ends = { from: validId(from, "from"), to: validId(to, "to") };
      checkTime(request);
      return referencePaths(graph(), { ...ends, first, ...reference(request) });
    },
    /** The edges of each step from one asset to the next. */
    pathEdges(ids: readonly string[], request: Asked): FoundLineage["edges"] {
      const edges = allowedEdges(graph().edges, reference(request));
      return ids.slice(1).flatMap((down, index) =>
        edges
          .filter(({ upstream, downstream }) => upstream === ids[index] && downstream === down)
          .sort((a, b) => (a.type < b.type ? -1 : 1))
          .map(({ id, upstream, downstream, type }) => ({ id, upstream, downstream, type, bridged: false })),
      );
    },
    latestOf(ids: readonly string[]): Map<string, { executionId: string; state: string }> {
      const { fateOf } = this.ofMadeUp(ids, {});
      return new Map(
        ids.flatMap((id) => {
          const run = view.find("execution", fateOf(id).latestExecution ?? "");
          return run === undefined ? [] : [[id, { executionId: run.id, state: run.state }] as const];
        }),
      );
    },
    /** Who asserts an edge that is seen, or was at a time. */
    detailsOf({
      id,
      asOf,
    }: Pick<LineageEdge, "id" | "asOf">): Record<keyof LineageEdgeDetails, unknown> | null {
      const then = asOf?.getTime() ?? Number.POSITIVE_INFINITY;
      const now = view.seen("edge").find((row) => row.id === id && row.validFrom.getTime() <= then);
      const past = world.past.find(
        (row) => view.sees(row) && row.id === id && row.validFrom.getTime() <= then && then < endOf(row),
      );
      const row = now ?? past;
      if (row === undefined) return null;
      const { sources, lastSeenAt, validFrom } = row;
      return { sources, lastSeenAt, validFrom, validTo: "validTo" in row ? row.validTo : null };
    },
  };
}

function checkTime({ asOf }: Asked): void {
  if (asOf && asOf.getTime() > Date.now()) throw badInput(["asOf"], "must not lie in the future");
}

/** A request in the words of the reference, with what is not asked as the store takes it. */
function reference({
  direction = "both",
  maxDepth = 5,
  maxNodes = 500,
  filter,
  ...choice
}: Asked): ReferenceRequest {
  const { mode = "stop at", ...conditions } = filter ?? {};
  return {
    ...{ direction, maxDepth, maxNodes },
    filter: filter ? { mode, ...given(conditions) } : undefined,
    dependencyTypes: choice.dependencyTypes ?? undefined,
    asOf: choice.asOf ?? undefined,
  } as ReferenceRequest;
}

export type ModelLineage = ReturnType<typeof modelLineage>;
