import { beforeEach, describe, expect, it } from "vitest";
import { newWorkflow } from "../../support/factories.ts";
import { chain, type Shape, type StoredShape, storeShape } from "../../support/lineage-shapes.ts";
import { present } from "../../support/present.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();
let shape: StoredShape;

type State = "succeeded" | "failed" | "timeout" | "cancelled" | "running" | "pending";

/** The workflow that writes what is at a place, which has run so, one after the other. */
async function write(place: number, ...states: readonly State[]): Promise<string> {
  const output = { assetId: shape.idOf(place), role: "output" } as const;
  const { id } = await storage.asTenant(shape.tenantId, ({ workflows }) =>
    workflows.insert(newWorkflow({ assets: [output] })),
  );
  for (const state of states) await run(id, state);
  return id;
}

function run(workflowId: string, state: State): Promise<string> {
  return storage.asTenant(shape.tenantId, async ({ executions }) => {
    const { id } = await executions.insert({ workflowId });
    if (state === "pending") return id;
    await executions.update(id, { state: "running" });
    if (state !== "running") await executions.update(id, { state });
    return id;
  });
}

/** The places that are stale, and for each place that is blocked the one that blocks it. */
async function impact(place: number, options: object = {}) {
  return storage.asTenant(shape.tenantId, async ({ lineage }) => {
    const found = present(await lineage.findImpact({ assetId: shape.idOf(place), ...options }));
    const reached = new Set(found.nodes.map(({ assetId }) => assetId));
    const stale = [...present(await lineage.findStale(found))].filter((id) => reached.has(id));
    const blockers = [...(await lineage.findBlockers(found))];
    return {
      stale: stale.map(shape.placeOf).sort(),
      blockedBy: Object.fromEntries(blockers.map((pair) => pair.map(shape.placeOf))),
    };
  });
}

const use = (stored: Shape) => async () => {
  shape = await storeShape(storage, stored);
};

describe("along a chain", () => {
  beforeEach(use(chain(4)));

  it("what was built before something above it is stale, and what never was is not", async () => {
    await write(3, "succeeded");
    await write(1, "succeeded");
    expect(await impact(0)).toEqual({ stale: [3], blockedBy: {} });
    const last = await write(2, "failed");
    expect((await impact(0)).stale).toEqual([3]);
    await run(last, "succeeded");
    expect((await impact(0)).stale).toEqual([3]);
    await write(3, "succeeded");
    expect((await impact(0)).stale).toEqual([]);
  });

  it("what lies above the root makes stale too, however far", async () => {
    await write(3, "succeeded");
    await write(0, "succeeded");
    for (const root of [0, 1, 2]) expect((await impact(root)).stale).toEqual([3]);
    expect((await impact(2, { dependencyTypes: ["control"] })).stale).toEqual([]);
  });

  it("the last run decides, of whichever workflow, and not the last success", async () => {
    const first = await write(1, "succeeded");
    await write(1, "failed");
    expect((await impact(0)).blockedBy).toEqual({ 2: 1, 3: 1 });
    await run(first, "succeeded");
    expect((await impact(0)).blockedBy).toEqual({});
    await run(first, "timeout");
    expect((await impact(0)).blockedBy).toEqual({ 2: 1, 3: 1 });
    for (const state of ["pending", "running", "cancelled"] as const) {
      await run(first, state);
      expect((await impact(0)).blockedBy).toEqual({});
    }
  });

  it("of runs that were made at one time the one with the greatest id is the last", async () => {
    const [one, other] = [await write(1), await write(1)];
    const ids = await storage.asTenant(shape.tenantId, async ({ executions }) => {
      const made: string[] = [];
      for (const workflowId of [one, other, other, one])
        made.push((await executions.insert({ workflowId })).id);
      return made;
    });
    const latest = await storage.asTenant(shape.tenantId, ({ lineage }) =>
      lineage.findLatestExecutions([shape.idOf(1)]),
    );
    expect(latest.get(shape.idOf(1))?.executionId).toBe(ids.toSorted().at(-1));
  });

  it("the nearest blocks, the root included, and nothing blocks itself", async () => {
    await write(0, "failed");
    expect((await impact(0)).blockedBy).toEqual({ 1: 0, 2: 0, 3: 0 });
    await write(2, "timeout");
    expect((await impact(0)).blockedBy).toEqual({ 1: 0, 2: 0, 3: 2 });
    // What is above the root is on no way from it.
    expect((await impact(1)).blockedBy).toEqual({ 3: 2 });
  });

  it("what a workflow only reads is not written by it", async () => {
    const input = { assetId: shape.idOf(1), role: "input" } as const;
    const { id } = await storage.asTenant(shape.tenantId, ({ workflows }) =>
      workflows.insert(newWorkflow({ assets: [input] })),
    );
    await run(id, "failed");
    expect((await impact(0)).blockedBy).toEqual({});
  });
});

describe("of several ways", () => {
  // 0 leads to 3 and 4, both of them and 1, which leads to nothing else, to 2.
  beforeEach(
    use({
      size: 5,
      pairs: [
        [0, 3],
        [0, 4],
        [4, 2],
        [3, 2],
        [1, 2],
      ],
    }),
  );

  it("the smallest of those that are equally near blocks", async () => {
    await write(4, "failed");
    expect((await impact(0)).blockedBy).toEqual({ 2: 4 });
    await write(3, "failed");
    expect((await impact(0)).blockedBy).toEqual({ 2: 3 });
  });

  it("of those that are equally near the smallest blocks, however deep it lies", async () => {
    const pairs = [
      [0, 3],
      [0, 4],
      [4, 1],
      [3, 2],
      [1, 2],
    ] as const;
    shape = await storeShape(storage, { size: 5, pairs });
    await write(3, "failed");
    await write(1, "failed");
    expect((await impact(0)).blockedBy).toEqual({ 2: 1 });
  });

  it("what is not reached does not block, yet makes stale what depends on it", async () => {
    await write(2, "succeeded");
    await write(1, "succeeded", "failed");
    expect(await impact(0)).toEqual({ stale: [2], blockedBy: {} });
    expect(await impact(0, { filter: { assetTypes: [], mode: "hide" } })).toEqual({
      stale: [],
      blockedBy: {},
    });
  });
});

describe("on a cycle", () => {
  beforeEach(
    use({
      size: 3,
      pairs: [
        [0, 1],
        [1, 2],
        [2, 1],
      ],
    }),
  );

  it("each is above the other, and what failed itself is blocked by another alone", async () => {
    await write(1, "succeeded", "failed");
    expect((await impact(0)).blockedBy).toEqual({ 2: 1 });
    await write(2, "succeeded", "failed");
    expect(await impact(0)).toEqual({ stale: [1], blockedBy: { 1: 2, 2: 1 } });
  });
});
