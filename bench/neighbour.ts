import { parseArgs } from "node:util";
import {
  COMMON_OPTIONS,
  runBenchmark,
  SERVER_USAGE,
  settingOf,
  tellProgress,
  writeFigures,
} from "./command-line.ts";
import { printNeighbours } from "./neighbour/print.ts";
import { runNeighbourBench } from "./neighbour/run.ts";

const USAGE = `npm run bench:neighbour -- [options]

  --quick               one short round: to see that it works
  --set NAME=VALUE      a variable of the server's configuration; may be repeated
  --json FILE           write all figures there
${SERVER_USAGE}
Serves dist/, which must be built, in a process of its own.
`;

const { values } = parseArgs({
  options: {
    ...COMMON_OPTIONS,
    set: { type: "string", multiple: true, default: [] },
    json: { type: "string" },
  },
});

const { json, quick, set } = values;

await runBenchmark(USAGE, values, async (server) => {
  const phases = await runNeighbourBench({
    server,
    effort: quick
      ? { connections: 64, rounds: 1, quiet: 2, settle: 1, noisy: 3, calm: 30 }
      : { connections: 64, rounds: 3, quiet: 5, settle: 3, noisy: 10, calm: 30 },
    settings: Object.fromEntries(set.map(settingOf)),
    onProgress: tellProgress,
  });
  process.stdout.write(`${printNeighbours(phases)}\n`);
  await writeFigures(json, phases);
});
