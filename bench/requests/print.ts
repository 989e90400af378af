import { quantile } from "../lineage/measure.ts";
import { CONTESTANTS, type ContestantName } from "./question.ts";
import type { Report, Round, WorkloadReport } from "./run.ts";
import { judge } from "./targets.ts";

const median = (samples: readonly number[]) => quantile(samples, 0.5);

/** Rounds by the least, the median and the greatest. */
const spread = (samples: readonly number[]) =>
  `${figure(median(samples))} (${figure(Math.min(...samples))}–${figure(Math.max(...samples))})`;

const figure = (value: number) =>
  value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(value < 1 ? 2 : 1);

/** The report as Markdown. */
export function printReport(report: Report): string {
  const { catalogue, connections, workloads, steady, byConnections, startedMs, megabytes } = report;
  const names = CONTESTANTS.filter((name) => workloads.some(({ rounds }) => rounds[name] !== undefined));
  return [
    `${Math.round(catalogue.assets).toLocaleString("en")} assets, ${Math.round(catalogue.edges).toLocaleString("en")} dependencies, ${catalogue.megabytes} MB; ${connections} connections, 64 for the mixed load.`,
    "Requests a second: median of the rounds (least–greatest)",
    table(
      ["workload", ...names, "pgbench"],
      workloads.map(({ title, rounds, pgbench }) => [
        title,
        ...names.map((name) => cell(rounds[name], ({ perSecond }) => perSecond)),
        pgbench.length === 0 ? "" : spread(pgbench),
      ]),
    ),
    "CPU milliseconds a request: server + PostgreSQL, medians",
    table(
      ["workload", ...names],
      workloads.map(({ title, rounds }) => [title, ...names.map((name) => cpuOf(rounds[name]))]),
    ),
    "Ours by theirs, by requests a second, and what was aimed at",
    table(
      ["workload", ...names.filter((name) => name !== "ours"), "verdict"],
      workloads.map((each) => ratios(each, names)),
    ),
    "By id at 80% of each one's own rate, in ms",
    table(
      ["", "requests/s", "p50", "p99"],
      names.map((name) => {
        const round = steady[name];
        return round === undefined
          ? [name]
          : [name, figure(round.perSecond), figure(round.p50Ms), figure(round.p99Ms)];
      }),
    ),
    "By id, ours, by connections",
    table(
      ["connections", "requests/s", "server CPU ms", "PostgreSQL CPU ms", "p50 ms", "p99 ms", "failed"],
      byConnections.map(({ connections: count, round }) => [
        String(count),
        ...[round.perSecond, round.serverMs ?? Number.NaN, round.databaseMs ?? Number.NaN].map(figure),
        ...[round.p50Ms, round.p99Ms].map(figure),
        String(round.failed),
      ]),
    ),
    "From the start of the process to its first answer, and memory after the mixed load",
    table(
      ["", "ms", "MB"],
      names.map((name) => [
        name,
        figure(startedMs[name] ?? Number.NaN),
        figure(megabytes[name] ?? Number.NaN),
      ]),
    ),
  ].join("\n\n");
}

function cell(rounds: readonly Round[] | undefined, of: (round: Round) => number): string {
  if (rounds === undefined) return "";
  const failed = rounds.reduce((sum, round) => sum + round.failed, 0);
  return `${spread(rounds.map(of))}${failed > 0 ? `, ${failed} failed` : ""}`;
}

function cpuOf(rounds: readonly Round[] | undefined): string {
  const of = (part: (round: Round) => number | null) => {
    const samples = (rounds ?? []).map(part).filter((sample) => sample !== null);
    return samples.length === 0 ? "?" : median(samples).toFixed(2);
  };
  return rounds === undefined
    ? ""
    : `${of(({ serverMs }) => serverMs)} + ${of(({ databaseMs }) => databaseMs)}`;
}

/** Round by round, so that what slows the machine slows both. */
function ratios(report: WorkloadReport, names: readonly ContestantName[]): string[] {
  const { ours = [] } = report.rounds;
  const verdicts: string[] = [];
  const cells = names
    .filter((name) => name !== "ours")
    .map((name) => {
      const theirs = report.rounds[name] ?? [];
      const samples = ours.map(
        ({ perSecond }, index) => perSecond / (theirs[index]?.perSecond ?? Number.NaN),
      );
      if (samples.length === 0) return "";
      const { least, isMet } = judge(report.workload, name, median(samples));
      if (least !== undefined) verdicts.push(isMet ? `≥ ${least} met` : `≥ ${least} missed`);
      return `${median(samples).toFixed(2)}x (${Math.min(...samples).toFixed(2)}–${Math.max(...samples).toFixed(2)})`;
    });
  return [report.title, ...cells, verdicts.join("; ")];
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
