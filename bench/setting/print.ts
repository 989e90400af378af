import { quantile } from "../lineage/measure.ts";
import type { Pace, Round } from "./run.ts";

/** The rounds as a Markdown table, and beneath it by how much the settings change each figure. */
export function printSetting(rounds: readonly Round[]): string {
  const rows = rounds.map((round, index) => {
    const cells = [round.without, round.with].flatMap((pace) => [
      pace.cpuMicroseconds.toFixed(0),
      `${pace.p50Ms.toFixed(2)} / ${pace.p95Ms.toFixed(2)}`,
      Object.entries(pace.failed)
        .map(([code, count]) => `${count} ${code}`)
        .join(", "),
    ]);
    return `| ${[index + 1, ...cells].join(" | ")} |`;
  });
  return [
    "| round | without: CPU µs an answer | p50 / p95 ms | failed | with: CPU µs an answer | p50 / p95 ms | failed |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
    changeOf("CPU an answer", rounds, ({ cpuMicroseconds }) => cpuMicroseconds),
    changeOf("p50", rounds, ({ p50Ms }) => p50Ms),
  ].join("\n");
}

/** Paired: of each round how much more with the settings than without. */
function changeOf(what: string, rounds: readonly Round[], value: (pace: Pace) => number): string {
  const changes = rounds.map((round) => (value(round.with) / value(round.without) - 1) * 100);
  const [low, middle, high] = [0.25, 0.5, 0.75].map((part) => signed(quantile(changes, part)));
  return `- ${what}: **${middle}%** (median of ${rounds.length} pairs; the middle half from ${low}% to ${high}%)`;
}

const signed = (percent: number) => `${percent < 0 ? "" : "+"}${percent.toFixed(1)}`;
