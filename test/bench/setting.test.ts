import { beforeAll, expect, inject, test } from "vitest";
import { printSetting } from "../../bench/setting/print.ts";
import { runSettingBench } from "../../bench/setting/run.ts";
import { buildPackage } from "../support/built-package.ts";

beforeAll(buildPackage);

test("the benchmark of a setting has figures with it and without, and all are answered", async () => {
  const rounds = await runSettingBench({
    server: inject("database"),
    settings: { METRICS_PORT: "0" },
    rounds: 2,
    seconds: 0.2,
    onProgress: () => undefined,
  });
  expect(rounds).toHaveLength(2);
  for (const pace of rounds.flatMap((round) => [round.without, round.with])) {
    expect(pace.failed).toEqual({});
    expect(pace.cpuMicroseconds).toBeGreaterThan(0);
    expect(pace.p95Ms).toBeGreaterThan(0);
  }
  expect(printSetting(rounds)).toMatch(/CPU an answer: \*\*[+-]\d+\.\d%\*\* \(median of 2 pairs/);
}, 120_000);
