import { parseArgs } from "node:util";
import { COMMON_OPTIONS, runBenchmark, SERVER_USAGE, tellProgress } from "./command-line.ts";
import { printSizing } from "./sizing/print.ts";
import { runSizingBench } from "./sizing/run.ts";

const USAGE = `npm run bench:sizing -- [options]

What rows take on disk, and what a replica takes of memory, cores and connections.

  --quick               little of each: to see that it works
${SERVER_USAGE}
Serves dist/, which must be built, in a process of its own.
`;

const { values } = parseArgs({
  options: {
    ...COMMON_OPTIONS,
  },
});

const { quick } = values;

await runBenchmark(USAGE, values, async (server) => {
  const sizing = await runSizingBench({
    server,
    ...(quick
      ? { assets: 1000, seconds: 1, poolSizes: [10] }
      : { assets: 100_000, seconds: 10, poolSizes: [2, 5, 10, 20, 40] }),
    onProgress: tellProgress,
  });
  process.stdout.write(`${printSizing(sizing)}\n`);
});
