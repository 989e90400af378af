import { beforeAll, expect, inject, test } from "vitest";
import { printNeighbours } from "../../bench/neighbour/print.ts";
import { runNeighbourBench } from "../../bench/neighbour/run.ts";
import { buildPackage } from "../support/built-package.ts";

beforeAll(buildPackage);

test("the benchmark of a noisy neighbour has figures for each load, and all are answered", async () => {
  const phases = await runNeighbourBench({
    server: inject("database"),
    effort: { connections: 8, rounds: 1, quiet: 0.2, settle: 0.2, noisy: 0.3, calm: 0 },
    settings: {},
    onProgress: () => undefined,
  });
  const loads = phases.filter(({ pressed }) => pressed !== null);
  expect(loads).toHaveLength(4);
  expect(phases).toHaveLength(9);
  for (const { asked, failed } of phases)
    expect({ asked: asked > 0, failed }).toEqual({ asked: true, failed: {} });
  for (const { pressed } of loads) expect(pressed?.failed).toEqual({});
  expect(printNeighbours(phases).match(/within|over/g)).toHaveLength(4);
}, 120_000);
