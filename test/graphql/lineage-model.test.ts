import fc from "fast-check";
import { expect, it } from "vitest";
import { AT_ANY_COST, prepareApi } from "../support/graphql.ts";
import { graphs, OWNERS, type Owner, pathRequests, requests } from "../support/lineage-graphs.ts";
import { type ReferenceRequest, referenceWalk } from "../support/lineage-reference.ts";
import { referenceCounts } from "../support/lineage-reference-counts.ts";
import { referenceImpact } from "../support/lineage-reference-impact.ts";
import { referencePaths } from "../support/lineage-reference-paths.ts";
import { type Parties, storeGraphs } from "../support/lineage-store.ts";
import { type Told, toldOf } from "../support/lineage-told.ts";
import { modelRuns } from "../support/model-runs.ts";
import { present } from "../support/present.ts";

const api = prepareApi(AT_ANY_COST);

type Request = ReferenceRequest & { readonly maxEdges: number };

interface FoundNode {
  readonly asset: { readonly id: string };
  readonly depth: number;
  readonly upstreamDepth: number | null;
  readonly downstreamDepth: number | null;
  readonly hasMoreUpstream: boolean;
  readonly hasMoreDownstream: boolean;
}

interface FoundEdge {
  readonly id: string | null;
  readonly upstream: { readonly id: string };
  readonly downstream: { readonly id: string };
  readonly dependencyType: string;
  readonly bridged: boolean;
}

interface Found {
  readonly root: { readonly id: string };
  readonly direction: string;
  readonly completeness: Told["completeness"];
  readonly nodeCount: number;
  readonly edgeCount: number;
  readonly edgesComplete: boolean;
  readonly maxDepthReached: number;
  readonly nodes: readonly FoundNode[];
  readonly edges: readonly FoundEdge[];
  readonly cycles: readonly (readonly { readonly asset: { readonly id: string } }[])[];
}

interface FoundCounts {
  readonly completeness: string;
  readonly nodeCount: number;
  readonly byDepth: readonly { readonly depth: number; readonly count: number }[];
  readonly byAssetType: readonly { readonly assetType: string; readonly count: number }[];
  readonly byOwner: readonly { readonly owner: string | null; readonly count: number }[];
}

interface FoundImpact {
  readonly completeness: string;
  readonly nodeCount: number;
  readonly nodes: readonly {
    readonly asset: { readonly id: string; readonly owner: string | null };
    readonly owner: string | null;
    readonly depth: number;
    readonly latestExecution: { readonly id: string } | null;
    readonly isStale: boolean;
    readonly blockedBy: { readonly id: string } | null;
  }[];
}

interface FoundPaths {
  readonly hasMore: boolean;
  readonly paths: readonly {
    readonly length: number;
    readonly assets: readonly { readonly id: string }[];
    readonly edges: readonly { readonly id: string }[];
  }[];
}

const LINEAGES = `
  query (
    $assetIds: [ID!]!, $direction: LineageDirection!, $maxDepth: Int!, $maxNodes: Int!, $maxEdges: Int!,
    $filter: LineageFilter, $dependencyTypes: [DependencyType!]
  ) {
    lineages(
      assetIds: $assetIds, direction: $direction, maxDepth: $maxDepth, maxNodes: $maxNodes, maxEdges: $maxEdges,
      filter: $filter, dependencyTypes: $dependencyTypes
    ) {
      root { id } direction completeness nodeCount edgeCount edgesComplete maxDepthReached
      nodes { depth upstreamDepth downstreamDepth hasMoreUpstream hasMoreDownstream asset { id } }
      edges { id upstream { id } downstream { id } dependencyType bridged }
      cycles { asset { id } }
    }
  }`;

const OTHERS = `
  query (
    $assetId: ID!, $direction: LineageDirection!, $maxDepth: Int!, $maxNodes: Int!, $filter: LineageFilter,
    $dependencyTypes: [DependencyType!], $to: ID!, $first: Int!
  ) {
    lineageCounts(
      assetId: $assetId, direction: $direction, maxDepth: $maxDepth, dependencyTypes: $dependencyTypes
    ) {
      completeness nodeCount byDepth { depth count } byAssetType { assetType count } byOwner { owner count }
    }
    impact(
      assetId: $assetId, maxDepth: $maxDepth, maxNodes: $maxNodes, filter: $filter, dependencyTypes: $dependencyTypes
    ) {
      completeness nodeCount
      nodes { asset { id owner } owner depth latestExecution { id } isStale blockedBy { id } }
    }
    lineagePaths(from: $assetId, to: $to, first: $first, dependencyTypes: $dependencyTypes) {
      hasMore paths { length assets { id } edges { id } }
    }
  }`;

it("the API tells of lineages of random graphs what plain breadth-first walks find", async () => {
  await fc.assert(
    fc.asyncProperty(graphs(60), requests(5), async (batch, asking) => {
      const { parties, stored } = await storeGraphs(api.store, batch);
      for (const viewer of OWNERS) {
        for (const [number, asked] of asking.slice(viewer === "one" ? 0 : -1).entries()) {
          const assetIds = stored.map((graph) => graph.idOf(viewer, number));
          const { lineages } = await clientOf(parties, viewer).query<{ lineages: readonly (Found | null)[] }>(
            LINEAGES,
            { assetIds, ...inApi(asked) },
          );
          for (const [index, graph] of stored.entries()) {
            const assetId = present(assetIds[index]);
            const walk = referenceWalk(graph.viewOf(viewer), assetId, asked);
            const found = lineages[index] ?? null;
            expect(found && toldBy(found)).toEqual(walk && toldOf(walk, asked));
            if (found !== null) expectPlainly(found, assetId, asked);
          }
        }
      }
    }),
    { numRuns: modelRuns(8), interruptAfterTimeLimit: 60_000 },
  );
}, 90_000);

it("the API tells the counts, the impact and the paths that plain walks find", async () => {
  await fc.assert(
    fc.asyncProperty(graphs(20), requests(20), pathRequests(20), async (batch, asking, leading) => {
      const { parties, stored } = await storeGraphs(api.store, batch);
      for (const [index, graph] of stored.entries()) {
        const viewer = index % 5 === 0 ? "two" : "one";
        const [asked, { to: number, first }] = [present(asking[index]), present(leading[index])];
        const [assetId, to] = [graph.idOf(viewer, 0), graph.idOf(viewer, number)];
        const view = graph.viewOf(viewer);
        const found = await clientOf(parties, viewer).query<{
          readonly lineageCounts: FoundCounts | null;
          readonly impact: FoundImpact | null;
          readonly lineagePaths: FoundPaths | null;
        }>(OTHERS, { assetId, to, first, ...inApi(asked) });

        const counts = referenceCounts(view, assetId, asked);
        expect(found.lineageCounts && countsBy(found.lineageCounts)).toEqual(
          counts && {
            ...counts,
            byDepth: counts.byDepth.flatMap((count, depth) => (count > 0 ? [{ depth, count }] : [])),
          },
        );
        const impact = referenceImpact(view, view.executions, assetId, asked);
        expect(found.impact).toEqual(
          impact && {
            completeness: impact.walk.completeness,
            nodeCount: impact.nodes.length,
            nodes: impact.nodes.map(({ id, depth, latestExecution, isStale, blockedBy }) => {
              const owner = view.assets.get(id)?.owner ?? null;
              return {
                asset: { id, owner },
                owner,
                depth,
                latestExecution: withId(latestExecution),
                isStale,
                blockedBy: withId(blockedBy),
              };
            }),
          },
        );
        const { dependencyTypes } = asked;
        const paths = referencePaths(view, { from: assetId, to, first, dependencyTypes });
        expect(found.lineagePaths).toEqual(
          paths && {
            hasMore: paths.hasMore,
            paths: paths.paths.map((ids, place) => ({
              length: ids.length - 1,
              assets: ids.map(withId),
              edges: present(paths.edges[place]).map(withId),
            })),
          },
        );
      }
    }),
    { numRuns: modelRuns(8), interruptAfterTimeLimit: 60_000 },
  );
}, 90_000);

function clientOf(parties: Parties, viewer: Owner) {
  const { id } = parties[viewer];
  return id === null ? api.system : api.asTenant(id);
}

/** A request in the words of the API. */
function inApi({ direction, dependencyTypes, filter, asOf: _, ...rest }: Request) {
  return {
    ...rest,
    direction: direction.toUpperCase(),
    ...(dependencyTypes && { dependencyTypes: dependencyTypes.map((type) => type.toUpperCase()) }),
    ...(filter && { filter: { ...filter, mode: filter.mode === "hide" ? "HIDE" : "STOP_AT" } }),
  };
}

const withId = (id: string | null) => (id === null ? null : { id });

function toldBy(found: Found) {
  const ids = (nodes: readonly FoundNode[]) => nodes.map(({ asset }) => asset.id);
  return {
    completeness: found.completeness,
    maxDepthReached: found.maxDepthReached,
    nodes: found.nodes.map(({ asset, depth, upstreamDepth, downstreamDepth }) => ({
      id: asset.id,
      depth,
      upstreamDepth,
      downstreamDepth,
    })),
    edgesComplete: found.edgesComplete,
    edges: found.edges.map(({ upstream, downstream, dependencyType, ...edge }) => ({
      ...edge,
      upstream: upstream.id,
      downstream: downstream.id,
      type: dependencyType.toLowerCase(),
    })),
    cycles: found.cycles.map((cycle) => cycle.map(({ asset }) => asset.id)),
    hasMoreUpstream: ids(found.nodes.filter(({ hasMoreUpstream }) => hasMoreUpstream)),
    hasMoreDownstream: ids(found.nodes.filter(({ hasMoreDownstream }) => hasMoreDownstream)),
  };
}

/** What follows from the rest of an answer. */
function expectPlainly(found: Found, assetId: string, { direction }: Request): void {
  expect(found).toMatchObject({
    root: { id: assetId },
    direction: direction.toUpperCase(),
    nodeCount: found.nodes.length,
    edgeCount: found.edges.length,
  });
}

function countsBy({ byDepth, byAssetType, byOwner, ...counts }: FoundCounts) {
  return {
    ...counts,
    byDepth: byDepth.filter(({ count }) => count > 0),
    byAssetType: byAssetType.map(({ assetType: value, count }) => ({ value, count })),
    byOwner: byOwner.map(({ owner: value, count }) => ({ value, count })),
  };
}
