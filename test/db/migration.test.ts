import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { isMigrated } from "../../src/db/migration-state.ts";
import { MigrationError, runMigrations } from "../../src/db/migrations.ts";
import { PostgresStorage } from "../../src/storage.ts";
import { withClient } from "../setup/connection.ts";
import type { TestDatabase } from "../setup/database.ts";
import { createEmptyDatabase } from "../support/empty-database.ts";
import { newAsset } from "../support/factories.ts";
import { TABLES } from "../support/owner.ts";

const databases: TestDatabase[] = [];
const logins: string[] = [];
let database: TestDatabase;
let pools: pg.Pool[] = [];

beforeEach(async () => {
  database = await createEmptyDatabase();
  databases.push(database);
});
afterEach(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  pools = [];
});
afterAll(async () => {
  const [first] = databases;
  const roles = logins.map((login) => `DROP ROLE IF EXISTS ${pg.escapeIdentifier(login)}`).join("; ");
  await Promise.all(databases.slice(1).map((each) => each.drop()));
  if (first === undefined) return;
  await withClient(first.ownerUrl, (owner) => owner.query(roles));
  await first.drop();
});

function openPool(url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  pools.push(pool);
  return pool;
}

/** A login that this file has made or will make; roles belong to the whole server. */
function newLogin(name = "servo_test"): string {
  const login = `${name}_${randomBytes(4).toString("hex")}`;
  logins.push(login);
  return login;
}

async function tablesOf({ ownerUrl }: TestDatabase): Promise<string[]> {
  return withClient(ownerUrl, async (owner) => {
    const { rows } = await owner.query<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname IN ('public', 'drizzle')",
    );
    return rows.map(({ name }) => name).toSorted();
  });
}

async function appliedMigrations({ ownerUrl }: TestDatabase): Promise<unknown[]> {
  return withClient(ownerUrl, async (owner) => {
    const { rows } = await owner.query(
      "SELECT id, hash, created_at FROM drizzle.__drizzle_migrations ORDER BY id",
    );
    return rows;
  });
}

describe("migrating", () => {
  it("an empty database gives the tables, and a second time changes nothing", async () => {
    const owner = openPool(database.ownerUrl);
    await runMigrations(owner);
    expect(await tablesOf(database)).toEqual(["__drizzle_migrations", ...TABLES].toSorted());
    const applied = await appliedMigrations(database);
    expect(applied.length).toBeGreaterThan(0);
    await runMigrations(owner);
    expect(await appliedMigrations(database)).toEqual(applied);
  });

  it("that loses its connection fails, and leaves the process and the next one well", async () => {
    const owner = openPool(database.ownerUrl);
    await withClient(database.ownerUrl, async (other) => {
      await other.query("SELECT pg_advisory_lock(7310579226)");
      const migrating = runMigrations(owner);
      const ended = expect(migrating).rejects.toMatchObject({ code: "57P01" });
      const ending =
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE starts_with(query, '/* migrate.lock */')";
      await expect.poll(async () => (await other.query(ending)).rowCount).toBe(1);
      await ended;
    });
    await runMigrations(owner);
    expect(await tablesOf(database)).toContain("assets");
  });

  it("by eight at once applies each migration once, and makes the login once", async () => {
    const login = newLogin();
    const applicationLogin = { user: login, password: "secret" };
    const owners = Array.from({ length: 8 }, () => openPool(database.ownerUrl));
    const outcomes = await Promise.allSettled(
      owners.map((owner) => runMigrations(owner, { applicationLogin })),
    );
    expect(outcomes.filter(({ status }) => status === "rejected")).toEqual([]);
    const single = await createEmptyDatabase();
    databases.push(single);
    await runMigrations(openPool(single.ownerUrl));
    expect((await appliedMigrations(database)).length).toBe((await appliedMigrations(single)).length);
    await expectUsable(database, login, "secret");
  });

  it("eight databases at once, by logins of one name, succeeds in each", async () => {
    const applicationLogin = { user: newLogin(), password: "secret" };
    const fresh = await Promise.all(Array.from({ length: 8 }, () => createEmptyDatabase()));
    databases.push(...fresh);
    await Promise.all(fresh.map(({ ownerUrl }) => runMigrations(openPool(ownerUrl), { applicationLogin })));
    for (const each of fresh) expect(await tablesOf(each)).toHaveLength(TABLES.length + 1);
  });

  it("lets in a login whatever its name and password, and leaves the password of one that exists", async () => {
    const login = newLogin(`o'dd "lögin`);
    const owner = openPool(database.ownerUrl);
    await runMigrations(owner, { applicationLogin: { user: login, password: `p'w"\\%;--` } });
    await expectUsable(database, login, `p'w"\\%;--`);
    await runMigrations(owner, { applicationLogin: { user: login, password: "another" } });
    await expectUsable(database, login, `p'w"\\%;--`);
  });

  it("that fails leaves nothing behind, and can be done again", async () => {
    const owner = openPool(database.ownerUrl);
    await owner.query("CREATE TABLE workflows (mine int)");
    const failure = await runMigrations(owner).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(MigrationError);
    expect(String(failure)).toMatch(
      /The migration 0000_store failed, [^\n]*: relation "workflows" already exists$/,
    );
    expect((await tablesOf(database)).filter((name) => name !== "__drizzle_migrations")).toEqual([
      "workflows",
    ]);
    expect(await isMigrated(owner)).toBe(false);
    await owner.query("DROP TABLE workflows");
    await runMigrations(owner);
    expect(await isMigrated(owner)).toBe(true);
  });
});

describe("whether a database is migrated", () => {
  it("shows to the application, before, after, and where a migration is missing", async () => {
    const owner = openPool(database.ownerUrl);
    const application = openPool(database.applicationUrl);
    expect(await isMigrated(application)).toBe(false);
    await runMigrations(owner);
    expect(await isMigrated(application)).toBe(true);
    await owner.query(
      "DELETE FROM drizzle.__drizzle_migrations WHERE id = (SELECT max(id) FROM drizzle.__drizzle_migrations)",
    );
    expect(await isMigrated(application)).toBe(false);
    await owner.query("REVOKE USAGE ON SCHEMA drizzle FROM servo_app");
    expect(await isMigrated(application)).toBe(false);
  });
});

async function expectUsable({ ownerUrl }: TestDatabase, user: string, password: string): Promise<void> {
  const url = new URL(ownerUrl);
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(password);
  const storage = new PostgresStorage(url.href, { retry: { attempts: 1 } });
  try {
    const asset = await storage.withTenant("acme", ({ assets }) => assets.insert(newAsset()));
    expect(await storage.withTenant("other", ({ assets }) => assets.findById(asset.id))).toBeNull();
  } finally {
    await storage.close();
  }
}
