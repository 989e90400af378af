import fc from "fast-check";
import { expect, it } from "vitest";
import type { Lineage } from "../../../src/modules/lineage/lineage.walk.ts";
import type { LineageNode } from "../../../src/modules/lineage/lineage-nodes.ts";
import type { Repositories } from "../../../src/modules/repositories.ts";
import { graphs, OWNERS, requests } from "../../support/lineage-graphs.ts";
import { type ReferenceRequest, referenceWalk } from "../../support/lineage-reference.ts";
import { storeGraphs } from "../../support/lineage-store.ts";
import { type Told, toldOf } from "../../support/lineage-told.ts";
import { modelRuns } from "../../support/model-runs.ts";
import { present } from "../../support/present.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

type Request = ReferenceRequest & { readonly maxEdges: number };

it("lineages of random graphs are what plain breadth-first walks find, with their edges, flags and cycles", async () => {
  await fc.assert(
    fc.asyncProperty(graphs(100), requests(6), async (batch, asking) => {
      const { parties, stored } = await storeGraphs(storage, batch);
      for (const viewer of OWNERS) {
        // One of the tenants sees the most, and is asked the most.
        for (const [number, asked] of asking.slice(viewer === "one" ? 0 : -1).entries()) {
          const assetIds = stored.map((graph) => graph.idOf(viewer, number));
          const found = await parties[viewer].run((from) => ask(from, assetIds, asked), { readOnly: true });
          for (const [index, graph] of stored.entries()) {
            const walk = referenceWalk(graph.viewOf(viewer), present(assetIds[index]), asked);
            expect(found[index]).toEqual(walk === null ? null : toldOf(walk, asked));
          }
        }
      }
    }),
    { numRuns: modelRuns(25), interruptAfterTimeLimit: 90_000 },
  );
}, 120_000);

/** All that is told of some lineages; null for those that are not. */
async function ask(
  { lineage }: Repositories,
  assetIds: readonly string[],
  asked: Request,
): Promise<(Told | null)[]> {
  const lineages = await lineage.findMany({ assetIds: [...assetIds], ...asked });
  const found = lineages.filter((each) => each !== null);
  const edges = await lineage.findEdges(found);
  const cycles = await lineage.findCycles(found);
  const [above, below] = [
    await lineage.findOutside(found, "upstream"),
    await lineage.findOutside(found, "downstream"),
  ];
  return lineages.map((each) => {
    if (each === null) return null;
    const index = found.indexOf(each);
    return {
      completeness: each.completeness,
      maxDepthReached: each.maxDepthReached,
      nodes: each.nodes.map(({ assetId: id, ...depths }) => ({ id, ...depths })),
      edgesComplete: present(edges[index]).complete,
      edges: present(edges[index]).edges.map((edge) => ({
        id: edge.id,
        upstream: edge.upstreamAssetId,
        downstream: edge.downstreamAssetId,
        type: edge.dependencyType,
        bridged: edge.bridged,
      })),
      cycles: idsOf(cycles[index]),
      hasMoreUpstream: inOrder(each, present(above[index])),
      hasMoreDownstream: inOrder(each, present(below[index])),
    };
  });
}

function idsOf(cycles: LineageNode[][] | Error | undefined): string[][] {
  if (cycles instanceof Error) throw cycles;
  return present(cycles).map((cycle) => cycle.map(({ assetId }) => assetId));
}

function inOrder({ nodes }: Lineage, ids: ReadonlySet<string>): string[] {
  expect(nodes.filter(({ assetId }) => ids.has(assetId))).toHaveLength(ids.size);
  return nodes.map(({ assetId }) => assetId).filter((id) => ids.has(id));
}
