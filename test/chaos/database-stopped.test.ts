import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { prepareProgram } from "../support/program.ts";
import { endSoundly } from "./support/end-soundly.ts";
import { eventually } from "./support/eventually.ts";
import { ALLOWANCE_MS, fault, isLong } from "./support/fault.ts";
import { codesOf, type Load } from "./support/load.ts";
import { preparePostgres } from "./support/postgres.ts";
import { startWriting } from "./support/writers.ts";

const CLIENTS = 8;
/** From when the database takes connections until there are good answers, and no others. */
const RECOVERY_MS = 2000 + ALLOWANCE_MS;

const postgres = preparePostgres();
const test = prepareProgram();

fault("PostgreSQL stopped and started under load", { short: 2, long: 20 }, async (times, report) => {
  const { url, program } = await test.serve({ DATABASE_URL: postgres.applicationUrl });
  const writing = startWriting(() => url, CLIENTS);
  const { load } = writing;
  for (let time = 0; time < times; time += 1) {
    await writing.untilServed(3);
    const how = time % 2 === 0 ? "fast" : "immediate";
    await postgres.stop(how);
    report.injected(1, how);
    await load.during(eventually(() => expect(lastCodesOf(load)).not.toContain("OK")));
    await postgres.start();
    const readyAt = performance.now();
    const servedMs = await writing.untilServed(1);
    report.measured("slowest first good answer, ms", servedMs);
    expect(servedMs).toBeLessThan(RECOVERY_MS);
    if (isLong) await delay(RECOVERY_MS + 500);
    const late = load.exchanges().filter(({ sentAt }) => sentAt > readyAt + RECOVERY_MS);
    expect(codesOf(late)).toEqual(late.length === 0 ? {} : { OK: late.length });
  }
  await writing.end(postgres.superuserUrl, report);
  const { OK = 0, UNAVAILABLE = 0, TIMEOUT = 0, ...others } = codesOf(load.exchanges());
  report.sawAll({ OK, UNAVAILABLE, TIMEOUT });
  expect(others).toEqual({});
  await endSoundly(program);
});

const lastCodesOf = ({ clients }: Load) => clients.map(({ exchanges }) => exchanges.at(-1)?.code);
