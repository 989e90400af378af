import { setTimeout as delay } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { InternalError, UnavailableError } from "../../src/errors.ts";
import { withClient, withDatabase } from "../setup/connection.ts";
import { Signal } from "../support/concurrency.ts";
import { collectLogLines } from "../support/log-lines.ts";
import { refusal } from "../support/refusal.ts";
import { openRelay } from "../support/relay.ts";
import { sleep, sleepInTransaction } from "../support/sleep.ts";
import { prepareStorage } from "../support/storage.ts";

const storage = prepareStorage();
const BINDING = { ownTenant: "acme", actor: "acme" };
const ONCE = { retry: { attempts: 1 }, slowOperationMs: 60_000 };

/** A database behind a relay, with a circuit breaker that opens after three failures. */
async function openGuarded(probeAfterMs: number) {
  const { lines, logger } = collectLogLines();
  const relay = await openRelay(storage.database.applicationUrl);
  const circuitBreaker = { failures: 3, probeAfterMs };
  const database = storage.openDatabase({ ...ONCE, pool: { max: 5 }, circuitBreaker, logger }, relay.url);
  const refused = async () => (await refusal(sleepInTransaction(database, 0), UnavailableError)).transient;
  return { relay, database, refused, messages: () => lines.map(({ message }) => message) };
}

describe("a circuit breaker", () => {
  it("opens when connections fail in a row, and then refuses without trying", async () => {
    const { relay, database, refused, messages } = await openGuarded(60_000);
    expect(database.circuit).toBe("closed");
    relay.cut();
    for (let failure = 0; failure < 3; failure += 1) expect(await refused()).toBe("connect");
    expect(database.circuit).toBe("open");
    const tried = relay.connections;
    const { message, retryable } = await refusal(sleepInTransaction(database, 0), UnavailableError);
    expect({ message, retryable }).toEqual({
      message: "The database has been out of reach; nothing was done, and the call may be repeated.",
      retryable: true,
    });
    expect(relay.connections).toBe(tried);
    expect(messages().sort()).toEqual([
      ...Array.from({ length: 3 }, () => "Database connection failed"),
      "Database out of reach",
    ]);
  });

  it("lets one at a time try after a while, and all when it succeeds", async () => {
    const { relay, database, refused, messages } = await openGuarded(100);
    relay.cut();
    for (let failure = 0; failure < 3; failure += 1) await refused();
    await expect.poll(() => database.circuit).toBe("half-open");
    const tried = relay.connections;
    expect((await Promise.all([refused(), refused(), refused()])).sort()).toEqual([
      "circuit",
      "circuit",
      "connect",
    ]);
    expect(relay.connections).toBe(tried + 1);
    relay.recover();
    await expect.poll(() => database.circuit).toBe("half-open");
    await sleepInTransaction(database, 0);
    expect(database.circuit).toBe("closed");
    expect(messages().at(-1)).toBe("Database within reach again");
  });

  it("does not count a wait for a connection that is in use, nor what a statement fails with", async () => {
    const circuitBreaker = { failures: 1, probeAfterMs: 60_000 };
    const database = storage.openDatabase({ ...ONCE, pool: { max: 1 }, circuitBreaker });
    const free = new Signal();
    const holder = database.transaction(BINDING, { access: "read" }, async (connection) => {
      await sleep(connection, 0);
      await free.wait();
    });
    await expect.poll(() => database.pool.totalCount).toBe(1);
    database.pool.options.connectionTimeoutMillis = 50;
    const error = await refusal(sleepInTransaction(database, 0), UnavailableError);
    expect(error.transient).toBe("exhausted");
    free.give();
    await holder;
    const wrong = database.transaction(BINDING, { access: "read" }, (connection) =>
      connection.operation("test.wrong", {}, (db) => db.execute(sql`SELECT 1 / 0`)),
    );
    await refusal(wrong, InternalError);
    expect(database.circuit).toBe("closed");
  });

  /** Has two transactions at once, of which the database lets in one. */
  async function letInOne(database: Database, rule: string): Promise<void> {
    const name = new URL(storage.database.applicationUrl).pathname.slice(1);
    await sleepInTransaction(database, 0);
    await withClient(withDatabase(storage.database.ownerUrl, "postgres"), async (owner) => {
      await owner.query(`ALTER DATABASE ${name} ${rule}`);
      try {
        const outcomes = await Promise.allSettled([1, 2].map(() => sleepInTransaction(database, 0.3)));
        expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      } finally {
        await owner.query(`ALTER DATABASE ${name} CONNECTION LIMIT -1 ALLOW_CONNECTIONS true`);
      }
    });
  }

  it("does not keep anybody from an idle connection", async () => {
    const circuitBreaker = { failures: 1, probeAfterMs: 60_000 };
    const database = storage.openDatabase({ ...ONCE, circuitBreaker });
    await letInOne(database, "ALLOW_CONNECTIONS false");
    expect(database.circuit).toBe("open");
    await sleepInTransaction(database, 0);
  });

  it("does not keep anybody from a connection that is in use, where no more may be made", async () => {
    const circuitBreaker = { failures: 1, probeAfterMs: 60_000 };
    const database = storage.openDatabase({ ...ONCE, pool: { max: 2 }, circuitBreaker });
    await letInOne(database, "ALLOW_CONNECTIONS false");
    expect(database.circuit).toBe("open");
    database.pool.options.max = 1;
    await Promise.all([1, 2].map(() => sleepInTransaction(database, 0.1)));
    expect(database.circuit).toBe("open");
  });

  it("does not take a database that has too many connections for one that is away", async () => {
    const database = storage.openDatabase({ ...ONCE, circuitBreaker: { failures: 1, probeAfterMs: 60_000 } });
    await letInOne(database, "CONNECTION LIMIT 1");
    expect(database.circuit).toBe("closed");
  });

  it("spares those the wait that could only wait for connections that are just being made, in vain", async () => {
    const relay = await openRelay(storage.database.applicationUrl);
    relay.stall();
    const circuitBreaker = { failures: 1, probeAfterMs: 60_000 };
    const pool = { max: 1, acquireTimeoutMs: 2000 };
    const database = storage.openDatabase({ ...ONCE, pool, circuitBreaker }, relay.url);
    const refused = async () => (await refusal(sleepInTransaction(database, 0), UnavailableError)).transient;
    const first = refused();
    await expect.poll(() => database.pool.totalCount).toBe(1);
    // Later, so that its own wait is not over with the first one's.
    await delay(700);
    const next = refused();
    expect(await first).toBe("connect");
    // What waited has the connection that is being made now, which fills the pool.
    expect(database.pool.totalCount).toBe(1);
    expect(await refused()).toBe("circuit");
    await next;
  });

  it("is none unless it is asked for", async () => {
    const url = new URL(storage.database.applicationUrl);
    url.port = "1";
    const database = storage.openDatabase(ONCE, url.href);
    for (let failure = 0; failure < 10; failure += 1)
      expect((await refusal(sleepInTransaction(database, 0), UnavailableError)).transient).toBe("connect");
    expect(database.circuit).toBeUndefined();
  });
});
