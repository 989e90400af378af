import type { Socket } from "node:net";
import pg from "pg";
import type { StorageLogger } from "../logger.ts";
import { isMigrated } from "./migration-state.ts";
import { assertServingRole, ServingRoleError } from "./serving-role.ts";

/** How long, in milliseconds, the database may take to let in, and to answer each question. */
const PATIENCE_MS = 2000;

/** What was found: `unknown` is what could not be looked at, because something before it had failed. */
export type Check = "ok" | "failed" | "unknown";

/** What must be well for a database to be served. */
export interface Checks {
  /** It can be reached, and answers. */
  readonly database: Check;
  /** It has every migration of this version. It may have more: a newer version is being rolled out. */
  readonly migrations: Check;
  /** Row-level security holds the role. */
  readonly role: Check;
}

/** What a look found. */
export interface Readiness {
  /** Whether all is well. */
  readonly isReady: boolean;
  readonly checks: Checks;
}

/** Looks whether a database can be served. */
export interface Probe {
  /** Those that ask at once share one look. */
  look(): Promise<Readiness>;
  close(): Promise<void>;
}

/**
 * A probe with a connection of its own, which it keeps: a pool whose connections are all in use is busy, and not broken.
 * Changes from good to bad and back are logged.
 */
export function createProbe(url: string, logger: StorageLogger): Probe {
  let client: Promise<pg.Client> | undefined;
  let looking: Promise<Readiness> | undefined;
  let wasReady = true;

  const drop = () => {
    client?.then(leave).catch(() => undefined);
    client = undefined;
  };
  const look = async (): Promise<Readiness> => {
    client ??= connect(url, drop);
    const { checks, error } = await check(client);
    if (checks.database !== "ok") drop();
    const isReady = Object.values(checks).every((each) => each === "ok");
    if (wasReady && !isReady) logger.error({ checks, error }, "Not ready");
    if (!wasReady && isReady) logger.info({ checks }, "Ready again");
    wasReady = isReady;
    return { isReady, checks };
  };
  return {
    look() {
      looking ??= look().finally(() => {
        looking = undefined;
      });
      return looking;
    },
    async close() {
      await looking;
      drop();
    },
  };
}

/** A server that does not take the goodbye does not keep the process. */
async function leave(client: pg.Client): Promise<void> {
  (client.connection.stream as Socket).unref();
  await client.end();
}

async function connect(url: string, onLost: () => void): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: "servo-storage probe",
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: PATIENCE_MS,
    keepAlive: true,
  });
  client.on("error", onLost);
  await client.connect();
  return client;
}

async function check(connected: Promise<pg.Client>): Promise<{ checks: Checks; error?: unknown }> {
  try {
    const client = await connected;
    const isCurrent = await isMigrated(client);
    const fault = await faultOfRole(client);
    const told = (isSo: boolean): Check => (isSo ? "ok" : "failed");
    return {
      checks: { database: "ok", migrations: told(isCurrent), role: told(fault === undefined) },
      error: fault,
    };
  } catch (error) {
    return { checks: { database: "failed", migrations: "unknown", role: "unknown" }, error };
  }
}

async function faultOfRole(client: pg.Client): Promise<ServingRoleError | undefined> {
  try {
    await assertServingRole(client);
    return undefined;
  } catch (error) {
    if (error instanceof ServingRoleError) return error;
    throw error;
  }
}
