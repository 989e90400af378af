import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProbe, type Probe } from "../../src/db/probe.ts";
import { silentLogger } from "../../src/logger.ts";
import { query } from "../support/embedded-server.ts";
import { createEmptyDatabase } from "../support/empty-database.ts";
import { collectLogLines } from "../support/log-lines.ts";
import { alterDatabase } from "../support/owner.ts";
import { prepareStorage } from "../support/storage.ts";
import { type AlterableRole, createAlterableRole } from "../support/unsafe-role.ts";

const storage = prepareStorage();

const WELL = { database: "ok", migrations: "ok", role: "ok" };
const AWAY = { database: "failed", migrations: "unknown", role: "unknown" };

const found = (checks: object) => ({ isReady: Object.values(checks).every((each) => each === "ok"), checks });

/** The connections of probes to the database. */
const connections = (then = "pid") =>
  query(
    storage.database.applicationUrl,
    `SELECT ${then} FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'servo-storage probe'`,
  );

describe("a probe finds", () => {
  it("a database that can be served", async () => {
    expect(await storage.openProbe().look()).toEqual(found(WELL));
  });

  it("one that cannot be reached", async () => {
    const elsewhere = Object.assign(new URL(storage.database.applicationUrl), { port: "1" });
    expect(await createProbe(elsewhere.href, silentLogger).look()).toEqual(found(AWAY));
  });

  it("one that lets in and then says nothing, in a bounded time", async () => {
    const sockets: Socket[] = [];
    const mute = createServer((socket) => sockets.push(socket)).listen(0, "127.0.0.1");
    await once(mute, "listening");
    const { port } = mute.address() as AddressInfo;
    const url = Object.assign(new URL(storage.database.applicationUrl), { port: String(port) });
    const began = performance.now();
    expect(await createProbe(url.href, silentLogger).look()).toEqual(found(AWAY));
    expect(performance.now() - began).toBeLessThan(10_000);
    for (const socket of sockets) socket.destroy();
    mute.close();
  });

  it("one that was never migrated", async () => {
    const empty = await createEmptyDatabase();
    const probe = createProbe(empty.applicationUrl, silentLogger);
    expect(await probe.look()).toEqual(found({ ...WELL, migrations: "failed" }));
    await probe.close();
    await empty.drop();
  });

  it("one that an older version has migrated, and is content with a newer one's", async () => {
    const probe = storage.openProbe();
    const migrations = '"drizzle"."__drizzle_migrations"';
    await alterDatabase(
      storage.database,
      `CREATE TABLE kept AS SELECT * FROM ${migrations} ORDER BY created_at DESC LIMIT 1;
       DELETE FROM ${migrations} WHERE id IN (SELECT id FROM kept)`,
    );
    expect(await probe.look()).toEqual(found({ ...WELL, migrations: "failed" }));
    await alterDatabase(
      storage.database,
      `INSERT INTO ${migrations} SELECT * FROM kept;
       INSERT INTO ${migrations} (hash, created_at) SELECT 'newer', created_at + 1 FROM kept; DROP TABLE kept`,
    );
    expect(await probe.look()).toEqual(found(WELL));
    await alterDatabase(storage.database, `DELETE FROM ${migrations} WHERE hash = 'newer'`);
  });

  it("it well again after its connection was lost", async () => {
    const probe = storage.openProbe();
    for (const _ of ["idle", "again"]) {
      expect(await probe.look()).toEqual(found(WELL));
      await connections("pg_terminate_backend(pid, 5000)");
    }
    expect(await probe.look()).toEqual(found(WELL));
  });
});

describe("a role that is altered meanwhile", () => {
  let role: AlterableRole;
  let probe: Probe;
  const { lines, logger } = collectLogLines();
  beforeAll(async () => {
    role = await createAlterableRole(storage.database);
    probe = createProbe(role.url, logger);
  });
  afterAll(async () => {
    await probe.close();
    await role.drop();
  });

  it("is found as soon as it is looked for, and each change is logged once", async () => {
    expect(await probe.look()).toEqual(found(WELL));
    await role.makeUnsafe();
    for (const _ of [1, 2]) expect(await probe.look()).toEqual(found({ ...WELL, role: "failed" }));
    await role.makeSafe();
    for (const _ of [1, 2]) expect(await probe.look()).toEqual(found(WELL));
    expect(lines).toMatchObject([
      {
        level: "ERROR",
        message: "Not ready",
        checks: { role: "failed" },
        error: { message: expect.stringContaining("TRUNCATE") },
      },
      { level: "INFO", message: "Ready again" },
    ]);
  });
});

it("one connection serves all that ask, at once or one after the other, and none is left", async () => {
  const before = (await connections()).length;
  const probe = createProbe(storage.database.applicationUrl, silentLogger);
  const looks = await Promise.all(Array.from({ length: 50 }, () => probe.look()));
  looks.push(await probe.look());
  expect(looks).toEqual(looks.map(() => found(WELL)));
  expect(await connections()).toHaveLength(before + 1);
  await probe.close();
  while ((await connections()).length > before);
});
