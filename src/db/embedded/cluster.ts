import { randomUUID } from "node:crypto";
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Account, isOpenToAll } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import { EmbeddedServerError } from "./embedded-server-error.ts";
import { runProgram } from "./program.ts";
import type { Secrets } from "./secrets.ts";

export const DATABASE = "servo";
export const OWNER_ROLE = "servo_owner";
export const APPLICATION_LOGIN = "servo_server";

/** An initdb whose program was killed may still be writing there for an instant. */
const REMOVE = { recursive: true, force: true, maxRetries: 5 } as const;
const LOOPBACK_BY_PASSWORD = "host all all 127.0.0.1/32 scram-sha-256\n";

/** What PostgreSQL's programs are run with, and on. */
export interface Cluster {
  readonly folder: string;
  readonly binaries: Binaries;
  readonly account: Account | undefined;
}

/**
 * The value of `-D` for a program that is started with the cluster as its working folder.
 *
 * A folder above the cluster may be closed to PostgreSQL's user (`/root` is 0700). Node enters the cluster as root
 * before it changes the user, and Linux lets any process reach its own working folder through `/proc`, so
 * the data stays where its owner asked for it.
 */
export function dataArgument({ folder, account }: Cluster): string {
  // Twice, for the folder itself may be a symbolic link to another disk.
  const open = isOpenToAll(dirname(folder), 0o001) && isOpenToAll(folder, 0);
  if (account === undefined || open) return folder;
  if (process.platform === "linux") return "/proc/self/cwd";
  throw new EmbeddedServerError(
    "folder",
    `${folder} lies below a folder that only root may enter, and PostgreSQL refuses to run as root. ` +
      "Name another folder with DATA_DIR, run this program as another user, or name a server with DATABASE_URL.",
  );
}

/** @throws EmbeddedServerError (`version`) when the cluster was made by another major version. */
export function checkVersion(folder: string, binaries: Binaries): void {
  const made = readFileSync(join(folder, "PG_VERSION"), "utf8").trim();
  const [major] = binaries.version.split(".");
  if (made === major) return;
  throw new EmbeddedServerError(
    "version",
    `The database in ${folder} was made by PostgreSQL ${made}, and this program brings PostgreSQL ${major}. ` +
      `Serve it with PostgreSQL ${made} and DATABASE_URL, or move it away to start with an empty database.`,
  );
}

/**
 * Makes the cluster, with its roles and its database. It is made aside and moved into place when it is complete,
 * so that a program killed half-way leaves nothing that looks like a database. Until then no server listens.
 *
 * @param durable whether it is to survive a crash of the machine
 */
export async function createCluster(cluster: Cluster, secrets: Secrets, durable: boolean): Promise<void> {
  removeDrafts(cluster.folder);
  const draft = { ...cluster, folder: `${cluster.folder}.${randomUUID()}` };
  mkdirSync(draft.folder, { mode: 0o700 });
  if (cluster.account !== undefined) chownSync(draft.folder, cluster.account.uid, cluster.account.gid);
  try {
    const where = ["-D", dataArgument(draft)];
    const form = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
    await run(draft, "initdb", [...where, ...form, "--no-instructions"]);
    writeFileSync(join(draft.folder, "pg_hba.conf"), LOOPBACK_BY_PASSWORD);
    const single = ["--single", ...where, "-j", "-c", "fsync=off", "-c", "log_checkpoints=off", "postgres"];
    const output = await run(draft, "postgres", single, bootstrap(secrets));
    // A single-user server goes on after an error, and its exit status does not tell.
    const errors = output.split("\n").filter((line) => / (ERROR|FATAL|PANIC): /.test(line));
    if (errors.length > 0) throw new EmbeddedServerError("start", `No roles made: ${errors.join("; ")}`);
    if (durable) await run(draft, "initdb", [...where, "--sync-only"]);
    renameSync(draft.folder, cluster.folder);
  } catch (error) {
    rmSync(draft.folder, REMOVE);
    throw error;
  }
}

function run(cluster: Cluster, program: string, args: string[], input?: string): Promise<string> {
  const path = join(cluster.binaries.folder, "bin", program);
  return runProgram(path, args, {
    account: cluster.account,
    cwd: cluster.folder,
    ...(input === undefined ? {} : { input }),
  });
}

/** With `-j`, a statement ends at a semicolon and an empty line. Passwords are base64url: nothing to quote. */
function bootstrap({ superuserPassword, ownerPassword }: Secrets): string {
  return [
    `ALTER ROLE postgres PASSWORD '${superuserPassword}';`,
    `CREATE ROLE ${OWNER_ROLE} LOGIN CREATEROLE CREATEDB PASSWORD '${ownerPassword}';`,
    `CREATE DATABASE ${DATABASE} OWNER ${OWNER_ROLE};`,
    "",
  ].join("\n\n");
}

/** What programs that were killed half-way left; the start lock is held, so none of them is in use. */
function removeDrafts(folder: string): void {
  const parent = dirname(folder);
  if (!existsSync(parent)) return;
  for (const name of readdirSync(parent)) {
    if (name.startsWith(`${basename(folder)}.`)) rmSync(join(parent, name), REMOVE);
  }
}
