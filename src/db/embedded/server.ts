import { existsSync, mkdirSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { chooseAccount } from "./account.ts";
import { type Binaries, findBinaries, prepareBinaries } from "./binaries.ts";
import { APPLICATION_LOGIN, checkVersion, createCluster, DATABASE, OWNER_ROLE } from "./cluster.ts";
import { explainFileError } from "./embedded-server-error.ts";
import { launchServer } from "./launch.ts";
import { awaitDeparture } from "./postmaster.ts";
import { loadSecrets, rememberPort } from "./secrets.ts";
import { readServerState } from "./server-state.ts";
import { joinServer, leaveServer, lockIn, type ServerUse } from "./server-use.ts";
import { withStartLock } from "./start-lock.ts";

/** A PostgreSQL server of this program's own, on 127.0.0.1. */
export interface EmbeddedServer {
  /** Connection string of the role that owns the database; not a superuser, but may create roles and databases. */
  readonly ownerUrl: string;
  /** Connection string of the application's login, which the migrations create with the password that is in it. */
  readonly applicationUrl: string;
  /** False when the server was already up: another program (or another call) on the same folder started it. */
  readonly startedHere: boolean;
  /**
   * Ends this use of the server. The last of its users has it stopped (fast shutdown: open transactions are rolled
   * back), and this then resolves when all of its processes are gone; while others use it, it stays up for them.
   * To be called last, after every connection is closed. Calling it again changes nothing.
   */
  stop(): Promise<void>;
}

export interface EmbeddedServerOptions {
  /** Where the cluster, its secrets and its log live; created when absent, also the folders above it. */
  readonly dataDirectory: string;
  /** Whether commits survive a crash of the machine (fsync and the like); default true. For tests: false. */
  readonly durable?: boolean;
  /** Further PostgreSQL settings by name, as with `-c`; those that this supervisor needs win. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * Starts a PostgreSQL server on a data folder, making the cluster on the first start; or, where living programs
 * use one there, joins them (`durable` and `settings` are then as its starter wanted them).
 *
 * The server never outlives the processes that use it, however they end; it is not stopped by signals that this
 * process gets, and nothing is hooked into this process's exit.
 *
 * For development and tests: the OpenSSL and ICU that come with it are old, and it listens on loopback only.
 *
 * @throws EmbeddedServerError when there is no PostgreSQL for this machine, the folder cannot be used or is in use,
 *   its major version is another one, or PostgreSQL does not start
 */
export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const found = findBinaries();
  const asked = resolve(options.dataDirectory);
  try {
    const dataDirectory = openFolder(asked);
    const cluster = join(dataDirectory, "postgres");
    const { use, startedHere } = await withStartLock(lockIn(dataDirectory), async () => {
      const joined = await joinServer(dataDirectory, cluster);
      if (joined !== undefined) return { use: joined, startedHere: false };
      return { use: await startHere(dataDirectory, cluster, found, options), startedHere: true };
    });
    try {
      return describe(use, startedHere);
    } catch (error) {
      await leaveServer(use);
      throw error;
    }
  } catch (error) {
    throw explainFileError(error, asked);
  }
}

/** Makes the data folder and resolves symbolic links in its path. PostgreSQL's own user, if it has one, must pass through it. */
function openFolder(path: string): string {
  mkdirSync(path, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  return realpathSync(path);
}

async function startHere(
  dataDirectory: string,
  folder: string,
  found: Binaries,
  { durable = true, settings = {} }: EmbeddedServerOptions,
): Promise<ServerUse> {
  await awaitDeparture(folder, readServerState(dataDirectory));
  const account = chooseAccount(folder);
  const binaries = await prepareBinaries(found, account, join(dataDirectory, "native"));
  const cluster = { folder, binaries, account };
  const exists = existsSync(folder);
  const secrets = loadSecrets(dataDirectory, exists);
  if (exists) checkVersion(folder, binaries);
  else await createCluster(cluster, secrets, durable);
  return launchServer({ cluster, dataDirectory, preferredPort: secrets.port, durable, settings });
}

function describe(use: ServerUse, startedHere: boolean): EmbeddedServer {
  const { port } = use.state;
  const secrets = loadSecrets(use.dataDirectory, true);
  rememberPort(use.dataDirectory, secrets, port);
  const url = (user: string, password: string): string =>
    `postgres://${user}:${password}@127.0.0.1:${port}/${DATABASE}`;
  let stopped: Promise<void> | undefined;
  return {
    ownerUrl: url(OWNER_ROLE, secrets.ownerPassword),
    applicationUrl: url(APPLICATION_LOGIN, secrets.applicationPassword),
    startedHere,
    stop: () => {
      stopped ??= leaveServer(use);
      return stopped;
    },
  };
}
