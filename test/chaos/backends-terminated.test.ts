import type pg from "pg";
import { expect } from "vitest";
import { withClient } from "../setup/connection.ts";
import { present } from "../support/present.ts";
import { prepareProgram } from "../support/program.ts";
import { endSoundly } from "./support/end-soundly.ts";
import { eventually } from "./support/eventually.ts";
import { fault } from "./support/fault.ts";
import { codesOf } from "./support/load.ts";
import { preparePostgres } from "./support/postgres.ts";
import { startWriting } from "./support/writers.ts";

const CLIENTS = 8;

const postgres = preparePostgres();
const test = prepareProgram();

/** Ends one of the service's backends that are as a condition says, as soon as there is one. */
async function terminateOne(superuser: pg.Client, condition: string): Promise<void> {
  await eventually(async () => {
    const { rowCount } = await superuser.query(
      `WITH chosen AS MATERIALIZED (
         SELECT pid FROM pg_stat_activity
         WHERE application_name = 'servo-storage' AND ${condition} ORDER BY random() LIMIT 1)
       SELECT pg_terminate_backend(pid, 5000) FROM chosen`,
    );
    expect(rowCount).toBe(1);
  });
}

async function terminateInStatement(superuser: pg.Client): Promise<void> {
  const table = Math.random() < 0.5 ? "assets" : "executions";
  await superuser.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  await terminateOne(superuser, "wait_event_type = 'Lock'");
  await superuser.query("COMMIT");
}

/** What a backend is doing when it is terminated. */
const MOMENTS: readonly (readonly [string, (superuser: pg.Client) => Promise<void>])[] = [
  ["idle", (superuser) => terminateOne(superuser, "state = 'idle'")],
  ["in a transaction", (superuser) => terminateOne(superuser, "state <> 'idle'")],
  ["in a statement", terminateInStatement],
];

fault("backends terminated at random", { short: 9, long: 900 }, async (times, report) => {
  const { url, program } = await test.serve({ DATABASE_URL: postgres.applicationUrl });
  const writing = startWriting(() => url, CLIENTS);
  await withClient(postgres.superuserUrl, async (superuser) => {
    for (let time = 0; time < times; time += 1) {
      const [moment, terminate] = present(MOMENTS[time % MOMENTS.length]);
      await writing.untilServed(1);
      await terminate(superuser);
      report.injected(1, moment);
    }
  });
  await writing.untilServed(1);
  await writing.end(postgres.superuserUrl, report);
  const { OK = 0, UNAVAILABLE = 0, ...others } = codesOf(writing.load.exchanges());
  report.sawAll({ OK, UNAVAILABLE });
  expect(others).toEqual({});
  await endSoundly(program);
});
