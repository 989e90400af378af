import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { POOL_DEFAULTS } from "../../src/db/pool.ts";
import { UnavailableError } from "../../src/errors.ts";
import type { StorageLogger } from "../../src/logger.ts";
import { PostgresStorage } from "../../src/storage.ts";
import { Signal } from "../support/concurrency.ts";
import { collectLogLines } from "../support/log-lines.ts";
import { refusal } from "../support/refusal.ts";
import { sleepInTransaction } from "../support/sleep.ts";
import { prepareStorage } from "../support/storage.ts";

const storage = prepareStorage();

/** On a busy machine anything may be slow, which is not what these tests are about. */
const logged = (logger: StorageLogger) => ({ logger, slowOperationMs: 60_000 });

/** Takes a connection and keeps it until the signal. */
async function holdConnection(of: PostgresStorage, until: Signal): Promise<{ done: Promise<unknown> }> {
  const taken = new Signal();
  const done = of.withTenant("holder", async ({ assets }) => {
    await assets.count();
    taken.give();
    await until.wait();
  });
  await taken.wait();
  return { done };
}

/** From here on, nobody waits for more than 50 ms. On a busy machine, that is too little to connect. */
function losePatience({ pool }: PostgresStorage): void {
  pool.options.connectionTimeoutMillis = 50;
}

describe("a pool whose connections are all in use", () => {
  it("is told once, after one wait, as unavailable and safe to repeat", async () => {
    const { lines, logger } = collectLogLines();
    const small = storage.open({ pool: { max: 1 }, ...logged(logger) });
    const free = new Signal();
    const { done } = await holdConnection(small, free);
    losePatience(small);
    let attempts = 0;
    const work = small.withTenant("acme", ({ assets }) => {
      attempts += 1;
      return assets.count();
    });
    const error = await refusal(work, UnavailableError);
    expect(error).toMatchObject({ code: "UNAVAILABLE", transient: "exhausted", retryable: true });
    expect(attempts).toBe(1);
    expect(lines).toMatchObject([
      { level: "ERROR", message: "Database connection pool exhausted", tenant_id: "acme" },
    ]);
    free.give();
    await done;
    expect(await small.withTenant("acme", ({ assets }) => assets.count())).toBe(0);
  });

  it("is waited for again where the retry is told to", async () => {
    const retry = { attempts: 50, minDelayMs: 1, maxDelayMs: 5, kinds: ["exhausted"] as const };
    const small = storage.open({ pool: { max: 1 }, retry });
    const free = new Signal();
    const { done } = await holdConnection(small, free);
    losePatience(small);
    let attempts = 0;
    const work = small.withTenant("acme", ({ assets }) => {
      attempts += 1;
      if (attempts === 3) free.give();
      return assets.count();
    });
    expect(await work).toBe(0);
    expect(attempts).toBeGreaterThanOrEqual(3);
    await done;
  });

  it("serves those that wait in turn, and never opens more than its maximum", async () => {
    const small = storage.open({ pool: { max: 2 } });
    let widest = 0;
    const work = Array.from({ length: 20 }, (_, index) =>
      small.withTenant(`tenant-${index}`, async ({ assets }) => {
        widest = Math.max(widest, small.pool.totalCount);
        return assets.count({ scope: "own" });
      }),
    );
    expect(await Promise.all(work)).toEqual(work.map(() => 0));
    expect(widest).toBeLessThanOrEqual(2);
    expect(small.pool.totalCount).toBeLessThanOrEqual(2);
  });
});

describe("a database that lets nobody in", () => {
  it.each([
    ["that is not there", (url: URL) => Object.assign(url, { port: "1" })],
    ["of an unknown name", (url: URL) => Object.assign(url, { pathname: "/no_such_database" })],
    ["for an unknown user", (url: URL) => Object.assign(url, { username: "no_such_user" })],
  ])("%s is unavailable, after all tries, and its log says why", async (_, broken) => {
    const { lines, logger } = collectLogLines();
    const url = broken(new URL(storage.database.applicationUrl)).href;
    const away = new PostgresStorage(url, { retry: { attempts: 3, minDelayMs: 1 }, ...logged(logger) });
    const error = await refusal(
      away.withTenant("acme", ({ assets }) => assets.count()),
      UnavailableError,
    );
    await away.close();
    expect(error).toMatchObject({ transient: "connect", retryable: true });
    expect(error.message).not.toMatch(/password|no_such_user|127\.0\.0\.1|no_such_database/);
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      expect(line).toMatchObject({
        level: "ERROR",
        message: "Database connection failed",
        tenant_id: "acme",
      });
    }
    expect(JSON.stringify(lines)).not.toContain(new URL(storage.database.applicationUrl).password);
  });
});

describe("closing a storage", () => {
  it("waits for what runs, and lets nothing new begin", async () => {
    const closing = new PostgresStorage(storage.database.applicationUrl, { retry: { attempts: 1 } });
    const free = new Signal();
    const { done } = await holdConnection(closing, free);
    let closed = false;
    const close = closing.close().then(() => {
      closed = true;
    });
    await refusal(
      closing.withTenant("late", ({ assets }) => assets.count()),
      UnavailableError,
    );
    expect(closed).toBe(false);
    free.give();
    await done;
    await close;
    expect(closing.pool.totalCount).toBe(0);
  });

  it("cuts a connection that is just being made to a server that says nothing", async () => {
    const mute = createServer().listen(0, "127.0.0.1");
    await once(mute, "listening");
    onTestFinished(() => void mute.close());
    const url = new URL(storage.database.applicationUrl);
    url.port = String((mute.address() as AddressInfo).port);
    const database = storage.openDatabase({ retry: { attempts: 1 } }, url.href);
    const waiting = refusal(sleepInTransaction(database, 0), UnavailableError);
    await expect.poll(() => database.pool.totalCount).toBe(1);
    const began = performance.now();
    await database.close(100);
    expect(performance.now() - began).toBeLessThan(POOL_DEFAULTS.acquireTimeoutMs / 3);
    expect(await waiting).toMatchObject({ transient: "connect" });
  });
});
