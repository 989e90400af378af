import { LEGEND } from "./contenders.ts";
import type { Figures } from "./measure.ts";
import type { Report } from "./run.ts";
import type { WalkCell } from "./sections/walks.ts";
import type { Target } from "./targets.ts";

/** The report as Markdown, whose tables are aligned for reading as they are. */
export function printReport(report: Report, targets: readonly Target[]): string {
  const {
    environment,
    catalogues,
    walks,
    sameAnswers,
    wholeAnswers,
    bigCount,
    adversaries,
    edgeCosts,
    history,
  } = report;
  return [
    "# Lineage benchmark",
    Object.entries(environment)
      .map(([name, value]) => `- ${name}: ${value}`)
      .join("\n"),
    table(
      ["catalogue", "assets", "edges", "MB", "made in s"],
      catalogues.map(({ label, assets, edges, megabytes, seconds }) => [
        label,
        count(assets),
        count(edges),
        count(megabytes),
        seconds.toFixed(1),
      ]),
    ),
    "## Walks, in ms: p50 / p95, and the median by ours",
    LEGEND.map((line) => `- ${line}`).join("\n"),
    walkTable(walks),
    "## Buffers of 8 kB that a walk touches",
    bufferTable(walks),
    "## What looks wrong",
    oddities(walks).join("\n") || "Nothing.",
    "## The same answer in each catalogue, side by side: p50 / p95 in ms",
    table(
      ["answer", ...(sameAnswers[0]?.catalogues ?? []).map(({ name }) => name)],
      sameAnswers.map((answer) => [answer.shape, ...answer.catalogues.map(timesAndRatio)]),
    ),
    "## Whole answers of the API with ids, depths and edges: p50 / p95 in ms",
    table(
      ["answer", "nodes", "edges", "kB", "its statements", "over HTTP", "each statement, p50"],
      wholeAnswers.map((answer) => [
        answer.shape,
        count(answer.nodes),
        count(answer.edges),
        count(answer.bytes / 1024),
        timesAndRatio(answer.database),
        timesAndRatio(answer.whole),
        answer.statements.map(({ name, p50Ms }) => `${name} ${figure(p50Ms)}`).join(", "),
      ]),
    ),
    "## Counting over most of the catalogue: p50 / p95 in ms",
    table(
      ["by", "nodes", "time", "peak memory of its own, MB"],
      bigCount.map((each) => [
        each.name,
        count(each.nodes),
        timesAndRatio(each),
        each.peakMb?.toFixed(0) ?? "-",
      ]),
    ),
    "## Adversaries by the library: p50 / p95 in ms",
    table(
      ["adversary", "limits", "nodes", "answer is", "find", "with edges, cycles and what is outside"],
      adversaries.map((each) => [
        each.name,
        each.limits,
        count(each.nodes),
        each.completeness ?? "-",
        times(each.find),
        times(each.everything),
      ]),
    ),
    "## What an edge costs, in walks of growing depth in the largest catalogue",
    table(
      ["depth", "edges", "ids, ms", "µs an edge", "net", "counts, ms", "µs an edge", "net"],
      edgeCosts.map(({ maxDepth, edges, ids, counts }) => [
        String(maxDepth),
        count(edges),
        ...[ids, counts].flatMap((cost) => [
          figure(cost.p50Ms),
          cost.perEdgeUs.toFixed(2),
          cost.netUs.toFixed(2),
        ]),
      ]),
    ),
    "## The past of an answer of 1,000 nodes: p50 / p95 in ms",
    table(
      ["asked for", "time"],
      history.map((each) => [each.name, timesAndRatio(each)]),
    ),
    "## Targets",
    table(
      ["target", "wanted", "measured", ""],
      targets.map(({ what, wanted, measured, met }) => [
        what,
        wanted,
        measured,
        met === null ? "not measured" : met ? "met" : "MISSED",
      ]),
    ),
  ].join("\n\n");
}

function walkTable(walks: readonly WalkCell[]): string {
  const names = walks[0]?.contenders.map(({ name }) => name) ?? [];
  return table(
    ["catalogue", "shape", "nodes", ...names],
    walks.map(({ catalogue, shape, nodes, contenders }) => [
      catalogue,
      shape,
      count(nodes),
      ...contenders.map(timesAndRatio),
    ]),
  );
}

function bufferTable(walks: readonly WalkCell[]): string {
  const planned = (cell: WalkCell) =>
    cell.contenders.filter(({ name }) => name !== "psql" && name !== "per node");
  return table(
    [
      "catalogue",
      "shape",
      ...(walks[0] ? planned(walks[0]).map(({ name }) => name) : []),
      "planning ours, ms",
    ],
    walks.map((cell) => [
      cell.catalogue,
      cell.shape,
      ...planned(cell).map(({ plan }) => (plan === null ? "-" : count(plan.buffers))),
      cell.contenders[0]?.plan?.planningMs.toFixed(2) ?? "-",
    ]),
  );
}

/** The indexes that are made for walks, and the one that the root is looked up in. */
const OWN_INDEXES = /_walk_(up|down)$|^assets_pkey$/;

/** Walks that find something else than they should; scans of whole tables, other indexes and spills to disk in the product's own plans. */
function oddities(walks: readonly WalkCell[]): string[] {
  return walks.flatMap(({ catalogue, shape, nodes: found, expected, contenders }) => [
    ...(expected !== null && found !== expected
      ? [`- ${catalogue}, ${shape}: ${found} nodes instead of ${expected}`]
      : []),
    ...contenders.flatMap(({ name, agrees, nodes, plan }, index) => {
      const where = `- ${catalogue}, ${shape}: ${name}`;
      const own = index === 0 ? plan : null;
      return [
        ...(agrees === false ? [`${where} finds another answer (${nodes} nodes)`] : []),
        ...(own?.scanned ?? []).map((table) => `${where} scans ${table}`),
        ...(own?.indexes ?? [])
          .filter((used) => !OWN_INDEXES.test(used))
          .map((used) => `${where} walks by ${used}`),
        ...(own !== null && own.heapFetches > 0
          ? [`${where} looks up ${count(own.heapFetches)} rows in the table`]
          : []),
        ...(own !== null && own.spilled > 0 ? [`${where} spills ${count(own.spilled)} buffers to disk`] : []),
      ];
    }),
  ]);
}

function timesAndRatio(figures: Figures): string {
  const { ratio } = figures;
  return ratio === null || ratio === 1 ? times(figures) : `${times(figures)} (${ratio.toFixed(2)}x)`;
}

function times({ p50Ms, p95Ms, gaveUp }: Figures): string {
  return p50Ms === null || p95Ms === null ? (gaveUp ?? "-") : `${figure(p50Ms)} / ${figure(p95Ms)}`;
}

const count = (value: number) => Math.round(value).toLocaleString("en");

/** Three digits that tell something. */
function figure(ms: number): string {
  return ms >= 100 ? ms.toFixed(0) : ms.toFixed(ms >= 10 ? 1 : 2);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) =>
    Math.max(3, ...[name, ...rows.map((row) => row[column] ?? "")].map(({ length }) => length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (cells[column] ?? "").padEnd(width)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
