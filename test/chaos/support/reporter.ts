import type { Reporter, TestCase, TestModule, Vitest } from "vitest/node";

/** Prints what was injected, how often, and what was seen, as a table at the end of the run. */
export class FaultReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules.flatMap((module) => [...module.children.allTests()].flatMap(rowOf));
    const table = ["| fault | injected | seen | promise kept |", "| --- | --- | --- | --- |", ...rows];
    this.#vitest?.logger.log(`\n${table.join("\n")}\n`);
  }
}

function rowOf(test: TestCase): string[] {
  const { fault } = test.meta();
  if (fault === undefined) return [];
  const injected = Object.entries(fault.injected).map(([kind, times]) => `${number(times)} ${kind}`);
  const seen = Object.entries(fault.seen).map(([what, value]) => `${what}: ${number(value)}`);
  const result = test.result();
  if (result.state === "skipped") return [`| ${test.name} | not: ${result.note} | | |`];
  const kept = result.state === "passed" ? "yes" : "**no**";
  return [`| ${test.name} | ${injected.join(", ")} | ${seen.join(", ")} | ${kept} |`];
}

const number = (value: number): string => value.toLocaleString("en-GB");
