import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedServer } from "../../src/db/embedded/server.ts";

const PREFIX = "servo-test-";

/** The PostgreSQL under the tests. */
export interface TestServer {
  /** A role that may create databases and roles. */
  readonly adminUrl: string;
  stop(): Promise<void>;
}

export async function startServer(): Promise<TestServer> {
  const url = process.env.TEST_DATABASE_URL;
  if (url !== undefined && url !== "") return { adminUrl: namingDatabase(url), stop: async () => {} };
  await removeFoldersOfKilledRuns();
  const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await chmod(folder, 0o711); // run by root, PostgreSQL is another user
    const server = await startEmbeddedServer({
      dataDirectory: join(folder, "data"),
      durable: false,
      settings: { max_connections: "300" },
    });
    const stop = async (): Promise<void> => {
      await server.stop();
      await remove();
    };
    return { adminUrl: server.ownerUrl, stop };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Without a database in it, a connection string means one called like its user, and several users share this one. */
function namingDatabase(connectionString: string): string {
  const url = new URL(connectionString);
  if (url.pathname.length < 2) url.pathname = "/postgres";
  return url.href;
}

/** A run that is killed (Ctrl-C) takes its server along, but not the 45 MB in its folder. */
async function removeFoldersOfKilledRuns(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = /^servo-test-([0-9]+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) {
      // Another user's folder is that user's to remove.
      await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {});
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
