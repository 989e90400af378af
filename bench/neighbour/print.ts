import { quantile } from "../lineage/measure.ts";
import type { Phase } from "./run.ts";

/** How much slower the quiet tenant may become. */
const MOST = 3;

/** The phases as a Markdown table, and beneath it what became of the quiet tenant's latency. */
export function printNeighbours(phases: readonly Phase[]): string {
  const header = [
    "| round | load | p50 ms | p95 ms | p99 ms | failed | others answered/s | others refused | event loop p95 / max ms | server CPU s | RSS MB |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
  ];
  return [...header, ...phases.map(rowOf), "", ...judgements(phases)].join("\n");
}

function rowOf(phase: Phase): string {
  const { round, load, p50Ms, p95Ms, p99Ms, failed, pressed, server } = phase;
  const cells = [
    ...[round, load, ...[p50Ms, p95Ms, p99Ms].map(milliseconds), counts(failed)],
    pressed === null ? "" : (pressed.answered / pressed.seconds).toFixed(2),
    pressed === null ? "" : counts(pressed.failed),
    `${milliseconds(server.loopP95Ms)} / ${milliseconds(server.loopMaxMs)}`,
    ...[server.cpuSeconds.toFixed(1), server.rssMb.toFixed(0)],
  ];
  return `| ${cells.join(" | ")} |`;
}

function judgements(phases: readonly Phase[]): string[] {
  const quiet = middle(phases.filter(({ pressed }) => pressed === null));
  const loads = new Set(phases.flatMap(({ load, pressed }) => (pressed === null ? [] : load)));
  return [...loads].map((load) => {
    const noisy = middle(phases.filter((phase) => phase.load === load));
    const ratio = noisy / quiet;
    const told = `p95 ${milliseconds(noisy)} ms by ${milliseconds(quiet)} ms in quiet (medians of the phases)`;
    return `- ${load}: **${ratio.toFixed(2)}x** ${ratio <= MOST ? "within" : "over"} ${MOST}x; ${told}`;
  });
}

const middle = (phases: readonly Phase[]) =>
  quantile(
    phases.map(({ p95Ms }) => p95Ms),
    0.5,
  );

const milliseconds = (ms: number) => ms.toFixed(ms < 10 ? 2 : ms < 100 ? 1 : 0);

function counts(failed: Readonly<Record<string, number>>): string {
  return Object.entries(failed)
    .map(([code, count]) => `${count} ${code}`)
    .join(", ");
}
