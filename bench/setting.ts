import { parseArgs } from "node:util";
import { COMMON_OPTIONS, runBenchmark, SERVER_USAGE, settingOf, tellProgress } from "./command-line.ts";
import { printSetting } from "./setting/print.ts";
import { runSettingBench } from "./setting/run.ts";

const USAGE = `npm run bench:setting -- --set NAME=VALUE [options]

What variables of the server's configuration cost a request for an asset by its id.

  --set NAME=VALUE      a variable; may be repeated
  --quick               one short round: to see that it works
${SERVER_USAGE}
Serves dist/, which must be built, in two processes of its own.
`;

const { values } = parseArgs({
  options: {
    ...COMMON_OPTIONS,
    set: { type: "string", multiple: true, default: [] },
  },
});

const { quick, set } = values;

await runBenchmark(USAGE, values, async (server) => {
  const rounds = await runSettingBench({
    server,
    settings: Object.fromEntries(set.map(settingOf)),
    ...(quick ? { rounds: 1, seconds: 1 } : { rounds: 20, seconds: 3 }),
    onProgress: tellProgress,
  });
  process.stdout.write(`${printSetting(rounds)}\n`);
});
