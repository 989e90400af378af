import fc from "fast-check";
import { expect, it } from "vitest";
import type { Repositories } from "../../../src/modules/repositories.ts";
import { graphs, OWNERS, type Owner, pathRequests, requests } from "../../support/lineage-graphs.ts";
import type { ReferenceRequest } from "../../support/lineage-reference.ts";
import { referenceCounts } from "../../support/lineage-reference-counts.ts";
import { type ReferenceImpact, referenceImpact } from "../../support/lineage-reference-impact.ts";
import { referencePaths } from "../../support/lineage-reference-paths.ts";
import { type Parties, type StoredGraph, storeGraphs } from "../../support/lineage-store.ts";
import { modelRuns } from "../../support/model-runs.ts";
import { present } from "../../support/present.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

const RUNS = { numRuns: modelRuns(14), interruptAfterTimeLimit: 60_000 };
const GRAPHS = 40;

/** What each viewer is told of each graph must be right. All questions of a viewer are asked in one transaction. */
async function expectOfEach(
  { parties, stored }: { readonly parties: Parties; readonly stored: readonly StoredGraph[] },
  compare: (from: Repositories, graph: StoredGraph, viewer: Owner, index: number) => Promise<void>,
): Promise<void> {
  for (const viewer of OWNERS) {
    // One of the tenants sees the most, and is asked the most.
    const asked = viewer === "one" ? stored : stored.slice(0, 5);
    await parties[viewer].run(
      async (from) => {
        for (const [index, graph] of asked.entries()) await compare(from, graph, viewer, index);
      },
      { readOnly: true },
    );
  }
}

it("counts by depth, type and owner are those of what a plain walk finds", async () => {
  await fc.assert(
    fc.asyncProperty(graphs(GRAPHS), requests(GRAPHS), async (batch, asking) => {
      await expectOfEach(await storeGraphs(storage, batch), async ({ lineage }, graph, viewer, index) => {
        const { direction, maxDepth, dependencyTypes } = present(asking[index]);
        const request = { direction, maxDepth, dependencyTypes };
        const assetId = graph.idOf(viewer, 0);
        const found = await lineage.count({ assetId, ...request });
        const expected = referenceCounts(graph.viewOf(viewer), assetId, request);
        if (found === null) return expect(expected).toBeNull();
        const { request: _, ...counts } = found;
        return expect({ ...counts, ...(await lineage.countFacets(found)) }).toEqual(expected);
      });
    }),
    RUNS,
  );
}, 90_000);

it("paths are the shortest of all that there are, with their edges", async () => {
  await fc.assert(
    fc.asyncProperty(graphs(GRAPHS), pathRequests(GRAPHS), async (batch, asking) => {
      await expectOfEach(await storeGraphs(storage, batch), async ({ lineage }, graph, viewer, index) => {
        const { to, ...request } = present(asking[index]);
        const ends = { from: graph.idOf(viewer, 0), to: graph.idOf(viewer, to) };
        const found = await lineage.findPaths({ ...ends, ...request });
        const expected = referencePaths(graph.viewOf(viewer), { ...ends, ...request });
        if (found === null) return expect(expected).toBeNull();
        const edges = await lineage.findPathEdges(found.paths);
        expect(found.completeness).toBe("COMPLETE");
        return expect({
          paths: found.paths.map(({ assetIds }) => assetIds),
          edges: edges.map((each) => each.map(({ id }) => id)),
          hasMore: found.hasMore,
        }).toEqual(expected);
      });
    }),
    RUNS,
  );
}, 90_000);

it("an impact says what is reached, its latest execution, whether it is stale and what blocks it", async () => {
  await fc.assert(
    fc.asyncProperty(graphs(GRAPHS), requests(GRAPHS), async (batch, asking) => {
      await expectOfEach(await storeGraphs(storage, batch), async (from, graph, viewer, index) => {
        const { direction: _, maxEdges: __, ...request } = present(asking[index]);
        const view = graph.viewOf(viewer);
        const assetId = graph.idOf(viewer, 0);
        const expected = referenceImpact(view, view.executions, assetId, request);
        expect(await askImpact(from, assetId, request)).toEqual(expected === null ? null : toldOf(expected));
      });
    }),
    RUNS,
  );
}, 90_000);

async function askImpact(
  { lineage }: Repositories,
  assetId: string,
  request: Omit<ReferenceRequest, "direction">,
) {
  const found = await lineage.findImpact({ assetId, ...request });
  if (found === null) return null;
  const reached = found.nodes.filter((node) => node.assetId !== assetId);
  const latest = await lineage.findLatestExecutions(reached.map((node) => node.assetId));
  const stale = present(await lineage.findStale(found));
  const blockers = await lineage.findBlockers(found);
  return {
    completeness: found.completeness,
    nodes: reached.map(({ assetId: id, ...depths }) => ({
      id,
      ...depths,
      latestExecution: latest.get(id)?.executionId ?? null,
      isStale: stale.has(id),
      blockedBy: blockers.get(id) ?? null,
    })),
  };
}

function toldOf({ walk, nodes }: ReferenceImpact) {
  return { completeness: walk.completeness, nodes };
}
