import { beforeAll, describe, expect, it } from "vitest";
import { LimitExceededError } from "../../../src/errors.ts";
import { layers, ring, type StoredShape, storeShape } from "../../support/lineage-shapes.ts";
import { present } from "../../support/present.ts";
import { refusal } from "../../support/refusal.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

const DOWN = { direction: "downstream", maxDepth: 10_000, maxNodes: 10_000 } as const;

describe("of many lineages that are large together", () => {
  let circle: StoredShape;

  beforeAll(async () => {
    circle = await storeShape(storage, ring(10_000));
  }, 60_000);

  it("what joins their nodes is told of each, in more than one statement", async () => {
    const found = await storage.asTenant(circle.tenantId, async ({ lineage }) => {
      const lineages = await lineage.findMany({ ...DOWN, assetIds: circle.ids.slice(0, 6) });
      const whole = lineages.map((each) => present(each));
      return {
        nodes: whole.map(({ nodes }) => nodes.length),
        outside: await lineage.findOutside(whole, "downstream"),
        cycles: await lineage.findCycles(whole),
        edges: await lineage.findEdges(whole),
      };
    });
    expect(found.nodes).toEqual(Array(6).fill(10_000));
    expect(found.outside).toEqual(Array(6).fill(new Set()));
    for (const cycles of found.cycles) {
      if (cycles instanceof Error) throw cycles;
      expect(cycles.map(({ length }) => length)).toEqual([10_000]);
    }
    expect(found.edges.map(({ edges, complete }) => [edges.length, complete])).toEqual(
      Array(6).fill([10_000, true]),
    );
  }, 60_000);

  it("those of more than 200,000 nodes are refused", async () => {
    const work = storage.asTenant(circle.tenantId, ({ lineage }) =>
      lineage.findMany({ ...DOWN, assetIds: circle.ids.slice(0, 21) }),
    );
    expect((await refusal(work, LimitExceededError)).message).toBe(
      "The lineages have more than 200000 nodes together; ask for fewer assets or a smaller maxNodes.",
    );
  }, 60_000);

  it("those of more than 200,000 edges are refused, and fewer edges of each are not", async () => {
    const shape = await storeShape(storage, layers(30, 10));
    const edgesOf = (maxEdges: number) =>
      storage.asTenant(shape.tenantId, async ({ lineage }) => {
        const lineages = await lineage.findMany({ ...DOWN, maxEdges, assetIds: shape.ids.slice(0, 100) });
        return lineage.findEdges(lineages.map((each) => present(each)));
      });
    expect((await refusal(edgesOf(10_000), LimitExceededError)).message).toContain("200000 edges together");
    const some = await edgesOf(1000);
    expect(some.every(({ edges, complete }) => edges.length === 1000 && !complete)).toBe(true);
  }, 60_000);
});

describe("between two layers of 450 assets, with their 202,500 edges", () => {
  let dense: StoredShape;

  beforeAll(async () => {
    dense = await storeShape(storage, layers(2, 450));
  }, 60_000);

  it("edges end with their bound, and say so", async () => {
    const edges = await storage.asTenant(dense.tenantId, async ({ lineage }) => {
      const found = await lineage.findMany({ ...DOWN, direction: "both", assetIds: [dense.idOf(0)] });
      return lineage.findEdges(found.map((each) => present(each)));
    });
    expect(edges.map(({ edges: { length }, complete }) => [length, complete])).toEqual([[450, true]]);
  });

  it("what is stale is not known, and what blocks is refused", async () => {
    const impact = () =>
      storage.asTenant(dense.tenantId, ({ lineage }) => lineage.findImpact({ assetId: dense.idOf(0) }));
    const lineage = present(await impact());
    const stale = await storage.asTenant(dense.tenantId, (each) => each.lineage.findStale(lineage));
    expect(stale).toBeNull();
    const all = { ...lineage, walkedIds: dense.ids };
    const blockers = storage.asTenant(dense.tenantId, (each) => each.lineage.findBlockers(all));
    expect((await refusal(blockers, LimitExceededError)).message).toContain("200000 dependencies");
  }, 60_000);

  it("the shortest paths are found all the same", async () => {
    const [from, to] = [dense.idOf(0), dense.idOf(450)];
    const found = await storage.asTenant(dense.tenantId, ({ lineage }) => lineage.findPaths({ from, to }));
    expect(found).toMatchObject({
      completeness: "COMPLETE",
      hasMore: false,
      paths: [{ assetIds: [from, to] }],
    });
  });
});
