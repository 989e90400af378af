import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { HeldClient } from "../../src/db/held-client.ts";
import { TimeoutError } from "../../src/errors.ts";
import { makeIdentity } from "../support/certificate.ts";
import { Signal } from "../support/concurrency.ts";
import { makeFolder, removeFolder } from "../support/embedded-server.ts";
import { newAsset } from "../support/factories.ts";
import { LINGERING, letCommitsLinger } from "../support/lingering-commit.ts";
import { collectLogLines } from "../support/log-lines.ts";
import { refusal } from "../support/refusal.ts";
import { openRelay } from "../support/relay.ts";
import { busySessions, timeUntilIdle, untilRunning } from "../support/sessions.ts";
import { SLEEPING, sleep, sleepInTransaction } from "../support/sleep.ts";
import { Statements } from "../support/statements.ts";
import { prepareStorage } from "../support/storage.ts";

const storage = prepareStorage();
const BINDING = { ownTenant: "acme", actor: "acme" };
const ALONE = { pool: { max: 1 }, slowOperationMs: 60_000 };

/** Has a statement run for a while, and cancels it once it runs. */
async function cancelSleep(database: Database, reason?: Error) {
  const controller = new AbortController();
  const outcome = sleepInTransaction(database, 5, { signal: controller.signal }).catch((error) => error);
  await untilRunning(storage.database, SLEEPING);
  controller.abort(reason);
  const idleAfter = await timeUntilIdle(storage.database);
  return { outcome: await outcome, idleAfter };
}

describe("a signal that aborts", () => {
  it("has the statement that runs cancelled on the server, and its connection is used on", async () => {
    const database = storage.openDatabase(ALONE);
    const pid = await sleepInTransaction(database, 0);
    const reason = new Error("mine");
    const { outcome, idleAfter } = await cancelSleep(database, reason);
    expect(outcome).toBe(reason);
    expect(idleAfter).toBeLessThan(500);
    expect(await sleepInTransaction(database, 0)).toBe(pid);
  });

  it("may come more than once to a connection: what runs is cancelled each time", async () => {
    const database = storage.openDatabase(ALONE);
    const client = new HeldClient(await database.pool.connect(), { silenceMs: 0 });
    client.cancel();
    for (const _ of ["once", "twice"]) {
      const outcome = client.query(`${SLEEPING} SELECT pg_sleep(60)`).catch((error) => error);
      await untilRunning(storage.database, SLEEPING);
      client.cancel();
      expect(await outcome).toMatchObject({ code: "57014" });
      await client.calm();
    }
    await client.giveBack(false);
  });

  it("has nothing run that was sent behind it or comes after it", async () => {
    const { lines, logger } = collectLogLines();
    const statements = new Statements();
    const database = storage.openDatabase({ ...ALONE, logger, observer: statements });
    const controller = new AbortController();
    const ends: string[] = [];
    const work = database.transaction(
      BINDING,
      { access: "read", signal: controller.signal },
      async (connection) => {
        const all = [60, 60, 60].map((seconds) =>
          sleep(connection, seconds).catch(() => ends.push("failed")),
        );
        await untilRunning(storage.database, SLEEPING);
        controller.abort();
        await Promise.all(all);
        await sleep(connection, 0).catch(() => ends.push("refused"));
      },
    );
    await expect(work).rejects.toMatchObject({ name: "AbortError" });
    expect(ends).toEqual(["failed", "failed", "failed", "refused"]);
    expect(statements.names).toHaveLength(3);
    expect(await busySessions(storage.database)).toEqual([]);
    // Who gave it up knows.
    expect(lines).toEqual([]);
  });

  it("stores nothing of a write, though every statement of it was done", async () => {
    const controller = new AbortController();
    const work = storage.asTenant(
      "cancelled",
      async ({ assets }) => {
        await assets.insert(newAsset());
        controller.abort();
      },
      { signal: controller.signal },
    );
    await expect(work).rejects.toMatchObject({ name: "AbortError" });
    expect(await storage.asTenant("cancelled", ({ assets }) => assets.count({ scope: "own" }))).toBe(0);
  });

  it("does not disturb a commit that has been sent: it is stored, and says so", async () => {
    await letCommitsLinger(storage.database);
    const controller = new AbortController();
    const work = storage.asTenant(
      "committing",
      ({ assets }) => assets.insert(newAsset({ name: LINGERING })),
      { signal: controller.signal },
    );
    await untilRunning(storage.database, "/* tenant.end */ COMMIT");
    controller.abort();
    expect(await work.catch((error: unknown) => error)).toMatchObject({
      name: LINGERING,
      assetType: "table",
    });
    expect(await storage.asTenant("committing", ({ assets }) => assets.count({ scope: "own" }))).toBe(1);
  });

  it("because its time is over is a timeout, and logged as such", async () => {
    const { lines, logger } = collectLogLines();
    const database = storage.openDatabase({ ...ALONE, logger });
    const work = sleepInTransaction(database, 60, { signal: AbortSignal.timeout(200) });
    expect((await refusal(work, TimeoutError)).message).toBe("The time allowed for the operation is over.");
    expect(lines).toMatchObject([
      { level: "WARN", message: "Database operation timed out", span: { name: "test.sleep" } },
    ]);
  });

  it("before anything was done takes no connection", async () => {
    const database = storage.openDatabase(ALONE);
    const work = sleepInTransaction(database, 0, { signal: AbortSignal.abort() });
    await expect(work).rejects.toMatchObject({ name: "AbortError" });
    expect(database.pool.totalCount).toBe(0);
  });

  it("gives up the wait for a connection at once, and takes none that comes later", async () => {
    const database = storage.openDatabase(ALONE);
    const free = new Signal();
    const holder = database.transaction(BINDING, { access: "read" }, async (connection) => {
      await sleep(connection, 0);
      await free.wait();
    });
    while (database.pool.totalCount === 0) await delay(5);
    const controller = new AbortController();
    const waiting = sleepInTransaction(database, 0, { signal: controller.signal });
    const next = sleepInTransaction(database, 0);
    while (database.pool.waitingCount < 2) await delay(5);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
    free.give();
    await holder;
    expect(await Promise.race([next, delay(5000)])).toEqual(expect.any(Number));
    expect(database.pool.totalCount).toBe(1);
  });

  it("gives up the pause before the next try, and does not try again", async () => {
    const url = new URL(storage.database.applicationUrl);
    url.port = "1";
    const retry = { attempts: 10, minDelayMs: 60_000, maxDelayMs: 60_000 };
    let retries = 0;
    const retrying = () => {
      retries += 1;
    };
    const observer = Object.assign(new Statements(), { retrying });
    const database = storage.openDatabase({ retry, observer }, url.href);
    const controller = new AbortController();
    const work = sleepInTransaction(database, 0, { signal: controller.signal });
    while (retries === 0) await delay(5);
    controller.abort();
    await expect(work).rejects.toMatchObject({ name: "AbortError" });
    expect(retries).toBe(1);
  });
});

describe("the next one on the connection", () => {
  it("is never hit by a cancellation that comes late", async () => {
    const database = storage.openDatabase(ALONE);
    const outcomes = new Set<string>();
    for (let round = 0; round < 60; round += 1) {
      const controller = new AbortController();
      const cancelled = sleepInTransaction(database, 0.01, { signal: controller.signal });
      const next = sleepInTransaction(database, 0.01);
      // From before it begins until after its end.
      setTimeout(() => controller.abort(), round / 3);
      outcomes.add(
        await cancelled.then(
          () => "done",
          (error: Error) => error.name,
        ),
      );
      expect(await next.catch((error: unknown) => error)).toEqual(expect.any(Number));
    }
    expect(outcomes).toEqual(new Set(["done", "AbortError"]));
  });
});

describe("a connection whose server does not react", () => {
  it("is closed, and the next one gets another", async () => {
    const relay = await openRelay(storage.database.applicationUrl);
    const database = storage.openDatabase(ALONE, relay.url);
    const controller = new AbortController();
    const work = sleepInTransaction(database, 1, { signal: controller.signal });
    await untilRunning(storage.database, SLEEPING);
    relay.stall();
    const started = performance.now();
    controller.abort();
    await expect(work).rejects.toMatchObject({ name: "AbortError" });
    expect(performance.now() - started).toBeLessThan(4000);
    expect(database.pool.totalCount).toBe(0);
    relay.recover();
    await sleepInTransaction(database, 0);
  });
});

describe("over TLS", () => {
  it("is cancelled over TLS too, with the server's certificate checked", async () => {
    const identity = makeIdentity();
    const folder = makeFolder();
    onTestFinished(() => removeFolder(folder));
    const authority = join(folder, "authority.pem");
    await writeFile(authority, identity.cert);
    const relay = await openRelay(storage.database.applicationUrl, identity);
    const database = storage.openDatabase(ALONE, `${relay.url}?sslmode=verify-full&sslrootcert=${authority}`);
    const { outcome, idleAfter } = await cancelSleep(database);
    expect(outcome).toMatchObject({ name: "AbortError" });
    expect(idleAfter).toBeLessThan(500);
    expect(relay.connections).toBe(2);
  });
});
