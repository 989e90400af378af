import { parseArgs } from "node:util";
import { withServer } from "./own-server.ts";
import { printSizing } from "./sizing/print.ts";
import { runSizingBench } from "./sizing/run.ts";

const USAGE = `npm run bench:sizing -- [options]

What rows take on disk, and what a replica takes of memory, cores and connections.

  --quick               little of each: to see that it works
  --owner-url URL       a PostgreSQL of your own: a role that may create databases and roles
  --application-url URL and the application's login there, made unless it exists

Serves dist/, which must be built, in a process of its own.
`;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    "owner-url": { type: "string" },
    "application-url": { type: "string" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) process.stdout.write(USAGE);
else await bench();

async function bench(): Promise<void> {
  const { "owner-url": ownerUrl, "application-url": applicationUrl, quick } = values;
  await withServer(ownerUrl, applicationUrl, async (server) => {
    const sizing = await runSizingBench({
      server,
      ...(quick
        ? { assets: 1000, seconds: 1, poolSizes: [10] }
        : { assets: 100_000, seconds: 10, poolSizes: [2, 5, 10, 20, 40] }),
      onProgress: (what) => process.stderr.write(`${new Date().toTimeString().slice(0, 8)} ${what}\n`),
    });
    process.stdout.write(`${printSizing(sizing)}\n`);
  });
}
