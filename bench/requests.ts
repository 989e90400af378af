import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import {
  COMMON_OPTIONS,
  runBenchmark,
  SERVER_USAGE,
  settingOf,
  tellProgress,
  writeFigures,
} from "./command-line.ts";
import { postmasterOf } from "./requests/cpu.ts";
import { printReport } from "./requests/print.ts";
import { CONTESTANTS } from "./requests/question.ts";
import { runBench } from "./requests/run.ts";
import { WORKLOADS, type WorkloadName } from "./requests/workloads.ts";

const NAMES: readonly WorkloadName[] = [...(Object.keys(WORKLOADS) as (keyof typeof WORKLOADS)[]), "mixed"];

const USAGE = `npm run bench -- [options]

  --quick               one short round on a small catalogue: to see that it works
  --size N              assets of the catalogue; default 100,000
  --connections N       default 32
  --rounds N            turns of each contestant a workload; default 5
  --only NAME           a workload, or a contestant; may be repeated
  --set NAME=VALUE      a variable of our server's configuration; may be repeated
  --json FILE           write all figures there
  --markdown FILE       write the tables there, which are printed too
${SERVER_USAGE}
  workloads: ${NAMES.join(", ")}
  contestants: ${CONTESTANTS.join(", ")}

Serves dist/, which must be built. The others are installed in bench/requests/rivals by npm ci.
`;

const { values } = parseArgs({
  options: {
    ...COMMON_OPTIONS,
    size: { type: "string" },
    connections: { type: "string", default: "32" },
    rounds: { type: "string", default: "5" },
    only: { type: "string", multiple: true, default: [] },
    set: { type: "string", multiple: true, default: [] },
    json: { type: "string" },
    markdown: { type: "string" },
  },
});

const { json, markdown, quick, set } = values;
const chosen = <T extends string>(all: readonly T[]) => {
  const named = all.filter((name) => values.only.includes(name));
  return named.length === 0 ? all : named;
};

await runBenchmark(USAGE, values, async (server) => {
  const report = await runBench({
    server,
    postmaster: await postmasterOf(server.ownerUrl),
    size: Number(values.size ?? (quick ? 10_000 : 100_000)),
    connections: Number(values.connections),
    effort: quick
      ? { rounds: 1, warmUpSeconds: 1, warmsUpByAll: false, seconds: 1 }
      : { rounds: Number(values.rounds), warmUpSeconds: 3, warmsUpByAll: true, seconds: 4 },
    workloads: chosen(NAMES),
    contestants: chosen(CONTESTANTS),
    settings: Object.fromEntries(set.map(settingOf)),
    onProgress: tellProgress,
  });
  const printed = printReport(report);
  process.stdout.write(`${printed}\n`);
  await writeFigures(json, report);
  if (markdown !== undefined) await writeFile(markdown, `${printed}\n`);
});
