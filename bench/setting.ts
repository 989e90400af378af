import { parseArgs } from "node:util";
import { settingOf } from "./neighbour/settings.ts";
import { withServer } from "./own-server.ts";
import { printSetting } from "./setting/print.ts";
import { runSettingBench } from "./setting/run.ts";

const USAGE = `npm run bench:setting -- --set NAME=VALUE [options]

What variables of the server's configuration cost a request for an asset by its id.

  --set NAME=VALUE      a variable; may be repeated
  --quick               one short round: to see that it works
  --owner-url URL       a PostgreSQL of your own: a role that may create databases and roles
  --application-url URL and the application's login there, made unless it exists

Serves dist/, which must be built, in two processes of its own.
`;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    set: { type: "string", multiple: true, default: [] },
    "owner-url": { type: "string" },
    "application-url": { type: "string" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) process.stdout.write(USAGE);
else await bench();

async function bench(): Promise<void> {
  const { "owner-url": ownerUrl, "application-url": applicationUrl, quick, set } = values;
  await withServer(ownerUrl, applicationUrl, async (server) => {
    const rounds = await runSettingBench({
      server,
      settings: Object.fromEntries(set.map(settingOf)),
      ...(quick ? { rounds: 1, seconds: 1 } : { rounds: 20, seconds: 3 }),
      onProgress: (what) => process.stderr.write(`${new Date().toTimeString().slice(0, 8)} ${what}\n`),
    });
    process.stdout.write(`${printSetting(rounds)}\n`);
  });
}
