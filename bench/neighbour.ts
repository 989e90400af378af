import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { printNeighbours } from "./neighbour/print.ts";
import { runNeighbourBench } from "./neighbour/run.ts";
import { settingOf } from "./neighbour/settings.ts";
import { withServer } from "./own-server.ts";

const USAGE = `npm run bench:neighbour -- [options]

  --quick               one short round: to see that it works
  --set NAME=VALUE      a variable of the server's configuration; may be repeated
  --json FILE           write all figures there
  --owner-url URL       a PostgreSQL of your own: a role that may create databases and roles
  --application-url URL and the application's login there, made unless it exists

Serves dist/, which must be built, in a process of its own.
`;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    set: { type: "string", multiple: true, default: [] },
    json: { type: "string" },
    "owner-url": { type: "string" },
    "application-url": { type: "string" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) process.stdout.write(USAGE);
else await bench();

async function bench(): Promise<void> {
  const { "owner-url": ownerUrl, "application-url": applicationUrl, json, quick, set } = values;
  await withServer(ownerUrl, applicationUrl, async (server) => {
    const phases = await runNeighbourBench({
      server,
      effort: quick
        ? { connections: 64, rounds: 1, quiet: 2, settle: 1, noisy: 3, calm: 30 }
        : { connections: 64, rounds: 3, quiet: 5, settle: 3, noisy: 10, calm: 30 },
      settings: Object.fromEntries(set.map(settingOf)),
      onProgress: (what) => process.stderr.write(`${new Date().toTimeString().slice(0, 8)} ${what}\n`),
    });
    process.stdout.write(`${printNeighbours(phases)}\n`);
    if (json !== undefined) await writeFile(json, `${JSON.stringify(phases, null, 2)}\n`);
  });
}
