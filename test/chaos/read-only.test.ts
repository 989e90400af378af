import { expect } from "vitest";
import { prepareProgram } from "../support/program.ts";
import { HttpClient } from "./support/client.ts";
import { endSoundly } from "./support/end-soundly.ts";
import { eventually } from "./support/eventually.ts";
import { ALLOWANCE_MS, fault } from "./support/fault.ts";
import { codesOf } from "./support/load.ts";
import { preparePostgres } from "./support/postgres.ts";
import { startWriting } from "./support/writers.ts";

/** From when the database can be written to until writes are stored. */
const RECOVERY_MS = 2000 + ALLOWANCE_MS;

const postgres = preparePostgres();
const test = prepareProgram();

const READ = "{ assets { totalCount } }";
const WRITE = `mutation { createAsset(input: { name: "refused", assetType: "table" }) { asset { id } } }`;

/** What a read-only database lets do, and how it refuses the rest. */
async function expectReadsOnly(url: string): Promise<void> {
  const client = new HttpClient(() => url, "reader");
  await eventually(async () => expect((await client.send(READ)).code).toBe("OK"));
  for (let turn = 0; turn < 3; turn += 1) {
    expect((await client.send(READ)).answer).toMatchObject({
      data: { assets: { totalCount: 0 } },
      errors: [],
    });
    expect((await client.send(WRITE)).answer?.errors).toMatchObject([
      {
        message: "The database cannot store anything now; nothing was done, and the call may be repeated.",
        extensions: { code: "UNAVAILABLE", retryable: true },
      },
    ]);
  }
  client.close();
}

fault(
  "a failover: the database is a standby, until it is promoted",
  { short: 1, long: 20 },
  async (times, report) => {
    const environment = { DATABASE_URL: postgres.applicationUrl };
    const { url, program } = await test.serve(environment);
    const writing = startWriting(() => url, 4);
    for (let time = 0; time < times; time += 1) {
      await writing.untilServed(5);
      await postgres.stop(time % 2 === 0 ? "fast" : "immediate");
      await postgres.startAsStandby();
      report.injected();
      await writing.load.during(expectReadsOnly(url));
      const beside = await test.serve(environment);
      await writing.load.during(expectReadsOnly(beside.url));
      await endSoundly(beside.program);
      await postgres.promote();
      const servedMs = await writing.untilServed(1);
      report.measured("slowest first good answer, ms", servedMs);
      expect(servedMs).toBeLessThan(RECOVERY_MS);
    }
    await writing.end(postgres.superuserUrl, report);
    const { OK = 0, UNAVAILABLE = 0, ...others } = codesOf(writing.load.exchanges());
    report.sawAll({ OK, UNAVAILABLE });
    expect(others).toEqual({});
    await endSoundly(program);
  },
);
