import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { EFFORTS } from "./lineage/measure.ts";
import { printReport } from "./lineage/print.ts";
import { runLineageBench } from "./lineage/run.ts";
import { judge } from "./lineage/targets.ts";
import { withServer } from "./own-server.ts";

const USAGE = `npm run bench:lineage -- [options]

  --sizes 10k,100k,1m   assets of the catalogues, the hubs being in the largest
  --quick               each thing measured once, in 2,000 assets unless you say: to see that it works
  --json FILE           write all figures there
  --owner-url URL       a PostgreSQL of your own: a role that may create databases and roles
  --application-url URL and the application's login there, made unless it exists

Without a PostgreSQL of your own, the embedded one is started on a temporary folder.
`;

const { values } = parseArgs({
  options: {
    sizes: { type: "string" },
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    "owner-url": { type: "string" },
    "application-url": { type: "string" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) process.stdout.write(USAGE);
else await bench();

async function bench(): Promise<void> {
  const { sizes = values.quick ? "2k" : "10k,100k,1m" } = values;
  const { "owner-url": ownerUrl, "application-url": applicationUrl, json, quick } = values;
  await withServer(ownerUrl, applicationUrl, async (server) => {
    const report = await runLineageBench({
      server,
      isLocal: ownerUrl === undefined,
      sizes: sizes.split(",").map(sizeOf),
      hubEdges: quick ? 2000 : 100_000,
      effort: EFFORTS[quick ? "quick" : "full"],
      onProgress: (what) => process.stderr.write(`${new Date().toTimeString().slice(0, 8)} ${what}\n`),
    });
    const targets = judge(report);
    process.stdout.write(`${printReport(report, targets)}\n`);
    if (json !== undefined) await writeFile(json, `${JSON.stringify({ ...report, targets }, null, 2)}\n`);
  });
}

/** `10k` is 10,000. */
function sizeOf(text: string): number {
  const [, digits, unit = ""] = /^([0-9]+)([km]?)$/.exec(text) ?? [];
  const size = Number(digits) * ({ k: 1000, m: 1_000_000 }[unit] ?? 1);
  if (!(size >= 1000 && size <= 10_000_000)) throw new Error(`--sizes: ${text} is not 1k to 10m`);
  return size;
}
