import type { Logger } from "pino";
import { ConfigError } from "../config/values.ts";
import type { Config } from "../config.ts";
import { createDatabase, type Database } from "../db/database.ts";
import { type EmbeddedServer, startEmbeddedServer } from "../db/embedded/server.ts";
import { migrationState } from "../db/migration-state.ts";
import { runMigrations } from "../db/migrations.ts";
import type { DatabaseObserver } from "../db/observer.ts";
import { createPool } from "../db/pool.ts";
import { assertReachable, withRights } from "../db/refusal.ts";
import { NO_TIMEOUTS } from "../db/timeouts.ts";

/** A database that is migrated and safe to serve, the server's own embedded one or that of `DATABASE_URL`. */
export interface ConnectedDatabase {
  readonly database: Database;
  /** The application role's connection. */
  readonly url: string;
  /** Whether it is the embedded one. */
  readonly embedded: boolean;
  /**
   * Closes the connections, then stops the embedded server. To be called last.
   * @param patienceMs how long, in milliseconds, to wait for statements that still run; default: until they end
   */
  close(patienceMs?: number): Promise<void>;
}

/**
 * Connects to `DATABASE_URL`, or else to the embedded database, which is started and always migrated.
 * @param observer sees what is asked of it; default: nobody
 * @throws ConfigError when the database is not migrated, ServingRoleError when the role is not held by its policies
 */
export async function connect(
  config: Config,
  logger: Logger,
  observer?: DatabaseObserver,
): Promise<ConnectedDatabase> {
  const embedded = config.databaseUrl === undefined ? await startEmbedded(config, logger) : undefined;
  const url = embedded?.applicationUrl ?? config.databaseUrl ?? "";
  const database = createDatabase(url, { ...config.database, logger, observer });
  const close = async (patienceMs?: number) => {
    await database.close(patienceMs);
    await embedded?.stop();
  };
  try {
    if (embedded !== undefined) await migrate(embedded.ownerUrl, url, logger);
    else if (config.migrateOnStart) await migrate(ownerUrlOf(config, "MIGRATE_ON_START=1"), url, logger);
    await assertReachable(database.pool, "DATABASE_URL");
    await database.assertServingRole();
    const { migrations, newer } = await migrationState(database.pool);
    if (!migrations.every(({ isApplied }) => isApplied)) {
      throw new ConfigError(
        "DATABASE_URL",
        'names a database that is not migrated; run "servo-storage migrate" first',
      );
    }
    if (newer > 0) logger.warn({ migrations: newer }, "The database is newer than this version");
    return { database, url, embedded: embedded !== undefined, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** As {@link connect}, for a command that somebody watches and may interrupt: its statements take as long as they take. */
export function connectForCommand(config: Config, logger: Logger): Promise<ConnectedDatabase> {
  return connect({ ...config, database: { ...config.database, timeouts: NO_TIMEOUTS } }, logger);
}

/** Migrates the database of `DATABASE_OWNER_URL`, or the embedded one, and admits the login of `DATABASE_URL`. */
export async function migrateConfigured(config: Config, logger: Logger): Promise<void> {
  if (config.databaseUrl !== undefined || config.databaseOwnerUrl !== undefined) {
    return migrate(ownerUrlOf(config, "migrate"), config.databaseUrl, logger);
  }
  const embedded = await startEmbedded(config, logger);
  try {
    await migrate(embedded.ownerUrl, embedded.applicationUrl, logger);
  } finally {
    await embedded.stop();
  }
}

/** Starts the embedded database, or joins the programs that use it. */
export async function startEmbedded({ dataDirectory }: Config, logger: Logger): Promise<EmbeddedServer> {
  const server = await startEmbeddedServer({ dataDirectory });
  logger.info({ data_dir: dataDirectory, started_here: server.startedHere }, "Embedded PostgreSQL ready");
  return server;
}

async function migrate(ownerUrl: string, applicationUrl: string | undefined, logger: Logger): Promise<void> {
  const pool = createPool(ownerUrl, { max: 1 }, logger);
  try {
    const login = applicationUrl === undefined ? undefined : loginOf(applicationUrl);
    await assertReachable(pool, "DATABASE_OWNER_URL");
    await withRights("DATABASE_OWNER_URL", () => runMigrations(pool, { applicationLogin: login }));
    logger.info({ application_role: login?.user }, "Database migrated");
  } finally {
    await pool.end();
  }
}

function ownerUrlOf({ databaseOwnerUrl }: Config, reason: string): string {
  if (databaseOwnerUrl !== undefined) return databaseOwnerUrl;
  throw new ConfigError("DATABASE_OWNER_URL", `is needed for ${reason}: the role that owns the tables`);
}

function loginOf(url: string): { user: string; password: string | undefined } {
  const { username, password } = new URL(url);
  if (username === "")
    throw new ConfigError(
      "DATABASE_URL",
      "must name the application role, as in postgres://role:password@host/database",
    );
  return {
    user: decodeURIComponent(username),
    password: password === "" ? undefined : decodeURIComponent(password),
  };
}
