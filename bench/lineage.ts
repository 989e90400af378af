import { parseArgs } from "node:util";
import { COMMON_OPTIONS, runBenchmark, SERVER_USAGE, tellProgress, writeFigures } from "./command-line.ts";
import { EFFORTS } from "./lineage/measure.ts";
import { printReport } from "./lineage/print.ts";
import { runLineageBench } from "./lineage/run.ts";
import { judge } from "./lineage/targets.ts";

const USAGE = `npm run bench:lineage -- [options]

  --sizes 10k,100k,1m   assets of the catalogues, the hubs being in the largest
  --quick               each thing measured once, in 2,000 assets unless you say: to see that it works
  --json FILE           write all figures there
${SERVER_USAGE}
Without a PostgreSQL of your own, the embedded one is started on a temporary folder.
`;

const { values } = parseArgs({
  options: {
    ...COMMON_OPTIONS,
    sizes: { type: "string" },
    json: { type: "string" },
  },
});

const { sizes = values.quick ? "2k" : "10k,100k,1m" } = values;
const { json, quick } = values;

await runBenchmark(USAGE, values, async (server) => {
  const report = await runLineageBench({
    server,
    isLocal: values["owner-url"] === undefined,
    sizes: sizes.split(",").map(sizeOf),
    hubEdges: quick ? 2000 : 100_000,
    effort: EFFORTS[quick ? "quick" : "full"],
    onProgress: tellProgress,
  });
  const targets = judge(report);
  process.stdout.write(`${printReport(report, targets)}\n`);
  await writeFigures(json, { ...report, targets });
});

/** `10k` is 10,000. */
function sizeOf(text: string): number {
  const [, digits, unit = ""] = /^([0-9]+)([km]?)$/.exec(text) ?? [];
  const size = Number(digits) * ({ k: 1000, m: 1_000_000 }[unit] ?? 1);
  if (!(size >= 1000 && size <= 10_000_000)) throw new Error(`--sizes: ${text} is not 1k to 10m`);
  return size;
}
