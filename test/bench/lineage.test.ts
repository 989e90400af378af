import { beforeAll, describe, expect, inject, test } from "vitest";
import { EFFORTS } from "../../bench/lineage/measure.ts";
import { printReport } from "../../bench/lineage/print.ts";
import { type Report, runLineageBench } from "../../bench/lineage/run.ts";
import { judge } from "../../bench/lineage/targets.ts";

describe("the lineage benchmark, on a small catalogue", () => {
  let report: Report;

  beforeAll(async () => {
    report = await runLineageBench({
      server: inject("database"),
      isLocal: false,
      sizes: [2000],
      hubEdges: 2000,
      effort: EFFORTS.quick,
      onProgress: () => undefined,
    });
  }, 120_000);

  test("every walk finds what its shape has", () => {
    expect(report.walks.length).toBeGreaterThan(10);
    const wrong = report.walks.filter(({ nodes, expected }) => nodes < 2 || nodes !== (expected ?? nodes));
    expect(wrong).toEqual([]);
  });

  test("all who come to an end find the same", () => {
    const all = report.walks.flatMap(({ shape, contenders }) =>
      contenders.map(({ name, agrees, gaveUp }) => ({ shape, name, agrees, gaveUp })),
    );
    expect(all.filter(({ agrees, gaveUp }) => agrees === false || gaveUp === "failed")).toEqual([]);
    const ours = all.filter(({ name }) => name === "ours");
    expect(ours.filter(({ gaveUp }) => gaveUp !== null)).toEqual([]);
    const [first] = report.bigCount;
    expect(report.bigCount.map(({ nodes }) => nodes)).toEqual(report.bigCount.map(() => first?.nodes));
  });

  test("every part has figures, and every target is judged", () => {
    const { sameAnswers, wholeAnswers, adversaries, edgeCosts } = report;
    expect(sameAnswers.map(({ catalogues }) => catalogues.length)).toEqual([1, 1, 1, 1]);
    expect(wholeAnswers.map(({ nodes }) => nodes)).toEqual([100, 1000, 10_000]);
    expect(adversaries.filter(({ nodes }) => nodes < 2)).toEqual([]);
    expect(edgeCosts.length).toBeGreaterThan(1);
    const targets = judge(report);
    expect(targets.filter(({ met }) => met === null)).toEqual([]);
    expect(printReport(report, targets)).toContain("## Targets");
  });
});
