import type { Figures } from "./measure.ts";
import type { Report } from "./run.ts";

/** What the walk is to reach, and what was measured. */
export interface Target {
  readonly what: string;
  readonly wanted: string;
  readonly measured: string;
  /** Null where it could not be measured. */
  readonly met: boolean | null;
}

/** How far a figure may be from the one that it should equal. */
const SAME_ANSWER_TOLERANCE = 0.2;
const FLAT_TOLERANCE = 0.3;

export function judge(report: Report): Target[] {
  return [
    ...answerTargets(report),
    ...sameAnswerTargets(report),
    bigCountTarget(report),
    ...adversaryTargets(report),
    ...edgeCostTargets(report),
    historyTarget(report),
  ];
}

function answerTargets({ wholeAnswers, catalogues, walks }: Report): Target[] {
  const shape = "DAG of 1,000";
  const answer = wholeAnswers.find((each) => each.shape === shape);
  const largest = catalogues.at(-1)?.label;
  const walk = walks.find((cell) => cell.shape === shape && cell.catalogue === largest)?.contenders[0];
  const ratio = quotient(answer?.whole.p95Ms, answer?.database.p95Ms);
  const medians = quotient(answer?.whole.p50Ms, answer?.database.p50Ms);
  return [
    below("1,000-node answer: p95 of the walk", walk?.p95Ms, 10, "ms"),
    below("1,000-node answer: p95 of all of its statements", answer?.database.p95Ms, 10, "ms"),
    {
      ...below("1,000-node answer: whole GraphQL answer by its statements, p95", ratio, 3, "x"),
      measured: `${shown(ratio, "x")} (medians ${shown(medians, "x")})`,
    },
  ];
}

function sameAnswerTargets({ sameAnswers }: Report): Target[] {
  if ((sameAnswers[0]?.catalogues.length ?? 0) < 2) return [];
  return sameAnswers.map(({ shape, catalogues }) => {
    const ratios = catalogues.flatMap(({ ratio }) => ratio ?? []);
    return {
      what: `the same answer in each catalogue: ${shape}`,
      wanted: "within ±20%",
      measured: catalogues.map(({ name, ratio }) => `${name} ${shown(ratio, "x")}`).join(", "),
      met: ratios.every((ratio) => Math.abs(ratio - 1) <= SAME_ANSWER_TOLERANCE),
    };
  });
}

function bigCountTarget({ bigCount }: Report): Target {
  const [ours, ...others] = bigCount.filter(({ name }) => name !== "ours, by the library");
  const best = others.reduce<Figures | undefined>(
    (least, each) =>
      (each.ratio ?? 0) > 0 && (each.ratio ?? 0) > (least?.ratio ?? 0) ? (least ?? each) : each,
    undefined,
  );
  const ratio = best?.ratio ? 1 / best.ratio : null;
  const target = below(
    `${ours?.nodes.toLocaleString("en")} nodes counted, by the best other`,
    ratio,
    1.3,
    "x",
  );
  const memory = ours?.peakMb == null ? "" : `, ${ours.peakMb.toFixed(0)} MB`;
  return { ...target, measured: `${target.measured} (${best?.name}${memory})` };
}

function adversaryTargets({ adversaries, walks }: Report): Target[] {
  const byDefault = adversaries.filter(({ limits }) => limits === "default");
  const slowest = (which: "find" | "everything") => {
    const [worst] = byDefault.toSorted((a, b) => (b[which].p95Ms ?? 0) - (a[which].p95Ms ?? 0));
    const target = below(
      `slowest adversary at its default limits, ${which}: p95`,
      worst?.[which].p95Ms,
      100,
      "ms",
    );
    return { ...target, measured: `${target.measured} (${worst?.name})` };
  };
  const chain = "chain of 5,000";
  const walk = walks.find(({ shape }) => shape === chain)?.contenders[0];
  const whole = adversaries.find(({ name, limits }) => name === chain && limits === "widest");
  return [
    slowest("find"),
    slowest("everything"),
    below(`${chain} to its end: p95 of the walk`, walk?.p95Ms, 50, "ms"),
    below(`${chain} to its end, by the library: p95`, whole?.find.p95Ms, 50, "ms"),
  ];
}

function edgeCostTargets({ edgeCosts }: Report): Target[] {
  return (["ids", "counts"] as const).flatMap((told) =>
    (["perEdgeUs", "netUs"] as const).map((which) => {
      const costs = edgeCosts.map((cost) => cost[told][which]);
      const middle = (Math.max(...costs) + Math.min(...costs)) / 2;
      const [first, last] = [edgeCosts[0], edgeCosts.at(-1)].map((cost) => cost?.edges.toLocaleString("en"));
      const of = which === "netUs" ? ", without the cost of a walk of one node" : "";
      return {
        what: `cost of an edge, ${first} to ${last}, ${told}${of}`,
        wanted: "within ±30%",
        measured: `${Math.min(...costs).toFixed(2)} to ${Math.max(...costs).toFixed(2)} µs`,
        met: costs.length < 2 ? null : middle > 0 && (Math.max(...costs) - middle) / middle <= FLAT_TOLERANCE,
      };
    }),
  );
}

function below(what: string, figure: number | null | undefined, limit: number, unit: string): Target {
  const met = figure == null ? null : figure <= limit;
  return { what, wanted: `up to ${limit} ${unit}`, measured: shown(figure, unit), met };
}

function quotient(a: number | null | undefined, b: number | null | undefined): number | null {
  return a == null || b == null ? null : a / b;
}

function shown(figure: number | null | undefined, unit: string): string {
  return figure == null ? "-" : `${figure.toFixed(2)} ${unit}`;
}

function historyTarget({ history: [, after] }: Report): Target {
  return below(
    "the walk of today, with a past by without one",
    after?.ratio ?? null,
    1 + SAME_ANSWER_TOLERANCE,
    "x",
  );
}
