import type { LineageEdge } from "../../../../src/modules/lineage/lineage.answer.ts";
import type {
  ImpactRequest,
  LineageCountsRequest,
  LineagePathsRequest,
  LineageRequest,
  LineagesRequest,
} from "../../../../src/modules/lineage/lineage.input.ts";
import type { Lineage } from "../../../../src/modules/lineage/lineage.walk.ts";
import type { Repositories } from "../../../../src/modules/repositories.ts";
import { present } from "../../present.ts";
import type { FoundLineage, ModelLineage } from "./lineage.ts";

type Store = Repositories["lineage"];
type Choice = Pick<LineageRequest, "dependencyTypes" | "asOf">;

/** A question about lineage that takes several methods, and what the model answers. */
interface LineageAct<Asked extends unknown[]> {
  ask(store: Store, ...asked: Asked): Promise<unknown>;
  answer(model: ModelLineage, ...asked: Asked): unknown;
}

const act = <Asked extends unknown[]>(each: LineageAct<Asked>) => each;

/** Every way to ask about lineage; also of ids that nobody has told the caller. */
export const LINEAGE_ACTS = {
  find: act<[LineageRequest]>({
    ask: async (store, request) => allOf(store, await store.find(request)),
    answer: (model, request) => toldAll(model, model.find(request)),
  }),
  findMany: act<[LineagesRequest]>({
    ask: async (store, request) => {
      const told: unknown[] = [];
      for (const each of await store.findMany(request)) told.push(await allOf(store, each));
      return told;
    },
    answer: (model, request) => model.findMany(request).map((each) => toldAll(model, each)),
  }),
  ofMadeUp: act<[string[], Choice]>({
    ask: async (store, ids, choice) => {
      const lineage = madeUp(ids, choice);
      return { ...(await allOf(store, lineage)), fates: await fatesOf(store, lineage, ids) };
    },
    answer: (model, ids, choice) => {
      const found = model.ofMadeUp(ids, choice);
      return { ...toldAll(model, found), fates: ids.map(found.fateOf) };
    },
  }),
  findImpact: act<[ImpactRequest]>({
    ask: async (store, request) => {
      const found = await store.findImpact(request);
      if (found === null) return null;
      const ids = found.nodes.map(({ assetId }) => assetId).slice(1);
      return { ...shownOf(found), fates: await fatesOf(store, found, ids) };
    },
    answer: (model, request) => {
      const found = model.findImpact(request);
      if (found === null) return null;
      return { ...lineageOf(found), fates: found.nodes.slice(1).map(({ id }) => found.fateOf(id)) };
    },
  }),
  count: act<[LineageCountsRequest]>({
    ask: async (store, input) => {
      const found = await store.count(input);
      if (found === null) return null;
      const { request: _, ...counts } = found;
      return { ...counts, ...(await store.countFacets(found)) };
    },
    answer: (model, request) => model.count(request),
  }),
  findPaths: act<[LineagePathsRequest]>({
    ask: async (store, request) => {
      const found = await store.findPaths(request);
      if (found === null) return null;
      const edges = await store.findPathEdges(found.paths);
      return {
        ...{ hasMore: found.hasMore, completeness: found.completeness },
        paths: found.paths.map(({ assetIds }) => assetIds),
        edges: edges.map((each) => each.map(({ id }) => id)),
      };
    },
    answer: (model, request) => {
      const paths = model.findPaths(request);
      return paths && { ...paths, completeness: "COMPLETE" };
    },
  }),
  findPathEdges: act<[string[], Choice]>({
    ask: async (store, assetIds, { dependencyTypes, asOf }) => {
      const path = { assetIds, dependencyTypes: dependencyTypes ?? null, asOf: asOf ?? null };
      return (await store.findPathEdges([path])).map((edges) => edges.map(({ id }) => id));
    },
    answer: (model, ids, choice) => [model.pathEdges(ids, choice).map(({ id }) => id)],
  }),
  findLatestExecutions: act<[string[]]>({
    ask: (store, ids) => store.findLatestExecutions(ids),
    answer: (model, ids) => model.latestOf(ids),
  }),
  findEdgeDetails: act<[string[], Choice]>({
    ask: (store, ids, { asOf }) => store.findEdgeDetails(ids.map((id) => madeUpEdge(id, asOf ?? null))),
    answer: (model, ids, { asOf }) => ids.map((id) => model.detailsOf({ id, asOf: asOf ?? null })),
  }),
};

function madeUp(ids: readonly string[], { dependencyTypes, asOf }: Choice): Lineage {
  return {
    ...{
      rootId: ids[0] ?? "",
      direction: "both",
      completeness: "COMPLETE",
      maxDepthReached: 0,
      maxEdges: 10_000,
    },
    ...{ dependencyTypes: dependencyTypes ?? null, asOf: asOf ?? null, walkedIds: ids },
    nodes: ids.map((assetId) => ({ assetId, depth: 0, upstreamDepth: 0, downstreamDepth: 0 })),
  };
}

const madeUpEdge = (id: string, asOf: Date | null): LineageEdge => ({
  ...{ id, upstreamAssetId: id, downstreamAssetId: id, dependencyType: "data", bridged: false, asOf },
});

/** Everything that the store tells of a lineage. */
async function allOf(store: Store, found: Lineage | null) {
  if (found === null) return null;
  const [between] = await store.findEdges([found]);
  const [cycles] = await store.findCycles([found]);
  const [above] = await store.findOutside([found], "upstream");
  const [below] = await store.findOutside([found], "downstream");
  const { edges, complete } = present(between);
  const ids = found.nodes.map(({ assetId }) => assetId);
  if (cycles instanceof Error) throw cycles;
  return {
    ...shownOf(found),
    edgesComplete: complete,
    edges: edges.map(({ asOf: _, ...edge }) => edge),
    details: await store.findEdgeDetails(edges),
    cycles: present(cycles).map((nodes) => nodes.map(({ assetId }) => assetId)),
    hasMoreUpstream: ids.filter((id) => above?.has(id)),
    hasMoreDownstream: ids.filter((id) => below?.has(id)),
    outside: [above?.size, below?.size],
  };
}

function shownOf({ completeness, direction, maxDepthReached, maxEdges, asOf, nodes, walkedIds }: Lineage) {
  return { completeness, direction, maxDepthReached, maxEdges, asOf, nodes, walkedIds };
}

async function fatesOf(store: Store, found: Lineage, ids: readonly string[]) {
  const latest = await store.findLatestExecutions(ids);
  const [stale, blockers] = [present(await store.findStale(found)), await store.findBlockers(found)];
  return ids.map((id) => ({
    latestExecution: latest.get(id)?.executionId ?? null,
    isStale: stale.has(id),
    blockedBy: blockers.get(id) ?? null,
  }));
}

/** The same from the model. */
function toldAll(model: ModelLineage, found: FoundLineage | null) {
  if (found === null) return null;
  const { edges, edgesComplete, cycles, hasMoreUpstream, hasMoreDownstream, asOf } = found;
  return {
    ...lineageOf(found),
    ...{ edgesComplete, cycles, hasMoreUpstream, hasMoreDownstream },
    edges: edges.map(({ id, upstream, downstream, type, bridged }) => ({
      ...{ id, upstreamAssetId: upstream, downstreamAssetId: downstream, dependencyType: type, bridged },
    })),
    details: edges.map(({ id }) => (id === null ? null : model.detailsOf({ id, asOf }))),
    outside: [hasMoreUpstream.length, hasMoreDownstream.length],
  };
}

function lineageOf({ completeness, direction, maxDepthReached, maxEdges, asOf, nodes, walk }: FoundLineage) {
  return {
    ...{ completeness, direction, maxDepthReached, maxEdges, asOf },
    nodes: nodes.map(({ id: assetId, ...depths }) => ({ assetId, ...depths })),
    walkedIds: walk.walked.map(({ id }) => id),
  };
}
