import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { type EmbeddedServer, startEmbeddedServer } from "../../../src/db/embedded/server.ts";
import { runMigrations } from "../../../src/db/migrations.ts";
import { createPool } from "../../../src/db/pool.ts";
import { silentLogger } from "../../../src/logger.ts";
import { announcedBy, makeFolder, query, removeFolder } from "../../support/embedded-server.ts";
import { embeddedUrls } from "../../support/program.ts";
import { eventually } from "./eventually.ts";

/** How a PostgreSQL ends: told to (`fast` rolls back what runs, `immediate` is a crash that it notices), or killed. */
export type Ending = keyof typeof SIGNALS;

const SIGNALS = { fast: "SIGINT", immediate: "SIGQUIT", kill: "SIGKILL" } as const;

/** A migrated PostgreSQL of a test file's own, that may be stopped. */
export interface OwnPostgres {
  /** As the application role. */
  readonly applicationUrl: string;
  /** As the role that owns the tables. */
  readonly ownerUrl: string;
  /** As a superuser, whom no policy holds. */
  readonly superuserUrl: string;
  /** Resolves when it is gone, also where it has ended by itself. */
  stop(how: Ending): Promise<void>;
  /** Starts it again on its data and its port; resolves when it takes connections. */
  start(): Promise<void>;
  /** The same, as a standby, which cannot be written to until it is promoted. */
  startAsStandby(): Promise<void>;
  /** Resolves when it can be written to. */
  promote(): Promise<void>;
}

/**
 * Gives a test file a PostgreSQL of its own. What it says is stored survives its end, however that comes about, but not
 * one of the machine.
 * @param settings further ones, as `max_connections`
 * @param folder where its data is, if not in a temporary folder
 */
export function preparePostgres(
  settings: Readonly<Record<string, string>> = {},
  folder = makeFolder(),
): OwnPostgres {
  let server: EmbeddedServer | undefined;
  let promoted: Promise<EmbeddedServer> | undefined;
  let urls: ReturnType<typeof embeddedUrls> | undefined;

  const start = async () => {
    server = await startEmbeddedServer({
      dataDirectory: folder,
      durable: false,
      settings: { synchronous_commit: "on", ...settings },
    });
    const now = embeddedUrls(folder);
    urls ??= now;
    if (now.superuser !== urls.superuser) throw new Error("somebody else has taken the port of PostgreSQL");
    return server;
  };

  beforeAll(async () => migrate(await start()));
  afterAll(async () => {
    await promoted?.catch(() => undefined);
    await server?.stop();
    removeFolder(folder);
  });

  const ready = () => {
    if (urls === undefined) throw new Error("PostgreSQL is there from beforeAll on");
    return urls;
  };
  return {
    get applicationUrl() {
      return ready().application;
    },
    get ownerUrl() {
      return ready().owner;
    },
    get superuserUrl() {
      return ready().superuser;
    },
    async stop(how) {
      signal(announcedBy(folder).postmaster, SIGNALS[how]);
      await server?.stop();
    },
    async start() {
      await start();
    },
    async startAsStandby() {
      writeFileSync(join(folder, "postgres", "standby.signal"), "");
      promoted = start(); // which waits until it can be written to
      promoted.catch(() => undefined); // told by `promote`
      await eventually(() => query(ready().superuser, "SELECT"));
    },
    async promote() {
      await query(ready().superuser, "SELECT pg_promote()");
      await promoted;
    },
  };
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function migrate({ ownerUrl, applicationUrl }: EmbeddedServer): Promise<void> {
  const { username: user, password } = new URL(applicationUrl);
  const pool = createPool(ownerUrl, { max: 1 }, silentLogger);
  try {
    await runMigrations(pool, { applicationLogin: { user, password } });
  } finally {
    await pool.end();
  }
}
