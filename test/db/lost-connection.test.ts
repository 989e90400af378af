import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { TimeoutOptions } from "../../src/db/timeouts.ts";
import { TimeoutError, UnavailableError } from "../../src/errors.ts";
import { Signal, terminateBackends, untilBlocked } from "../support/concurrency.ts";
import { newAsset, storeAsset } from "../support/factories.ts";
import { collectLogLines } from "../support/log-lines.ts";
import { storedRows } from "../support/owner.ts";
import { refusal } from "../support/refusal.ts";
import { openRelay } from "../support/relay.ts";
import { untilRunning } from "../support/sessions.ts";
import { SLEEPING, sleepInTransaction } from "../support/sleep.ts";
import { Statements } from "../support/statements.ts";
import { prepareStorage } from "../support/storage.ts";

const storage = prepareStorage();
const FAST = { minDelayMs: 1 };

async function storedCount(tenantId: string): Promise<unknown> {
  const query = "SELECT count(*)::int AS count FROM assets WHERE tenant_id = $1";
  const [row] = await storedRows<{ count: number }>(storage.database, query, [tenantId]);
  return row?.count;
}

describe("a connection that the database ends", () => {
  it("while idle is noted and replaced, and nobody notices", async () => {
    const { lines, logger } = collectLogLines();
    const watched = storage.open({ pool: { max: 1 }, slowOperationMs: 60_000, logger });
    await watched.withTenant("acme", ({ assets }) => assets.count());
    expect(await terminateBackends(storage.database, "/* tenant.end */ COMMIT")).toBeGreaterThan(0);
    while (watched.pool.totalCount > 0) await delay(5);
    expect(lines).toMatchObject([
      { level: "ERROR", message: "Database connection lost while idle", error: { code: "57P01" } },
    ]);
    // `pg` hangs the whole client on such an error, with what it takes to cancel its statements.
    expect(JSON.stringify(lines)).not.toMatch(/secretKey|password/);
    expect(await watched.withTenant("acme", ({ assets }) => assets.count())).toBe(0);
  });

  it("between two statements of a write is told, not repeated, and nothing is stored", async () => {
    const watched = storage.open({ retry: FAST });
    let attempts = 0;
    const name = newAsset().name;
    const work = watched.withTenant("between", async ({ assets }) => {
      attempts += 1;
      await assets.insert({ name, assetType: "table" });
      await terminateBackends(storage.database, "/* asset.insert */");
      await assets.count();
    });
    const error = await refusal(work, UnavailableError);
    expect(error).toMatchObject({ transient: "interrupted", retryable: false });
    expect(error.message).toContain("look before you repeat it");
    expect(attempts).toBe(1);
    expect(await storedCount("between")).toBe(0);
    expect(watched.pool.totalCount).toBe(0);
  });

  it("before the commit of a write is told, and nothing is stored", async () => {
    const watched = storage.open({ retry: FAST });
    const work = watched.withTenant("commit", async ({ assets }) => {
      await assets.insert(newAsset());
      await terminateBackends(storage.database, "/* asset.insert */");
      return "stored";
    });
    const error = await refusal(work, UnavailableError);
    expect(error).toMatchObject({ transient: "interrupted", retryable: false });
    expect(await storedCount("commit")).toBe(0);
  });

  it("during a statement of a write is told by its SQLSTATE", async () => {
    const tenant = storage.newTenant();
    const { id } = await storeAsset(tenant);
    const { lines, logger } = collectLogLines();
    const watched = storage.open({ retry: FAST, logger });
    const [locked, free] = [new Signal(), new Signal()];
    const holder = tenant.run(async ({ assets }) => {
      await assets.update(id, { owner: "holder" });
      locked.give();
      await free.wait();
    });
    await locked.wait();
    const work = watched.withTenant(tenant.id, ({ assets }) => assets.update(id, { owner: "waiter" }));
    const refused = refusal(work, UnavailableError);
    await untilBlocked(storage.database);
    await terminateBackends(storage.database, "/* asset.update */ update");
    free.give();
    await Promise.allSettled([holder]);
    expect(await refused).toMatchObject({ transient: "interrupted", retryable: false });
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: "ERROR",
        message: "Database connection failed",
        sqlstate: "57P01",
        span: expect.objectContaining({ name: "asset.update", asset_id: id }),
      }),
    );
  });

  it.each([
    ["a read", { readOnly: true }],
    ["work that may be repeated", { repeatable: true }],
  ])("in the middle of %s has it tried again", async (_, options) => {
    const watched = storage.open({ retry: FAST });
    let attempts = 0;
    const count = await watched.withTenant(
      "again",
      async ({ assets }) => {
        attempts += 1;
        await assets.count();
        if (attempts === 1) await terminateBackends(storage.database, "/* asset.count */");
        return assets.count();
      },
      options,
    );
    expect(count).toBe(0);
    expect(attempts).toBe(2);
  });
});

describe("a connection that the network ends", () => {
  it("in the middle of a read has it tried again, until there is one", async () => {
    const relay = await openRelay(storage.database.applicationUrl);
    const observer = new Statements();
    const database = storage.openDatabase({ retry: { minDelayMs: 50, attempts: 20 }, observer }, relay.url);
    const reading = sleepInTransaction(database, 0.5);
    await untilRunning(storage.database, SLEEPING);
    relay.cut();
    while (relay.connections < 3) await delay(5);
    relay.recover();
    expect(await reading).toBeGreaterThan(0);
    expect(observer.names).toEqual(["test.sleep", "test.sleep"]);
  });
});

describe("a statement that takes too long for the database", () => {
  const withSetting = (setting: string) => {
    const url = new URL(storage.database.applicationUrl);
    url.searchParams.set("options", `-c ${setting}`);
    return url.href;
  };

  async function blockedUpdate(timeouts: TimeoutOptions, setting: string) {
    const tenant = storage.newTenant();
    const { id } = await storeAsset(tenant);
    const { lines, logger } = collectLogLines();
    const options = { retry: { attempts: 3, minDelayMs: 1 }, timeouts, logger };
    const impatient = storage.open(options, withSetting(setting));
    let attempts = 0;
    const [locked, free] = [new Signal(), new Signal()];
    const holder = tenant.run(async ({ assets }) => {
      await assets.update(id, { owner: "holder" });
      locked.give();
      await free.wait();
    });
    await locked.wait();
    const work = impatient.withTenant(tenant.id, ({ assets }) => {
      attempts += 1;
      return assets.update(id, { owner: "waiter" });
    });
    const outcome = await work.catch((error: unknown) => error);
    free.give();
    await holder;
    return { outcome, lines, attempts };
  }

  it.each([
    ["as it is told", { statementMs: 50 }, "statement_timeout=60s"],
    ["as its role says, where it is told nothing", { statementMs: 0 }, "statement_timeout=50ms"],
  ])("%s is a timeout, which is not tried again", async (_, timeouts, setting) => {
    const { outcome, lines, attempts } = await blockedUpdate(timeouts, setting);
    expect(outcome).toBeInstanceOf(TimeoutError);
    expect(attempts).toBe(1);
    expect(lines).toContainEqual(
      expect.objectContaining({ level: "WARN", message: "Database operation timed out", sqlstate: "57014" }),
    );
  });

  it("to wait for a lock is tried again, and then unavailable", async () => {
    const { outcome, attempts } = await blockedUpdate({}, "lock_timeout=20ms");
    expect(outcome).toBeInstanceOf(UnavailableError);
    expect(outcome).toMatchObject({ transient: "lock", retryable: true });
    expect(attempts).toBe(3);
  });
});
