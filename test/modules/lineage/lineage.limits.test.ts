import { describe, expect, it } from "vitest";
import {
  type ReferenceFilter,
  type ReferenceRequest,
  referenceWalk,
} from "../../support/lineage-reference.ts";
import { referenceCounts } from "../../support/lineage-reference-counts.ts";
import { ring, type Shape, type StoredShape, storeShape, tree } from "../../support/lineage-shapes.ts";
import { present } from "../../support/present.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

/** How whole an answer is and how many it has; fails unless a plain walk says the same. */
async function limitsOf(shape: StoredShape, place: number, request: Partial<ReferenceRequest>) {
  const assetId = shape.idOf(place);
  const whole = { direction: "both", maxDepth: 100, maxNodes: 500, ...request } as const;
  const expected = present(referenceWalk(shape.graph, assetId, whole));
  return storage.asTenant(shape.tenantId, async ({ lineage }) => {
    const found = present(await lineage.find({ assetId, ...whole }));
    const nodes = found.nodes.map(({ assetId: id, ...depths }) => ({ id, ...depths }));
    expect(nodes).toEqual(expected.nodes);
    expect(found.completeness).toBe(expected.completeness);
    return [found.completeness, nodes.length];
  });
}

/** A ring into one of whose places something leads from without. */
const ringWithTail = (size: number, into: number): Shape => {
  const { pairs } = ring(size);
  return { size: size + 1, pairs: [...pairs, [size, into]], typeOf: (place) => `type ${place}` };
};

describe("where both ways are walked, DEPTH_LIMITED looks past what is near the other way", () => {
  it("to what lies behind it on a long ring", async () => {
    const shape = await storeShape(storage, ringWithTail(100, 1));
    // All of the ring is within 50 of the root one way or the other. The tail lies beyond its far end: 100 steps up.
    expect(await limitsOf(shape, 0, { maxDepth: 50 })).toEqual(["DEPTH_LIMITED", 100]);
    expect(await limitsOf(shape, 0, { maxDepth: 99 })).toEqual(["DEPTH_LIMITED", 100]);
    expect(await limitsOf(shape, 0, { maxDepth: 100 })).toEqual(["COMPLETE", 101]);
    expect(await limitsOf(shape, 0, { maxDepth: 49 })).toEqual(["DEPTH_LIMITED", 99]);
  });

  it("and says COMPLETE where nothing lies behind it", async () => {
    const shape = await storeShape(storage, ring(100));
    expect(await limitsOf(shape, 0, { maxDepth: 50 })).toEqual(["COMPLETE", 100]);
    expect(await limitsOf(shape, 0, { maxDepth: 49 })).toEqual(["DEPTH_LIMITED", 99]);
    // Downstream alone only the first 50 are within reach.
    expect(await limitsOf(shape, 0, { direction: "downstream", maxDepth: 50 })).toEqual([
      "DEPTH_LIMITED",
      51,
    ]);
  });

  it("but not past what a filter stops at", async () => {
    const shape = await storeShape(storage, ringWithTail(20, 1));
    const stoppingAt = (...stops: readonly number[]): ReferenceFilter => ({
      mode: "stop at",
      assetTypes: Array.from({ length: 21 }, (_, place) => place)
        .filter((place) => !stops.includes(place))
        .map((place) => `type ${place}`),
    });
    expect(await limitsOf(shape, 0, { maxDepth: 10, filter: stoppingAt() })).toEqual(["DEPTH_LIMITED", 20]);
    // The way up to the tail leads by all of the ring, the root's own last step apart.
    for (const stop of [1, 5, 10, 15, 19]) {
      const filter = stoppingAt(stop);
      expect((await limitsOf(shape, 0, { maxDepth: 19, filter }))[0]).toBe("COMPLETE");
    }
    // And it is not looked for past the last place that is near, where that is stopped at.
    for (const stop of [9, 10]) {
      expect(await limitsOf(shape, 0, { maxDepth: 10, filter: stoppingAt(stop) })).toEqual(["COMPLETE", 20]);
    }
    expect(await limitsOf(shape, 0, { maxDepth: 10, filter: stoppingAt(0) })).toEqual(["DEPTH_LIMITED", 20]);
  });

  it("and leaves no depth out where none lies at it", async () => {
    // Up from the root to 3, 2, 1, and from 1 to the tail; 1 is near the other way, so that nothing is 3 away.
    const shape = await storeShape(storage, ringWithTail(4, 1));
    const counts = await storage.asTenant(shape.tenantId, ({ lineage }) =>
      lineage.count({ assetId: shape.idOf(0), direction: "both" }),
    );
    const request = { direction: "both", maxDepth: 5 } as const;
    expect(referenceCounts(shape.graph, shape.idOf(0), request)?.byDepth).toEqual([1, 2, 1, 0, 1]);
    expect(counts?.byDepth).toEqual([1, 2, 1, 0, 1]);
  });
});

describe("a budget that ends with a level", () => {
  it.each([
    [{ maxNodes: 1 }, "NODE_LIMITED", 1],
    [{ maxNodes: 10 }, "NODE_LIMITED", 10],
    [{ maxNodes: 11 }, "NODE_LIMITED", 11],
    [{ maxNodes: 12 }, "NODE_LIMITED", 12],
    [{ maxNodes: 110 }, "NODE_LIMITED", 110],
    [{ maxNodes: 111 }, "COMPLETE", 111],
    [{ maxNodes: 1, maxDepth: 0 }, "DEPTH_LIMITED", 1],
    [{ maxNodes: 10, maxDepth: 1 }, "NODE_LIMITED", 10],
    [{ maxNodes: 11, maxDepth: 1 }, "DEPTH_LIMITED", 11],
    [{ maxNodes: 111, maxDepth: 2 }, "COMPLETE", 111],
  ] as const)("%j of a tree of 1, 10 and 100 is %s", async (request, completeness, nodes) => {
    const shape = await storeShape(storage, tree(10, 2));
    expect(await limitsOf(shape, 0, { direction: "downstream", ...request })).toEqual([completeness, nodes]);
    expect(await limitsOf(shape, 0, request)).toEqual([completeness, nodes]);
  });

  it("counts what both ways find once", async () => {
    // Of a ring each place is found both ways.
    const shape = await storeShape(storage, ring(9));
    expect(await limitsOf(shape, 0, { maxNodes: 9 })).toEqual(["COMPLETE", 9]);
    expect(await limitsOf(shape, 0, { maxNodes: 8 })).toEqual(["NODE_LIMITED", 8]);
    expect(await limitsOf(shape, 0, { maxNodes: 5, maxDepth: 2 })).toEqual(["DEPTH_LIMITED", 5]);
    expect(await limitsOf(shape, 0, { maxNodes: 4, maxDepth: 2 })).toEqual(["NODE_LIMITED", 4]);
    expect(await limitsOf(shape, 0, { maxNodes: 5 })).toEqual(["NODE_LIMITED", 5]);
  });

  it("is not filled with what lies past what a filter stops at", async () => {
    // From the root to 1 and 2, and on to 3 from the former, to 4 and 5 from the latter.
    const pairs = [
      [0, 1],
      [0, 2],
      [1, 3],
      [2, 4],
      [2, 5],
    ] as const;
    const shape = await storeShape(storage, {
      size: 6,
      pairs,
      typeOf: (place) => (place === 1 ? "stop" : "go"),
    });
    const filter: ReferenceFilter = { mode: "stop at", assetTypes: ["go"] };
    expect(await limitsOf(shape, 0, { maxNodes: 4, filter })).toEqual(["NODE_LIMITED", 4]);
    expect(await limitsOf(shape, 0, { maxNodes: 5, filter })).toEqual(["COMPLETE", 5]);
  });
});
