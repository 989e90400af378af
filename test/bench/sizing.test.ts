import { beforeAll, expect, inject, test } from "vitest";
import { printSizing } from "../../bench/sizing/print.ts";
import { runSizingBench } from "../../bench/sizing/run.ts";
import { buildPackage } from "../support/built-package.ts";
import { operationsSection } from "../support/operations-page.ts";
import { tableIn } from "../support/readme.ts";

beforeAll(buildPackage);

test("the benchmark of sizes has figures for each kind of row and each replica, and all are answered", async () => {
  const sizing = await runSizingBench({
    server: inject("database"),
    assets: 100,
    seconds: 0.2,
    poolSizes: [3],
    onProgress: () => undefined,
  });
  const documented = tableIn(operationsSection("Sizing")).map(([kind]) => kind);
  expect(sizing.rows.map(({ kind }) => kind)).toEqual(documented);
  for (const { bytesPerRow } of sizing.rows) expect(bytesPerRow).toBeGreaterThan(0);
  // The probe has one beside those of the pool.
  expect(sizing.replicas).toMatchObject([{ poolMax: 3, failed: 0 }]);
  for (const { connections } of sizing.replicas) expect(connections).toBeLessThanOrEqual(4);
  expect(printSizing(sizing).match(/^\| /gm)).toHaveLength(2 + documented.length + 2 + 1);
}, 120_000);
