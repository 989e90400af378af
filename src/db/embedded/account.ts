import { readFileSync, realpathSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname } from "node:path";
import { EmbeddedServerError } from "./embedded-server-error.ts";

/** The operating system's user that PostgreSQL runs as, when it cannot be the one who runs this program. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const CANDIDATES = ["postgres", "_postgres", "nobody"];

/**
 * Chooses the user to run PostgreSQL as. Undefined means: as this process, which is right unless it is root,
 * as whom PostgreSQL refuses to run. Then it is the owner of the cluster, if that exists, or else `postgres`
 * or `nobody` (initdb wants a user that is in the passwd file).
 *
 * @param cluster the cluster's folder, which need not exist
 * @throws EmbeddedServerError (`folder`) when the cluster belongs to somebody who cannot be used
 */
export function chooseAccount(cluster: string): Account | undefined {
  const self = process.getuid?.();
  const existing = statSync(cluster, { throwIfNoEntry: false });
  if (self !== 0) {
    if (existing !== undefined && existing.uid !== self) throw notOurs(cluster, existing.uid, self);
    if (existing === undefined) assertHasName();
    return undefined;
  }
  if (existing?.uid === 0) throw notOurs(cluster, 0, undefined);
  return existing === undefined ? accountFromPasswd() : { uid: existing.uid, gid: existing.gid };
}

function notOurs(cluster: string, owner: number, self: number | undefined): EmbeddedServerError {
  const advice =
    self === undefined
      ? "PostgreSQL refuses to run as root: give the folder to another user (chown -R postgres)"
      : `this program runs as user ${self}: run it as the owner`;
  return new EmbeddedServerError(
    "folder",
    `The database in ${cluster} belongs to user ${owner}; ${advice}, ` +
      "name another folder with DATA_DIR, or name a PostgreSQL server with DATABASE_URL.",
  );
}

function assertHasName(): void {
  try {
    userInfo();
  } catch (cause) {
    throw new EmbeddedServerError(
      "unsupported",
      `PostgreSQL cannot make a database as user ${process.getuid?.()}, who is not in the passwd file. ` +
        "Run this program as a user who is, or name a PostgreSQL server with DATABASE_URL.",
      { cause },
    );
  }
}

function accountFromPasswd(): Account {
  const lines = readFileSync("/etc/passwd", "utf8").split("\n");
  const users = new Map(lines.map((line) => line.split(":")).map((fields) => [fields[0], fields]));
  for (const name of CANDIDATES) {
    const [, , uid, gid] = users.get(name) ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new EmbeddedServerError(
    "unsupported",
    "PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as. " +
      "Run this program as another user, or name a PostgreSQL server with DATABASE_URL.",
  );
}

/**
 * Whether any user may use a path: the bits asked for (of the last three, as in `0o005`) on the path itself,
 * and passage through every folder above it. It may say no where a group or an ACL would let one pass.
 */
export function isOpenToAll(path: string, bits: number): boolean {
  const real = realpathSync(path);
  if ((statSync(real).mode & bits) !== bits) return false;
  for (let folder = dirname(real); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}
