import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { expect } from "vitest";
import { prepareProgram } from "../support/program.ts";
import { HttpClient } from "./support/client.ts";
import { mountDisk } from "./support/disk.ts";
import { endSoundly } from "./support/end-soundly.ts";
import { eventually } from "./support/eventually.ts";
import { ALLOWANCE_MS, fault, type Report } from "./support/fault.ts";
import { codesOf } from "./support/load.ts";
import { preparePostgres } from "./support/postgres.ts";
import { startWriting, type Writing } from "./support/writers.ts";

/** From when there is space again until writes are stored. */
const RECOVERY_MS = 2000 + ALLOWANCE_MS;
/** How long the disk stays full. */
const FULL_MS = 500;

const MANY = `mutation ($assets: [CreateAssetInput!]!) {
  upsertAssets(input: { assets: $assets }) { createdCount }
}`;
/** More than fits into what the tables have left. */
const manyAssets = () =>
  Array.from({ length: 20 }, () => ({
    name: randomUUID(),
    assetType: "table",
    description: randomBytes(1000).toString("hex"),
  }));

const REFUSED = {
  message: "The database cannot store anything now; nothing was done, and the call may be repeated.",
  extensions: { code: "UNAVAILABLE", retryable: true },
};

const disk = mountDisk(160);
const postgres = preparePostgres({ max_wal_size: "64MB" }, disk && join(disk.folder, "data"));
const test = prepareProgram();

/** Fills the disk so many times while clients write, and frees it again. Nothing may be lost, and no other error be told. */
async function fillAgainAndAgain(
  times: number,
  report: Report,
  {
    before = async () => undefined,
    whileFull,
    afterwards = async () => undefined,
  }: {
    readonly before?: () => Promise<void>;
    readonly whileFull: (writing: Writing, url: string) => Promise<void>;
    readonly afterwards?: () => Promise<void>;
  },
): Promise<void> {
  if (disk === undefined) return report.leaveOut("this user cannot mount a small disk");
  const { url, program } = await test.serve({ DATABASE_URL: postgres.applicationUrl });
  const writing = startWriting(() => url, 4);
  for (let time = 0; time < times; time += 1) {
    await writing.untilServed(5);
    await before();
    disk.fill();
    report.injected();
    await whileFull(writing, url);
    disk.free();
    await afterwards();
    const servedMs = await writing.untilServed(5);
    report.measured("slowest until served again, ms", servedMs);
    expect(servedMs).toBeLessThan(RECOVERY_MS);
  }
  await writing.end(postgres.superuserUrl, report);
  const { OK = 0, UNAVAILABLE = 0, ...others } = codesOf(writing.load.exchanges());
  report.sawAll({ OK, UNAVAILABLE });
  expect(others).toEqual({});
  await endSoundly(program);
}

fault("the disk of the database is full", { short: 1, long: 20 }, (times, report) =>
  fillAgainAndAgain(times, report, {
    whileFull: async ({ load }, url) => {
      const client = new HttpClient(() => url, "large");
      const isRefused = async () => {
        const { answer } = await client.send(MANY, { assets: manyAssets() });
        expect(answer?.errors).toMatchObject([REFUSED]);
      };
      await load.during(eventually(isRefused));
      for (const until = Date.now() + FULL_MS; Date.now() < until; await delay(10)) {
        expect(await client.send("{ workflows { totalCount } }")).toMatchObject({ code: "OK" });
        report.saw("right reads meanwhile");
      }
      client.close();
    },
  }),
);

fault(
  "the disk has no room for the write-ahead log, so that PostgreSQL ends",
  { short: 1, long: 20 },
  (times, report) => {
    // Connected before: a full disk may let no new session in, and PostgreSQL live on.
    let superuser = new pg.Client();
    return fillAgainAndAgain(times, report, {
      async before() {
        superuser = new pg.Client({ connectionString: postgres.superuserUrl });
        superuser.on("error", () => {});
        await superuser.connect();
      },
      async whileFull({ load }) {
        const hasEnded = () => expect(superuser.query("SELECT pg_switch_wal()")).rejects.toThrow(/onnection/);
        await load.during(eventually(hasEnded));
        await postgres.stop("kill");
      },
      afterwards: postgres.start,
    });
  },
);
