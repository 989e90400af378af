import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { chooseAccount } from "../../src/db/embedded/account.ts";
import { findFreePort } from "../../src/db/embedded/port.ts";
import { withClient, withDatabase } from "./connection.ts";

/** So few that server connections change hands all the time. */
export const POOL_SIZE = 2;

const PATIENCE_MS = 10_000;

/** A PgBouncer in transaction mode before a PostgreSQL. */
export interface Pooler {
  /** Where the login of the given URL is let in, to any database of the server. It may also ask what there is to `SHOW`. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts a PgBouncer of this machine (Debian's package is enough) on a free port of 127.0.0.1.
 * @param target the server, and the one login that is let through
 */
export async function startPooler(target: string): Promise<Pooler> {
  const { hostname, port, username, password } = new URL(target);
  const folder = await mkdtemp(join(tmpdir(), "servo-pooler-"));
  // It refuses to run as root.
  const account = chooseAccount(join(folder, "absent"));
  const listenPort = await findFreePort(undefined);
  const [config, users] = [join(folder, "pgbouncer.ini"), join(folder, "users.txt")];
  await writeFile(users, `"${username}" "${decodeURIComponent(password)}"\n`, { mode: 0o600 });
  await writeFile(
    config,
    `[databases]
* = host=${hostname} port=${port === "" ? 5432 : port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listenPort}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
stats_users = ${username}
pool_mode = transaction
default_pool_size = ${POOL_SIZE}
max_client_conn = 1000
`,
  );
  if (account !== undefined) {
    for (const file of [folder, config, users]) await chown(file, account.uid, account.gid);
  }
  await chmod(folder, 0o700);

  // Debian puts it where not everybody looks.
  const env = { ...process.env, PATH: `${process.env.PATH}${delimiter}/usr/sbin` };
  const child = spawn("pgbouncer", ["--quiet", config], {
    ...account,
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      const ended = once(child, "exit");
      child.kill("SIGTERM"); // at once; SIGINT would wait for the clients
      await ended;
    }
    await rm(folder, { recursive: true, force: true });
  };
  const url = new URL(target);
  url.hostname = "127.0.0.1";
  url.port = String(listenPort);
  try {
    await untilItAnswers(child, url.href);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: url.href, stop };
}

async function untilItAnswers(child: ChildProcess, url: string): Promise<void> {
  let said = "";
  let failed: Error | undefined;
  child.stderr?.on("data", (chunk) => {
    said += chunk;
  });
  child.on("error", (error) => {
    failed = error;
  });
  for (const deadline = Date.now() + PATIENCE_MS; ; await delay(50)) {
    try {
      await withClient(withDatabase(url, "pgbouncer"), (console) => console.query("SHOW VERSION"));
      return;
    } catch (cause) {
      if (failed === undefined && child.exitCode === null && Date.now() < deadline) continue;
      throw new Error(`PgBouncer does not answer; is its package installed? ${failed?.message ?? said}`, {
        cause,
      });
    }
  }
}
