import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  mkdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isOpenToAll } from "../../src/db/embedded/account.ts";
import { EmbeddedServerError } from "../../src/db/embedded/embedded-server-error.ts";
import { startEmbeddedServer } from "../../src/db/embedded/server.ts";
import {
  end,
  entriesOf,
  hear,
  makeFolder,
  processesIn,
  query,
  removeFolder,
  spawnProgram,
  survivors,
} from "../support/embedded-server.ts";

const NOBODY = { uid: 65_534, gid: 65_534 };
const isRoot = process.getuid?.() === 0;
const othersMayRun = [process.execPath, fileURLToPath(import.meta.url)].every((path) =>
  isOpenToAll(path, 0o004),
);

let parent: string;
let folder: string;

beforeEach(() => {
  parent = makeFolder();
  folder = join(parent, "data");
});

afterEach(async () => {
  expect(await survivors(parent)).toEqual([]);
  removeFolder(parent);
});

async function refusal(dataDirectory: string): Promise<EmbeddedServerError> {
  const error = await startEmbeddedServer({ dataDirectory, durable: false }).catch(
    (reason: unknown) => reason,
  );
  if (error instanceof EmbeddedServerError) return error;
  throw new Error(`no refusal: ${String(error)}`);
}

describe("run by root", () => {
  beforeEach(({ skip }) => skip(!isRoot, "only root can try"));

  it("keeps its data in a folder that only root may reach", async () => {
    chmodSync(parent, 0o700);
    for (const rows of [[], [{ n: 1 }]]) {
      const server = await startEmbeddedServer({ dataDirectory: folder, durable: false });
      await query(server.ownerUrl, "CREATE TABLE IF NOT EXISTS kept (n integer)");
      expect(await query(server.ownerUrl, "SELECT n FROM kept")).toEqual(rows);
      await query(server.ownerUrl, "INSERT INTO kept VALUES (1)");
      await query(server.ownerUrl, "CREATE DATABASE other");
      await query(server.ownerUrl, "DROP DATABASE other WITH (FORCE)");
      expect((await processesIn(realpathSync(folder))).length).toBeGreaterThan(2);
      await server.stop();
    }
    expect(statSync(join(folder, "postgres")).uid).not.toBe(0);
  });

  it("refuses a cluster that belongs to root", async () => {
    mkdirSync(join(folder, "postgres"), { recursive: true });
    expect(await refusal(folder)).toMatchObject({
      problem: "folder",
      message: expect.stringContaining("DATA_DIR"),
    });
  });
});

describe("run by several users", () => {
  beforeEach(({ skip }) => {
    skip(!isRoot, "only root can run a program as somebody else");
    skip(!othersMayRun, "others cannot reach node or this repository");
  });

  it("works for a user, then for root, then for that user again", async () => {
    chownSync(parent, NOBODY.uid, NOBODY.gid);
    for (const user of [NOBODY, { uid: 0, gid: 0 }, NOBODY]) {
      const child = spawnProgram(folder, user);
      const said = await hear(child);
      expect(said).toMatchObject({ startedHere: true });
      const owners = entriesOf(folder).map((name) => statSync(join(folder, name)).uid);
      expect(new Set(owners)).toEqual(new Set([NOBODY.uid]));
      expect((await processesIn(folder)).map(({ pid }) => statSync(`/proc/${pid}`).uid)).not.toContain(0);
      await end(child, "SIGTERM");
    }
  });

  it("tells a user that the folder is somebody else's", async () => {
    const server = await startEmbeddedServer({ dataDirectory: folder, durable: false });
    await server.stop();
    const child = spawnProgram(folder, NOBODY);
    expect(await hear(child)).toMatchObject({
      problem: "folder",
      message: expect.stringMatching(
        /belongs to user 0, and this program runs as user 65534.*DATA_DIR.*DATABASE_URL/,
      ),
    });
  });
});

describe("a folder that cannot serve", () => {
  function makeCluster(version: string): void {
    const cluster = join(folder, "postgres");
    mkdirSync(cluster, { recursive: true });
    writeFileSync(join(cluster, "PG_VERSION"), `${version}\n`);
    if (isRoot) chownSync(cluster, NOBODY.uid, NOBODY.gid);
    const password = "a-password-of-some-length";
    const secrets = { superuserPassword: password, ownerPassword: password, applicationPassword: password };
    writeFileSync(join(folder, "secret.json"), JSON.stringify(secrets));
  }

  it("because another major version made it, is left as it is", async () => {
    makeCluster("17");
    expect(await refusal(folder)).toMatchObject({
      problem: "version",
      message: expect.stringMatching(/made by PostgreSQL 17, and this program brings PostgreSQL 18/),
    });
    expect(entriesOf(join(folder, "postgres"))).toEqual(["PG_VERSION"]);
  });

  it.each(["missing", "damaged"])("because its secrets are %s, says so", async (state) => {
    makeCluster("18");
    if (state === "missing") rmSync(join(folder, "secret.json"));
    else writeFileSync(join(folder, "secret.json"), '{"ownerPassword": "half');
    expect(await refusal(folder)).toMatchObject({
      problem: "folder",
      message: expect.stringContaining(
        `${join("data", "secret.json")}, which holds the passwords of the embedded database, is ${state}`,
      ),
    });
  });

  it("because it is a file, or below one, says so", async () => {
    writeFileSync(folder, "");
    for (const path of [folder, join(folder, "below")]) {
      expect(await refusal(path)).toMatchObject({
        problem: "folder",
        message: expect.stringContaining(path),
      });
    }
  });

  it("because PostgreSQL refuses a setting, ends with its log", async () => {
    const settings = { work_mem: "much" };
    const start = startEmbeddedServer({ dataDirectory: folder, durable: false, settings });
    await expect(start).rejects.toMatchObject({
      problem: "start",
      message: expect.stringContaining('invalid value for parameter "work_mem": "much"'),
    });
    expect(entriesOf(folder)).not.toContain("server.json");
    accessSync(join(folder, "postgres.log"), constants.R_OK);
  });
});
