import { setTimeout as delay } from "node:timers/promises";
import { sql } from "drizzle-orm";
import pg from "pg";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { TimeoutError } from "../../../src/errors.ts";
import { withClient, withDatabase } from "../../setup/connection.ts";
import { createTestDatabase } from "../../setup/database.ts";
import { POOL_SIZE } from "../../setup/pooler.ts";
import { newAsset } from "../../support/factories.ts";
import { alterDatabase } from "../../support/owner.ts";
import { refusal } from "../../support/refusal.ts";
import { sleep, sleepInTransaction } from "../../support/sleep.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();
const BACKEND = "SELECT pg_backend_pid() AS pid, current_setting('app.current_tenant', true) AS tenant";

/** Rows of the pooler's own console about this file's database. */
function show(what: "POOLS" | "STATS"): Promise<Record<string, string>[]> {
  const { applicationUrl } = storage.database;
  return withClient(withDatabase(applicationUrl, "pgbouncer"), async (console) => {
    const { rows } = await console.query<Record<string, string>>(`SHOW ${what}`);
    return rows.filter(({ database }) => database === new URL(applicationUrl).pathname.slice(1));
  });
}

describe("the pooler", () => {
  it("is in transaction mode, and the application's transactions go through it", async () => {
    const before = Number((await show("STATS"))[0]?.total_xact_count ?? 0);
    for (let round = 0; round < 5; round += 1) await storage.system.run(({ assets }) => assets.count());
    expect(Number((await show("STATS"))[0]?.total_xact_count ?? 0)).toBeGreaterThanOrEqual(before + 5);
    expect(await show("POOLS")).toMatchObject([{ pool_mode: "transaction" }]);
  });

  it("gives a server connection from one client to the other, with what was set on it for the session", async () => {
    const clients = [1, 2].map(() => new pg.Client({ connectionString: storage.database.applicationUrl }));
    const [first, second] = clients as [pg.Client, pg.Client];
    await Promise.all(clients.map((client) => client.connect()));
    onTestFinished(async () => {
      await Promise.all(clients.map((client) => client.end()));
    });
    await first.query("SET app.current_tenant = 'left-behind'");
    const [held] = (await first.query(BACKEND)).rows;
    const [given] = (await second.query(BACKEND)).rows;
    expect(given).toEqual({ ...held, tenant: "left-behind" });
  });
});

describe("behind it", () => {
  const tenants = Array.from({ length: 6 }, () => storage.newTenant());
  const ids = new Map<string, string>();

  beforeAll(async () => {
    for (const tenant of tenants) {
      const { id } = await tenant.run(({ assets }) => assets.insert(newAsset()));
      ids.set(tenant.id, id);
    }
  });

  it("tenants at once take turns on few server connections, and each sees its own", async () => {
    const database = storage.openDatabase({ pool: { max: tenants.length } });
    const seen = new Map<number, Set<string>>();
    const look = ({ id }: { readonly id: string }) =>
      database.transaction({ ownTenant: id, actor: id }, { access: "read" }, (connection) =>
        connection.operation("test.look", {}, async (db) => {
          const { rows } = await db.execute<{ pid: number; tenant: string }>(sql.raw(BACKEND));
          const visible = await db.execute(sql`SELECT id FROM assets`);
          expect(rows).toMatchObject([{ tenant: id }]);
          expect(visible.rows).toEqual([{ id: ids.get(id) }]);
          const { pid } = rows[0] as (typeof rows)[number];
          seen.set(pid, (seen.get(pid) ?? new Set()).add(id));
        }),
      );
    await Promise.all(
      tenants.map(async (tenant) => {
        for (let round = 0; round < 20; round += 1) await look(tenant);
      }),
    );
    expect(seen.size).toBeLessThanOrEqual(POOL_SIZE);
    expect(Math.max(...[...seen.values()].map(({ size }) => size))).toBeGreaterThan(1);
  });

  it("what nobody waits for is cancelled, and neither it nor a late request to cancel harms the next one", async () => {
    const database = storage.openDatabase({ pool: { max: 1 } });
    for (let round = 0; round < 30; round += 1) {
      const controller = new AbortController();
      const cancelled = sleepInTransaction(database, 60, { signal: controller.signal });
      const next = sleepInTransaction(database, 0.01);
      setTimeout(() => controller.abort(), round);
      await expect(cancelled).rejects.toMatchObject({ name: "AbortError" });
      await next;
    }
    expect(await show("POOLS")).toMatchObject([{ cl_waiting: 0, sv_active: 0 }]);
  });

  it("a transaction has the limits that it is told", async () => {
    const timeouts = { statementMs: 50, idleInTransactionMs: 50 };
    const database = storage.openDatabase({ timeouts, pool: { max: 1 } });
    await refusal(sleepInTransaction(database, 60), TimeoutError);
    const pausing = database.transaction(
      { ownTenant: "a", actor: "a" },
      { access: "read" },
      async (connection) => {
        await sleep(connection, 0);
        await delay(500);
        await sleep(connection, 0);
      },
    );
    await refusal(pausing, TimeoutError);
    await sleepInTransaction(database, 0);
  });

  it("a limit that is set for the role holds, where one in the connection string is refused", async () => {
    const database = await createTestDatabase();
    onTestFinished(() => database.drop());
    const { username, pathname } = new URL(database.applicationUrl);
    await alterDatabase(
      database,
      `ALTER ROLE ${username} IN DATABASE ${pathname.slice(1)} SET statement_timeout = '50ms'`,
    );
    const sleeping = storage
      .openDatabase({ timeouts: { statementMs: 0 } }, database.applicationUrl)
      .transaction({ ownTenant: "a", actor: "a" }, { access: "read" }, (connection) =>
        connection.operation("test.sleep", {}, (db) => db.execute(sql`SELECT pg_sleep(10)`)),
      );
    await refusal(sleeping, TimeoutError);

    const url = new URL(database.applicationUrl);
    url.searchParams.set("options", "-c statement_timeout=50");
    await expect(withClient(url.href, (client) => client.query("SELECT 1"))).rejects.toMatchObject({
      code: "08P01",
      message: expect.stringContaining("options"),
    });
  });
});

it("a program that has not been told that prepared statements are lost finds out, and answers", async () => {
  const database = storage.openDatabase({ preparedStatements: true, pool: { max: POOL_SIZE + 2 } });
  const ask = () =>
    database.transaction({ ownTenant: "acme", actor: "acme" }, { access: "read" }, (connection) =>
      sleep(connection, 0.01),
    );
  for (let round = 0; round < 10; round += 1) await Promise.all(Array.from({ length: POOL_SIZE + 2 }, ask));
});
