import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { present } from "../support/present.ts";
import { prepareProgram, type RunningProgram } from "../support/program.ts";
import { prepareStorage } from "../support/storage.ts";
import { endSoundly } from "./support/end-soundly.ts";
import { eventually } from "./support/eventually.ts";
import { type Everyday, makeEveryday } from "./support/everyday.ts";
import { fault, isLong, type Report } from "./support/fault.ts";
import { type Inside, lookInto, watchedEnvironment } from "./support/inside.ts";
import { ask } from "./support/leave.ts";
import { type Load, startLoad } from "./support/load.ts";
import { slope } from "./support/slope.ts";

const storage = prepareStorage();
const test = prepareProgram();

const CLIENTS = 4;
/** So that the server also rests, and the load does not become one of the test's own making. */
const PAUSE_MS = 20;
const BETWEEN_LOOKS_MS = isLong ? 15_000 : 2000;
/** The part of the time before the memory is looked at: caches fill, and functions are compiled. */
const WARMING = 1 / 6;
const MEGABYTE = 1_048_576;

interface Sample {
  readonly minutes: number;
  readonly inside: Inside;
}

/** Clients that do everything that there is to do, and of whom each goes away from every tenth answer or so. */
function startEveryday(url: string, phase: string, report: Report): Load {
  const users = new Map<number, Promise<Everyday>>();
  const tenantOf = (client: number) => `${phase}-${client}`;
  return startLoad({
    urlOf: () => url,
    clients: CLIENTS,
    tenantOf,
    async turn(client, number) {
      const user = users.get(number) ?? makeEveryday(client);
      users.set(number, user);
      const { turn, walks } = await user;
      for (let turns = 0; turns < 8; turns += 1) {
        await turn();
        await delay(PAUSE_MS);
      }
      report.saw("right answers", 8);
      for (const walk of walks) {
        const asker = ask({ url, tenantId: tenantOf(number), ...walk });
        await delay(5);
        asker.leave();
      }
      report.saw("clients gone", walks.length);
    },
  });
}

/** What is left when nobody asks any more; looks again until it is as expected, because connections close one by one. */
async function lookAtRest(
  program: RunningProgram,
  folder: string,
  check: (inside: Inside) => void,
): Promise<Inside> {
  const looked: Inside[] = [];
  await eventually(async () => {
    looked.unshift(await lookInto(program, folder));
    check(present(looked[0]));
  });
  return present(looked[0]);
}

fault("everyday load, for long", { short: 3, long: 1800 }, async (seconds, report) => {
  const folder = test.folder();
  const { url, program } = await test.serve({
    ...{ DATABASE_URL: storage.database.applicationUrl, AUTH_MODE: "header" },
    // Connections come and go, too.
    ...{ POOL_IDLE_TIMEOUT_MS: "500", ...watchedEnvironment(folder) },
  });
  const warming = startEveryday(url, "warming", report);
  await warming.during(delay(seconds * WARMING * 1000));
  await warming.stop();
  const before = await lookAtRest(program, folder, ({ handles }) =>
    expect(Object.keys(handles)).not.toContain("TCPSocketWrap"),
  );

  const load = startEveryday(url, "measured", report);
  const started = performance.now();
  const samples: Sample[] = [];
  for (let minutes = 0; minutes < (seconds * (1 - WARMING)) / 60; ) {
    await load.during(delay(BETWEEN_LOOKS_MS));
    minutes = (performance.now() - started) / 60_000;
    samples.push({ minutes, inside: await lookInto(program, folder) });
  }
  await load.stop();
  report.injected(seconds, "seconds");
  const after = await lookAtRest(program, folder, ({ handles, listeners }) => {
    const isMore = ([kind, count]: [string, number]) => count > (before.handles[kind] ?? 0);
    expect(Object.entries(handles).filter(isMore)).toEqual([]);
    expect(listeners).toBeLessThanOrEqual(before.listeners);
  });
  report.measured("listeners at rest", after.listeners);
  if (isLong) {
    for (const what of ["heapBytes", "rssBytes"] as const) {
      const growth = slope(samples.map(({ minutes, inside }) => [minutes, inside[what]]));
      report.measured(`${what} a minute`, growth);
      expect(growth).toBeLessThan(MEGABYTE);
    }
    report.measured("MB of RSS", after.rssBytes / MEGABYTE);
  }
  await endSoundly(program);
});
