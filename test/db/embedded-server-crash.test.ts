import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
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
  spawnProgram,
  startProgram,
  survivors,
} from "../support/embedded-server.ts";

let parent: string;
let folder: string;
let expected = 0;

const servers: EmbeddedServer[] = [];

/** Durable: without it a crash may lose the commits of its last second. */
async function start(dataDirectory = folder): Promise<EmbeddedServer> {
  const server = await startEmbeddedServer({ dataDirectory });
  servers.push(server);
  return server;
}

beforeAll(async () => {
  parent = makeFolder();
  folder = join(parent, "data");
  const server = await start();
  await query(server.ownerUrl, "CREATE TABLE kept (n integer)");
  await server.stop();
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  expect(await survivors(parent)).toEqual([]);
});

afterAll(() => removeFolder(parent));

async function write(ownerUrl: string): Promise<void> {
  await query(ownerUrl, "INSERT INTO kept VALUES (1)");
  expected += 1;
}

/** The folder can be served again, and every row that was ever written is there. */
async function expectRecovery(): Promise<void> {
  const server = await start();
  expect(server.startedHere).toBe(true);
  expect(await query(server.ownerUrl, "SELECT count(*)::int AS rows FROM kept")).toEqual([
    { rows: expected },
  ]);
  await server.stop();
}

describe("when the program is killed", () => {
  it("takes the server and its guardian along", async () => {
    const program = await startProgram(folder);
    await write(program.ownerUrl);
    expect((await processesIn(folder)).length).toBeGreaterThan(2);
    await end(program.process, "SIGKILL");
    expect(await survivors(folder)).toEqual([]);
    await expectRecovery();
  });

  it("leaves nothing that hinders a start at the same moment", async () => {
    const program = await startProgram(folder);
    await write(program.ownerUrl);
    const sleeping = query(program.ownerUrl, "SELECT pg_sleep(60)").catch(() => {});
    await end(program.process, "SIGKILL");
    await expectRecovery();
    await sleeping;
  });

  it("with its guardian, leaves an orphan that the next start stops", async () => {
    const program = await startProgram(folder);
    await write(program.ownerUrl);
    const { guardian, postmaster } = announcedBy(folder);
    program.process.kill("SIGSTOP"); // or it would stop the server itself
    process.kill(guardian, "SIGKILL");
    await end(program.process, "SIGKILL");
    const left = await processesIn(folder);
    expect(left.map(({ pid }) => pid)).toContain(postmaster);
    await expectRecovery();
    expect(await survivors(folder)).toEqual([]);
  });

  it("half-way through the first start, leaves no half database and no lock", async () => {
    const fresh = join(parent, "fresh");
    const child = spawnProgram(fresh);
    while (!existsSync(fresh) || !entriesOf(fresh).some((name) => name.startsWith("postgres.")))
      await delay(5);
    await delay(100);
    await end(child, "SIGKILL");
    expect(entriesOf(fresh)).not.toContain("postgres");
    const server = await start(fresh);
    expect(await query(server.ownerUrl, "SELECT current_database() AS name")).toEqual([{ name: "servo" }]);
    await server.stop();
    const drafts = entriesOf(fresh).filter((name) => /^postgres\.[0-9a-f]{8}-/.test(name));
    expect(drafts).toEqual([]);
  });
});

describe("when something else is killed", () => {
  it("stops a server that has lost its guardian", async () => {
    const server = await start();
    await write(server.ownerUrl);
    process.kill(announcedBy(folder).guardian, "SIGKILL");
    expect(await survivors(folder)).toEqual([]);
    await server.stop();
    await expectRecovery();
  });

  it("keeps the server when its guardian is only asked to end", async () => {
    const server = await start();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]) {
      process.kill(announcedBy(folder).guardian, signal);
    }
    await delay(200);
    await write(server.ownerUrl);
    await server.stop();
  });

  it("does not hang when PostgreSQL has crashed, and recovers", async () => {
    const server = await start();
    await write(server.ownerUrl);
    process.kill(announcedBy(folder).postmaster, "SIGKILL");
    await server.stop();
    expect(await survivors(folder)).toEqual([]);
    await expectRecovery();
  });

  it("starts anew after a crash, while the program that saw it still runs", async () => {
    const crashed = await start();
    const { guardian, postmaster } = announcedBy(folder);
    process.kill(guardian, "SIGSTOP"); // so that it neither reaps the postmaster nor ends
    try {
      process.kill(postmaster, "SIGKILL");
      while ((await processesIn(folder)).some(({ pid }) => pid !== guardian)) await delay(20);
      const renewed = await start();
      expect(renewed.startedHere).toBe(true);
      await write(renewed.ownerUrl);
    } finally {
      process.kill(guardian, "SIGCONT");
    }
    await crashed.stop();
    expect(await query((await start()).ownerUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  it("does not hear the Ctrl-C of the terminal", async () => {
    const program = await startProgram(folder);
    process.kill(-program.process.pid, "SIGINT");
    await delay(200);
    await write(program.ownerUrl);
    await end(program.process, "SIGTERM");
    expect(await survivors(folder)).toEqual([]);
  });
});

describe("a postmaster.pid that a crash left", () => {
  /** Runs `sleep` as the user whom PostgreSQL runs as, so that PostgreSQL itself would take it for a server. */
  function sleeper(cwd: string): ChildProcess & { pid: number } {
    const { uid, gid } = statSync(join(folder, "postgres"));
    const user = process.getuid?.() === 0 ? { uid, gid } : {};
    const child = spawn("sleep", ["60"], { ...user, cwd, stdio: "ignore" });
    if (child.pid === undefined) throw new Error("no sleep");
    return Object.assign(child, { pid: child.pid });
  }

  async function crash(): Promise<string> {
    const program = await startProgram(folder);
    await write(program.ownerUrl);
    const { guardian, postmaster } = announcedBy(folder);
    for (const pid of [program.process.pid, guardian, postmaster]) process.kill(pid, "SIGKILL");
    expect(await survivors(folder)).toEqual([]);
    return join(folder, "postgres", "postmaster.pid");
  }

  it("does not hinder a start", async () => {
    expect(existsSync(await crash())).toBe(true);
    await expectRecovery();
  });

  it.each(["/", "the cluster"])("does not when another program in %s has got its number", async (place) => {
    const file = await crash();
    const other = sleeper(place === "/" ? place : join(folder, "postgres"));
    try {
      writeFileSync(file, readFileSync(file, "utf8").replace(/^[0-9]+/, String(other.pid)));
      await expectRecovery();
      expect(other.exitCode ?? other.signalCode).toBeNull();
    } finally {
      await end(other, "SIGKILL");
    }
  });

  it("does not when the announcement of the server is damaged, too", async () => {
    await crash();
    writeFileSync(join(folder, "server.json"), '{"port": 54');
    await expectRecovery();
  });
});
