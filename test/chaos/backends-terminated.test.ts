import type pg from "pg";
import { expect } from "vitest";
import { withClient } from "../setup/connection.ts";
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

const MOMENTS = {
  idle: (superuser: pg.Client) => terminateOne(superuser, "state = 'idle'"),
  "in a transaction": (superuser: pg.Client) => terminateOne(superuser, "state <> 'idle'"),
  async "in a statement"(superuser: pg.Client) {
    const table = Math.random() < 0.5 ? "assets" : "executions";
    await superuser.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    await terminateOne(superuser, "wait_event_type = 'Lock'");
    await superuser.query("COMMIT");
  },
};

for (const [moment, terminate] of Object.entries(MOMENTS))
  fault(`a backend terminated at random while ${moment}`, { short: 10, long: 300 }, async (times, report) => {
    const { url, program } = await test.serve({ DATABASE_URL: postgres.applicationUrl });
    const writing = startWriting(() => url, CLIENTS);
    await withClient(postgres.superuserUrl, async (superuser) => {
      for (let time = 0; time < times; time += 1) {
        await writing.untilServed(1);
        await terminate(superuser);
        report.injected();
      }
    });
    await writing.untilServed(1);
    await writing.end(postgres.superuserUrl, report);
    const { OK = 0, UNAVAILABLE = 0, ...others } = codesOf(writing.load.exchanges());
    report.sawAll({ OK, UNAVAILABLE });
    expect(others).toEqual({});
    await endSoundly(program);
  });
