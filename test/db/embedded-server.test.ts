import { statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type EmbeddedServer, startEmbeddedServer } from "../../src/db/embedded/server.ts";
import {
  announcedBy,
  end,
  entriesOf,
  makeFolder,
  processesIn,
  query,
  removeFolder,
  startProgram,
  survivors,
} from "../support/embedded-server.ts";

let parent: string;
let folder: string;
const servers: EmbeddedServer[] = [];

async function start(dataDirectory = folder): Promise<EmbeddedServer> {
  const server = await startEmbeddedServer({ dataDirectory, durable: false });
  servers.push(server);
  return server;
}

beforeAll(() => {
  parent = makeFolder();
  folder = join(parent, "data");
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  expect(await survivors(parent)).toEqual([]);
});

afterAll(() => removeFolder(parent));

describe("an embedded server", () => {
  it("makes a database whose owner is no superuser", async () => {
    const server = await start();
    const [role] = await query(
      server.ownerUrl,
      `SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, current_database() AS database,
              pg_get_userbyid(datdba) AS owner, current_setting('TimeZone') AS zone
         FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()`,
    );
    expect(server.startedHere).toBe(true);
    expect(role).toEqual({
      rolname: "servo_owner",
      rolsuper: false,
      rolbypassrls: false,
      rolcreaterole: true,
      rolcreatedb: true,
      database: "servo",
      owner: "servo_owner",
      zone: "UTC",
    });
  });

  it("listens on loopback only, and asks for the password", async () => {
    const server = await start();
    expect(await query(server.ownerUrl, "SHOW listen_addresses")).toEqual([
      { listen_addresses: "127.0.0.1" },
    ]);
    const guess = new URL(server.ownerUrl);
    guess.password = "guess";
    await expect(query(guess.href, "SELECT 1")).rejects.toMatchObject({ code: "28P01" });
    expect(statSync(join(folder, "secret.json")).mode & 0o777).toBe(0o600);
  });

  it("keeps its rows, its passwords and its port across a restart", async () => {
    const first = await start();
    await query(first.ownerUrl, "CREATE TABLE kept AS SELECT 42 AS answer");
    await first.stop();
    const second = await start();
    expect(second.startedHere).toBe(true);
    expect([second.ownerUrl, second.applicationUrl]).toEqual([first.ownerUrl, first.applicationUrl]);
    expect(await query(second.ownerUrl, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
  });

  it("takes another port when its own is taken", async () => {
    const first = await start();
    const { port } = announcedBy(folder);
    await first.stop();
    const squatter = createServer().listen({ host: "127.0.0.1", port });
    try {
      const second = await start();
      expect(announcedBy(folder).port).not.toBe(port);
      expect(await query(second.ownerUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    } finally {
      squatter.close();
    }
  });

  it("applies settings, but none that would open it to others", async () => {
    const settings = { work_mem: "5MB", listen_addresses: "*" };
    const server = await startEmbeddedServer({ dataDirectory: folder, durable: true, settings });
    servers.push(server);
    const shown =
      "SELECT current_setting('work_mem') AS mem, current_setting('listen_addresses') AS addresses, current_setting('fsync') AS fsync";
    expect(await query(server.ownerUrl, shown)).toEqual([
      { mem: "5MB", addresses: "127.0.0.1", fsync: "on" },
    ]);
  });

  it("may be stopped twice, and leaves no process", async () => {
    const server = await start();
    await Promise.all([server.stop(), server.stop()]);
    expect(await processesIn(parent)).toEqual([]);
    await server.stop();
    await expect(query(server.ownerUrl, "SELECT 1")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  it("is stopped with connections open", async () => {
    const server = await start();
    const sleeping = query(server.ownerUrl, "SELECT pg_sleep(60)");
    sleeping.catch(() => {});
    while (
      (await query(server.ownerUrl, "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'")).length === 0
    );
    await server.stop();
    await expect(sleeping).rejects.toMatchObject({ code: "57P01" });
  });
});

describe("several programs on one folder", () => {
  it("use one server, which a second one's stop leaves up", async () => {
    const other = await startProgram(folder);
    const joined = await start();
    expect([other.startedHere, joined.startedHere]).toEqual([true, false]);
    expect(joined.ownerUrl).toBe(other.ownerUrl);
    await joined.stop();
    expect(await query(other.ownerUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    await end(other.process, "SIGTERM");
    expect(await processesIn(parent)).toEqual([]);
  });

  it("keep the server while any of them is left, also when its starter stops or is killed", async () => {
    const starter = await startProgram(folder);
    const second = await startProgram(folder);
    const joined = await start();
    await end(starter.process, "SIGTERM");
    expect(await query(joined.ownerUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    await end(second.process, "SIGKILL");
    expect(await query(joined.ownerUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    const late = await start();
    expect(late.startedHere).toBe(false);
    await joined.stop();
    expect(await query(late.ownerUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    await late.stop();
    expect(await processesIn(parent)).toEqual([]);
  });

  it("make one cluster when they start at the same moment", async () => {
    const empty = join(parent, "empty");
    const [one, two, three, four] = await Promise.all([
      start(empty),
      startProgram(empty),
      start(empty),
      startProgram(empty),
    ]);
    const all = [one, two, three, four];
    expect(all.filter(({ startedHere }) => startedHere)).toHaveLength(1);
    expect(new Set(all.map(({ ownerUrl }) => ownerUrl)).size).toBe(1);
    expect(entriesOf(empty).filter((name) => name.startsWith("postgres."))).toEqual(["postgres.log"]);
    await Promise.all([end(two.process, "SIGTERM"), end(four.process, "SIGTERM")]);
    expect(await query(one.ownerUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });
});
