import { beforeAll, describe, expect, it } from "vitest";
import type { Repositories } from "../../../src/modules/repositories.ts";
import type { PostgresStorage } from "../../../src/storage.ts";
import {
  type ReferenceFilter,
  type ReferenceRequest,
  referenceWalk,
} from "../../support/lineage-reference.ts";
import { referenceCounts } from "../../support/lineage-reference-counts.ts";
import { referenceEdges, referenceOutside } from "../../support/lineage-reference-edges.ts";
import {
  chain,
  diamondOfDiamonds,
  grid,
  hub,
  layers,
  ring,
  type Shape,
  type StoredShape,
  skipChain,
  stackedDiamonds,
  storeShape,
} from "../../support/lineage-shapes.ts";
import { present } from "../../support/present.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();
let guarded: PostgresStorage;

/** What is lost in these shapes would run for hours. */
beforeAll(() => {
  const url = new URL(storage.database.applicationUrl);
  url.searchParams.set("options", "-c statement_timeout=10s");
  guarded = storage.open({}, url.href);
});

type Work<T> = (lineage: Repositories["lineage"]) => Promise<T>;

const run = <T>({ tenantId }: StoredShape, work: Work<T>): Promise<T> =>
  guarded.withTenant(tenantId, ({ lineage }) => work(lineage), { readOnly: true });

const DOWN = { direction: "downstream", maxDepth: 1000, maxNodes: 10_000 } as const;

/** What is told of a shape from one of its places; fails unless a plain walk finds the same. */
async function walk(shape: StoredShape, place: number, request: ReferenceRequest) {
  const expected = present(referenceWalk(shape.graph, shape.idOf(place), request));
  return run(shape, async (lineage) => {
    const found = present(await lineage.find({ assetId: shape.idOf(place), ...request }));
    expect(found.nodes.map(({ assetId: id, ...depths }) => ({ id, ...depths }))).toEqual(expected.nodes);
    expect(found.completeness).toBe(expected.completeness);
    const edges = present((await lineage.findEdges([found]))[0]);
    const told = referenceEdges(expected).map(({ id }) => id);
    expect(edges.edges.map(({ id }) => id)).toEqual(told.slice(0, 10_000));
    expect(edges.complete).toBe(told.length <= 10_000);
    for (const way of ["upstream", "downstream"] as const) {
      const outside = present((await lineage.findOutside([found], way))[0]);
      expect([...outside].sort()).toEqual(referenceOutside(expected, way).sort());
    }
    const cycles = present((await lineage.findCycles([found]))[0]);
    if (cycles instanceof Error) throw cycles;
    return {
      nodes: found.nodes.length,
      edges: edges.edges.length,
      depth: found.maxDepthReached,
      completeness: found.completeness,
      cycles: cycles.map(({ length }) => length),
    };
  });
}

/** The counts are those of a plain walk. */
async function expectCounts(shape: StoredShape, place: number, direction: ReferenceRequest["direction"]) {
  const request = { direction, maxDepth: 10_000 };
  const expected = present(referenceCounts(shape.graph, shape.idOf(place), request));
  const found = await run(shape, (lineage) => lineage.count({ assetId: shape.idOf(place), ...request }));
  const { completeness, nodeCount, byDepth } = expected;
  expect(found).toMatchObject({ completeness, nodeCount, byDepth });
}

/** Ten paths as places. */
async function paths(shape: StoredShape, from: number, to: number) {
  const ends = { from: shape.idOf(from), to: shape.idOf(to) };
  const found = present(await run(shape, (lineage) => lineage.findPaths({ ...ends, first: 10 })));
  return { ...found, paths: found.paths.map(({ assetIds }) => assetIds.map(shape.placeOf)) };
}

const store = (shape: Shape) => storeShape(storage, shape);

describe("a lineage is exact in", () => {
  it("40 stacked diamonds, where 2^40 paths lead", async () => {
    const shape = await store(stackedDiamonds(40));
    const whole = { nodes: 121, edges: 160, depth: 80, completeness: "COMPLETE", cycles: [] };
    expect(await walk(shape, 0, DOWN)).toEqual(whole);
    expect(await walk(shape, 120, { ...DOWN, direction: "upstream" })).toEqual(whole);
    await expectCounts(shape, 60, "both");
    const found = await paths(shape, 0, 120);
    // All are as long; where they part, those that take the smaller ids come first.
    const sides = (path: readonly number[]) =>
      path.filter((place) => place % 3 !== 0).map((place) => (place % 3) - 1);
    expect(found).toMatchObject({ hasMore: true, completeness: "COMPLETE" });
    expect(found.paths.map((path) => Number.parseInt(sides(path).join(""), 2))).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
    expect(new Set(found.paths.map(({ length }) => length))).toEqual(new Set([81]));
  });

  it("30 complete layers of 10, where 10^28 paths lead", async () => {
    const shape = await store(layers(30, 10));
    expect(await walk(shape, 0, DOWN)).toEqual({
      ...{ nodes: 291, edges: 10 + 28 * 100, depth: 29, completeness: "COMPLETE", cycles: [] },
    });
    expect(await walk(shape, 155, { ...DOWN, direction: "both", maxDepth: 5 })).toMatchObject({
      ...{ nodes: 101, completeness: "DEPTH_LIMITED" },
    });
    await expectCounts(shape, 155, "both");
    const found = await paths(shape, 0, 299);
    const first = [...Array.from({ length: 29 }, (_, layer) => layer * 10), 299];
    expect(found.paths[0]).toEqual(first);
    expect(found.paths.map((path) => present(path[28]) - 280)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(found).toMatchObject({ hasMore: true, completeness: "COMPLETE" });
  });

  it("a chain of 2,001 each fed by the 5 before it", async () => {
    const shape = await store(skipChain(2001, 5));
    expect(await walk(shape, 2000, { ...DOWN, direction: "upstream" })).toEqual({
      ...{ nodes: 2001, edges: 9990, depth: 400, completeness: "COMPLETE", cycles: [] },
    });
    await expectCounts(shape, 1000, "both");
    const found = await paths(shape, 0, 2000);
    expect(found.paths).toEqual(
      [Array.from({ length: 401 }, (_, step) => step * 5)].concat(found.paths.slice(1)),
    );
    expect(found).toMatchObject({ hasMore: true, completeness: "COMPLETE" });
  });

  it("a chain of 5,000 steps", async () => {
    const shape = await store(chain(5001));
    const deep = { ...DOWN, maxDepth: 5000 };
    const whole = { nodes: 5001, edges: 5000, depth: 5000, completeness: "COMPLETE", cycles: [] };
    expect(await walk(shape, 0, deep)).toEqual(whole);
    expect(await walk(shape, 5000, { ...deep, direction: "upstream" })).toEqual(whole);
    expect(await walk(shape, 0, { ...deep, maxDepth: 4999 })).toMatchObject({
      ...{ nodes: 5000, completeness: "DEPTH_LIMITED" },
    });
    expect(await walk(shape, 2500, { ...deep, direction: "both", maxNodes: 4001 })).toMatchObject({
      ...{ nodes: 4001, depth: 2000, completeness: "NODE_LIMITED" },
    });
    await expectCounts(shape, 2500, "both");
    const found = await paths(shape, 0, 5000);
    expect(found).toMatchObject({ hasMore: false, completeness: "COMPLETE", paths: [{ length: 5001 }] });
  });

  it("a cycle of 1,000", async () => {
    const shape = await store({ ...ring(1000), typeOf: (place) => (place % 500 === 0 ? "model" : "table") });
    const both = { ...DOWN, direction: "both" } as const;
    const whole = { nodes: 1000, edges: 1000, completeness: "COMPLETE", cycles: [1000] };
    expect(await walk(shape, 0, DOWN)).toEqual({ ...whole, depth: 999 });
    expect(await walk(shape, 0, both)).toEqual({ ...whole, depth: 500 });
    expect(await walk(shape, 0, { ...both, maxDepth: 500 })).toEqual({ ...whole, depth: 500 });
    expect(await walk(shape, 0, { ...both, maxDepth: 499 })).toEqual({
      ...{ nodes: 999, edges: 998, depth: 499, completeness: "DEPTH_LIMITED", cycles: [] },
    });
    // Through what is hidden each of the two leads to the other.
    const filter: ReferenceFilter = { mode: "hide", assetTypes: ["model"] };
    expect(await walk(shape, 0, { ...DOWN, filter })).toEqual({
      ...{ nodes: 2, edges: 2, depth: 500, completeness: "COMPLETE", cycles: [2] },
    });
    await expectCounts(shape, 7, "both");
    expect(await paths(shape, 1, 0)).toMatchObject({ hasMore: false, paths: [{ length: 1000 }] });
  });

  it("a hub with 100,000 downstreams", async () => {
    const shape = await store(hub(100_001));
    const nearest = shape.ids.slice(0, 500);
    const found = await run(shape, async (lineage) => {
      const lineages = [present(await lineage.find({ assetId: shape.idOf(0) }))];
      const [edges] = await lineage.findEdges(lineages);
      const [above] = await lineage.findOutside(lineages, "upstream");
      const [below] = await lineage.findOutside(lineages, "downstream");
      const impact = await lineage.findImpact({ assetId: shape.idOf(0) });
      return { lineage: present(lineages[0]), edges: present(edges), above, below, impact: present(impact) };
    });
    for (const answer of [found.lineage, found.impact]) {
      expect(answer.completeness).toBe("NODE_LIMITED");
      expect(answer.nodes.map(({ assetId }) => assetId)).toEqual(nearest);
    }
    expect(found.edges.complete).toBe(true);
    expect(found.edges.edges.map((edge) => edge.downstreamAssetId)).toEqual(nearest.slice(1));
    expect(found.above).toEqual(new Set());
    expect(found.below).toEqual(new Set([shape.idOf(0)]));

    const counts = await run(shape, (lineage) => lineage.count({ assetId: shape.idOf(0) }));
    expect(counts).toMatchObject({ nodeCount: 100_001, byDepth: [1, 100_000], completeness: "COMPLETE" });
    // What hangs on the same hub is no lineage of one of its downstreams.
    expect(await walk(shape, 70_000, { direction: "both", maxDepth: 5, maxNodes: 500 })).toMatchObject({
      nodes: 2,
      completeness: "COMPLETE",
    });
    expect(await paths(shape, 0, 100_000)).toMatchObject({
      ...{ paths: [[0, 100_000]], hasMore: false, completeness: "COMPLETE" },
    });
  }, 60_000);

  it("a grid, where paths are many and as long as each other", async () => {
    const shape = await store(grid(25));
    expect(await walk(shape, 0, DOWN)).toEqual({
      ...{ nodes: 625, edges: 1200, depth: 48, completeness: "COMPLETE", cycles: [] },
    });
    expect(await walk(shape, 312, { ...DOWN, direction: "both", maxNodes: 100 })).toMatchObject({
      ...{ nodes: 100, completeness: "NODE_LIMITED" },
    });
    await expectCounts(shape, 312, "both");
    const found = await paths(shape, 0, 624);
    expect(found).toMatchObject({ hasMore: true, completeness: "COMPLETE" });
    expect(new Set(found.paths.map(({ length }) => length))).toEqual(new Set([49]));
    expect(found.paths[0]?.slice(0, 25)).toEqual(Array.from({ length: 25 }, (_, place) => place));
  });

  it("a diamond of diamonds of diamonds", async () => {
    const shape = await store(diamondOfDiamonds(5));
    const whole = { nodes: 1024, edges: 1364, depth: 242, completeness: "COMPLETE", cycles: [] };
    expect(await walk(shape, 0, DOWN)).toEqual(whole);
    expect(await walk(shape, 1023, { ...DOWN, direction: "upstream" })).toEqual(whole);
    await expectCounts(shape, 500, "both");
    expect(await paths(shape, 0, 1023)).toMatchObject({ hasMore: true, paths: { length: 10 } });
  });
});
