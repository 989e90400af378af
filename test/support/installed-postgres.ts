import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { chooseAccount } from "../../src/db/embedded/account.ts";
import { createCluster } from "../../src/db/embedded/cluster.ts";
import { launchServer } from "../../src/db/embedded/launch.ts";
import { loadSecrets } from "../../src/db/embedded/secrets.ts";
import { leaveServer, type ServerUse } from "../../src/db/embedded/server-use.ts";
import { makeFolder, removeFolder } from "./embedded-server.ts";
import { embeddedUrls } from "./program.ts";

/** The server's programs and those of its clients; the PostgreSQL that comes with npm has the former alone. */
const PROGRAMS = ["initdb", "postgres", "pg_dump", "pg_dumpall", "pg_restore", "psql"];
const OLDEST = 15;

/** Where Debian's packages keep theirs, the newest first; elsewhere they are where the shell looks. */
const DEBIAN = "/usr/lib/postgresql";

/** The folder of a whole PostgreSQL that is installed on this machine, 15 or later; undefined where there is none. */
export function findInstalledPostgres(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...(process.env.PATH ?? "").split(delimiter),
    ...versions.map((version) => join(DEBIAN, version, "bin")),
  ];
  return folders.find(
    (folder) => PROGRAMS.every((program) => existsSync(join(folder, program))) && versionOf(folder) >= OLDEST,
  );
}

function versionOf(folder: string): number {
  const told = execFileSync(join(folder, "postgres"), ["--version"], { encoding: "utf8" });
  return Number(/\d+/.exec(told)?.[0]);
}

/**
 * Gives a test file a server of an installed PostgreSQL.
 * @param folder of its programs
 * @returns the connection strings of its roles
 */
export function prepareInstalledPostgres(folder: string | undefined): () => ReturnType<typeof embeddedUrls> {
  const dataDirectory = makeFolder();
  let use: ServerUse | undefined;
  beforeAll(async () => {
    if (folder === undefined) return;
    const home = join(dataDirectory, "postgres");
    const binaries = { folder: dirname(folder), version: String(versionOf(folder)) };
    const cluster = { folder: home, binaries, account: chooseAccount(home) };
    await createCluster(cluster, loadSecrets(dataDirectory, false), false);
    use = await launchServer({
      cluster,
      dataDirectory,
      preferredPort: undefined,
      durable: false,
      settings: {},
    });
  });
  afterAll(async () => {
    if (use !== undefined) await leaveServer(use);
    removeFolder(dataDirectory);
  });
  return () => embeddedUrls(dataDirectory);
}
