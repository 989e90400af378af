import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { TimeoutError } from "../../src/errors.ts";
import { newAsset } from "../support/factories.ts";
import { collectLogLines } from "../support/log-lines.ts";
import { refusal } from "../support/refusal.ts";
import { openRelay } from "../support/relay.ts";
import { busySessions, untilRunning } from "../support/sessions.ts";
import { SLEEPING, sleep, sleepInTransaction } from "../support/sleep.ts";
import { prepareStorage } from "../support/storage.ts";

const storage = prepareStorage();
const ALONE = { pool: { max: 1 }, slowOperationMs: 60_000 };

describe("a statement that takes longer than it may", () => {
  it("is ended by the server, and its connection is used on", async () => {
    const database = storage.openDatabase({ ...ALONE, timeouts: { statementMs: 100 } });
    const pid = await sleepInTransaction(database, 0);
    expect((await refusal(sleepInTransaction(database, 60), TimeoutError)).message).toBe(
      "The database did not answer in the time allowed.",
    );
    expect(await busySessions(storage.database)).toEqual([]);
    expect(await sleepInTransaction(database, 0)).toBe(pid);
  });

  it("may take its time where there is no limit", async () => {
    const database = storage.openDatabase({ ...ALONE, timeouts: { statementMs: 0 } });
    expect(await sleepInTransaction(database, 0.2)).toBeGreaterThan(0);
  });
});

describe("a transaction that waits for longer than it may", () => {
  const pausing = (access: "read" | "write", pauses: readonly string[]) => {
    const { lines, logger } = collectLogLines();
    const timeouts = { idleInTransactionMs: 100 };
    const database = storage.openDatabase({ ...ALONE, timeouts, logger });
    const work = database.transaction(
      { ownTenant: "idle", actor: "idle" },
      { access },
      async (connection) => {
        await sleep(connection, 0);
        while ((await busySessions(storage.database)).length > 0) await delay(5);
        for (const _ of pauses) await sleep(connection, 0);
      },
    );
    return { work, database, lines };
  };

  it.each([
    ["its next statement", ["one more"]],
    ["its commit", []],
  ])("is ended by the server, and a timeout at %s; its connection is closed", async (_, pauses) => {
    const { work, database, lines } = pausing("write", pauses);
    expect((await refusal(work, TimeoutError)).message).toBe(
      "The transaction waited for longer than it may; nothing was stored.",
    );
    expect(database.pool.totalCount).toBe(0);
    expect(lines).toMatchObject([
      { level: "WARN", message: "Database operation timed out", sqlstate: "25P03" },
    ]);
    await sleepInTransaction(database, 0);
    expect(await busySessions(storage.database)).toEqual([]);
  });
});

describe("a server that does not answer at all", () => {
  it.each([
    ["read", false],
    ["write", true],
  ] as const)(
    "is given up a little later than it should have answered, in a %s",
    async (access, isInDoubt) => {
      const { lines, logger } = collectLogLines();
      const relay = await openRelay(storage.database.applicationUrl);
      const database = storage.openDatabase({ ...ALONE, timeouts: { statementMs: 500 }, logger }, relay.url);
      const started = performance.now();
      const work = sleepInTransaction(database, 0.3, { access });
      await untilRunning(storage.database, SLEEPING);
      relay.stall();
      const outcome = await Promise.race([work, delay(10_000)]).catch((error: Error) => error);
      expect(outcome).toBeInstanceOf(TimeoutError);
      const { message } = outcome as TimeoutError;
      expect(performance.now() - started).toBeGreaterThan(2400);
      expect(message.includes("may or may not have been stored")).toBe(isInDoubt);
      expect(lines).toMatchObject([{ level: "WARN", message: "Database operation timed out" }]);
      expect(database.pool.totalCount).toBe(0);
      relay.recover();
      await sleepInTransaction(database, 0);
    },
  );

  it("is not taken for silent while this thread is busy", async () => {
    const database = storage.openDatabase({ ...ALONE, timeouts: { statementMs: 500 } });
    const work = sleepInTransaction(database, 0.2);
    await untilRunning(storage.database, SLEEPING);
    const busyUntil = performance.now() + 3000;
    while (performance.now() < busyUntil);
    expect(await work.catch((error: unknown) => error)).toEqual(expect.any(Number));
  });
});

it("what is stored within the limits is stored", async () => {
  const timeouts = { statementMs: 60_000, idleInTransactionMs: 60_000 };
  const limited = storage.open({ timeouts });
  await limited.withTenant("limited", ({ assets }) => assets.insert(newAsset()));
  expect(await storage.asTenant("limited", ({ assets }) => assets.count({ scope: "own" }))).toBe(1);
});
