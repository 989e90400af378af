import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { withClient } from "../setup/connection.ts";
import { untilBlocked } from "../support/concurrency.ts";
import { prepareProgram } from "../support/program.ts";
import { busySessions } from "../support/sessions.ts";
import { prepareStorage } from "../support/storage.ts";
import { HttpClient } from "./support/client.ts";
import { endSoundly } from "./support/end-soundly.ts";
import { eventually } from "./support/eventually.ts";
import { ALLOWANCE_MS, fault } from "./support/fault.ts";
import { codesOf } from "./support/load.ts";

const LIMIT_MS = 300;
/** From when a time is over until no session is busy, and who waited is told. */
const LATE_MS = 500 + ALLOWANCE_MS;

const storage = prepareStorage();
const test = prepareProgram();

const CREATE = `mutation ($name: String!) {
  createAsset(input: { name: $name, assetType: "table", tags: ["late"] }) { asset { id } }
}`;
const COUNT = "{ assets { totalCount } }";
/** By the way that they are executed. */
const DOCUMENTS = {
  "a read": COUNT,
  "a heavy read": "{ assets(first: 1000) { nodes { id name tags } } }",
  "a write": CREATE,
};

const serve = (limit: "STATEMENT_TIMEOUT_MS" | "IDLE_IN_TRANSACTION_TIMEOUT_MS") =>
  test.serve({
    DATABASE_URL: storage.database.applicationUrl,
    ...{ AUTH_MODE: "header", POOL_MAX: "4", HEAVY_WORKERS: "1", [limit]: String(LIMIT_MS) },
  });

/** Waits until the service has no transaction and no statement. Returns how long that took, in milliseconds. */
const untilIdle = () => eventually(async () => expect(await busySessions(storage.database)).toEqual([]));

fault("statements that take longer than they may", { short: 1, long: 50 }, async (times, report) => {
  const { url, program } = await serve("STATEMENT_TIMEOUT_MS");
  const clients = Object.values(DOCUMENTS).map((document, number) => ({
    document,
    client: new HttpClient(() => url, `slow-${number}`),
  }));
  const askAll = () =>
    Promise.all(clients.map(({ client, document }) => client.send(document, { name: randomUUID() })));
  await askAll(); // which starts what is started once
  await withClient(storage.database.ownerUrl, async (owner) => {
    for (let time = 0; time < times; time += 1) {
      await owner.query("BEGIN; LOCK TABLE assets IN ACCESS EXCLUSIVE MODE");
      const exchanges = await askAll();
      report.injected(exchanges.length);
      expect(codesOf(exchanges)).toEqual({ TIMEOUT: exchanges.length });
      for (const { sentAt, endedAt } of exchanges) {
        report.measured("slowest TIMEOUT, ms", endedAt - sentAt);
        expect(endedAt - sentAt).toBeGreaterThan(LIMIT_MS);
        expect(endedAt - sentAt).toBeLessThan(LIMIT_MS + LATE_MS);
      }
      expect(await untilIdle()).toBeLessThan(LATE_MS);
      await owner.query("COMMIT");
      report.sawAll(codesOf(await askAll()));
    }
  });
  const answers = clients.flatMap(({ client }) => client.exchanges);
  expect(codesOf(answers)).toEqual({ OK: 3 * (times + 1), TIMEOUT: 3 * times });
  const [, , writer] = clients;
  expect((await writer?.client.send(COUNT))?.answer?.data).toEqual({ assets: { totalCount: times + 1 } });
  for (const { client } of clients) client.close();
  await endSoundly(program);
});

fault("a server that freezes in a transaction", { short: 1, long: 50 }, async (times, report) => {
  const { url, program } = await serve("IDLE_IN_TRANSACTION_TIMEOUT_MS");
  const client = new HttpClient(() => url, "frozen");
  await client.send(COUNT);
  await withClient(storage.database.ownerUrl, async (owner) => {
    for (let time = 0; time < times; time += 1) {
      await owner.query("BEGIN; LOCK TABLE assets IN ACCESS EXCLUSIVE MODE");
      const answering = client.send(CREATE, { name: `asset ${time}` });
      await untilBlocked(storage.database);
      program.process.kill("SIGSTOP");
      await owner.query("COMMIT"); // and the statement comes to its end, after which nobody commits
      report.injected();
      const idleMs = await untilIdle();
      program.process.kill("SIGCONT");
      report.measured("slowest until no session is left, ms", idleMs);
      expect(idleMs).toBeLessThan(LIMIT_MS + LATE_MS);
      const { code } = await answering;
      report.saw(code);
      expect(code).toBe("TIMEOUT");
      expect(await client.send(CREATE, { name: `asset ${time}` })).toMatchObject({ code: "OK" });
    }
  });
  expect((await client.send(COUNT)).answer?.data).toEqual({ assets: { totalCount: times } });
  client.close();
  await endSoundly(program);
});
