import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Checkout } from "./checkout.ts";
import type { Killer } from "./mutant.ts";

const reportShape = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()) }),
      ),
    }),
  ),
});

/** As much of Vitest's report as is read here. */
export type Report = z.infer<typeof reportShape>;

/** Where tests run, and against what. */
export interface Place {
  readonly checkout: Checkout;
  /** For `TEST_DATABASE_URL`. */
  readonly databaseUrl: string;
  readonly signal: AbortSignal;
}

/** Runs the tests that are named, and no others of their files. */
export async function runNamedTests(tests: readonly Killer[], place: Place): Promise<Report> {
  const { databaseUrl, signal } = place;
  const { folder } = place.checkout;
  const output = join(folder, "report.json");
  await rm(output, { force: true });
  const pattern = tests.map(({ test }) => test.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  const args = ["run", ...new Set(tests.map(({ file }) => file)), "--testNamePattern", pattern];
  args.push("--reporter=json", `--outputFile=${output}`);
  const child = spawn(process.execPath, ["node_modules/vitest/vitest.mjs", ...args], {
    cwd: folder,
    env: { ...process.env, TEST_DATABASE_URL: databaseUrl, NO_COLOR: "1" },
    stdio: "ignore",
    signal,
  });
  child.once("error", () => undefined); // that it was stopped, which is told below
  await once(child, "close");
  signal.throwIfAborted();
  return reportShape.parse(JSON.parse(await readFile(output, "utf8").catch(() => '{"testResults":[]}')));
}

/**
 * How the tests of a name went. `failed`: one at least by an assertion. `crashed`: by none, but otherwise (an import, a
 * set-up, a timeout), or there was none to run.
 */
export interface Outcome {
  readonly result: "passed" | "failed" | "crashed";
  /** The test that failed by an assertion, or what was wrong instead. */
  readonly told: string;
}

export function outcomeOf({ testResults }: Report, { file, test }: Killer): Outcome {
  const ofFile = testResults.filter(({ name }) => name.endsWith(`/${file}`));
  const named = ofFile
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ fullName }) => fullName.includes(test));
  const failed = named.filter(({ status }) => status === "failed");
  const asserted = failed.find(({ failureMessages: [why = ""] }) => why.startsWith("AssertionError"));
  if (asserted !== undefined) return { result: "failed", told: asserted.fullName };
  if (failed.length === 0 && named.some(({ status }) => status === "passed"))
    return { result: "passed", told: "" };
  const why = failed[0]?.failureMessages[0] ?? ofFile[0]?.message ?? "";
  return { result: "crashed", told: why === "" ? `no test was run that is named "${test}"` : why };
}
