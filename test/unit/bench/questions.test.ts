import { describe, expect, it } from "vitest";
import { CONTESTANTS, type Subjects, type Writer } from "../../../bench/requests/question.ts";
import { questionOf, WORKLOADS, type WorkloadName } from "../../../bench/requests/workloads.ts";

const writer = (tenant: string): Writer => ({
  tenant,
  workflowId: "workflow",
  assetIds: Array.from({ length: 1200 }, (_, index) => `asset-${index}`),
});
const cursor = JSON.stringify({ createdAt: "2026-01-01T00:00:00.000Z", id: "asset-1" });

const subjects: Subjects = {
  tenant: "reader",
  assetIds: ["asset-1", "asset-2"],
  rootIds: ["asset-1"],
  rootOf1000: "asset-1",
  deepPage: 1000,
  deepAfter: { ours: cursor, "hand-written": cursor, PostGraphile: cursor },
  writers: {
    ours: writer("ours"),
    "hand-written": writer("hand-written"),
    PostGraphile: writer("PostGraphile"),
  },
  crowd: [writer("first"), writer("second")],
};
const NAMES: readonly WorkloadName[] = [...(Object.keys(WORKLOADS) as WorkloadName[]), "mixed"];

describe.each(CONTESTANTS)("what the benchmark asks %s", (contestant) => {
  it.each(NAMES)("has words for %s, as a tenant", (workload) => {
    for (let n = 0; n < 200; n += 1) {
      const { method, path, tenant, body } = questionOf(workload, contestant, n, subjects);
      expect(path).toMatch(/^\/[a-z]/);
      expect(tenant).not.toBe("");
      expect(body === undefined).toBe(method === "GET");
    }
  });

  it("links no two assets twice, and none to itself", () => {
    const asked = [0, 1, 2].flatMap((n) => {
      const { body = "" } = questionOf("create dependencies", contestant, n, subjects);
      return [...body.matchAll(/"upstreamAssetId":"(asset-\d+)","downstreamAssetId":"(asset-\d+)"/g)];
    });
    const pairs = asked.map(([, up, down]) => `${up} ${down}`);
    expect(pairs).toHaveLength(3000);
    expect(new Set(pairs).size).toBe(3000);
    for (const [, up, down] of asked) expect(up).not.toBe(down);
  });
});

it("the mixed load reads 80 of 100, walks 15 and writes 5, about", () => {
  const counts = { reads: 0, walks: 0, writes: 0 };
  for (let n = 0; n < 10_000; n += 1) {
    const { body = "" } = questionOf("mixed", "ours", n, subjects);
    if (body.includes("mutation")) counts.writes += 1;
    else if (body.includes("lineage(")) counts.walks += 1;
    else counts.reads += 1;
  }
  expect(counts.reads / 100).toBeCloseTo(80, -0.5);
  expect(counts.walks / 100).toBeCloseTo(15, -0.5);
  expect(counts.writes / 100).toBeCloseTo(5, -0.5);
});
