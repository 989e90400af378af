import { resolve } from "node:path";
import { z } from "zod";
import { SLOW_OPERATION_MS } from "./db/database.ts";
import { POOL_DEFAULTS } from "./db/pool.ts";
import { RETRY_DEFAULTS, TRANSIENT_KINDS } from "./db/retry.ts";
import { LOG_FORMATS, LOG_LEVELS } from "./logger.ts";

/** A variable has a value that it may not have. The message is one line and names the variable. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(variable: string, rule: string) {
    super(`${variable} ${rule}`);
  }
}

const text = z.string();

const number = (minimum: number, maximum: number, unit = "") => {
  const rule = `must be a whole number from ${minimum} to ${maximum}${unit}`;
  return text
    .regex(/^\d{1,10}$/, rule)
    .transform(Number)
    .pipe(z.number().min(minimum, rule).max(maximum, rule));
};

const milliseconds = (minimum = 0) => number(minimum, 86_400_000, " (milliseconds)");

const flag = z.enum(["0", "1"], "must be 0 or 1").transform((value) => value === "1");

const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, `must be one of ${values.join(", ")}`);

const postgresUrl = text.refine(
  isPostgresUrl,
  "must be a PostgreSQL URL, such as postgres://user:password@host:5432/database (a % in it is written %25)",
);

/** Every variable that the program reads; an empty one counts as absent. README.md explains each. */
export const variables = z.object({
  PORT: number(0, 65_535).default(4000),
  HOST: text.default("127.0.0.1"),
  DATABASE_URL: postgresUrl.optional(),
  DATABASE_OWNER_URL: postgresUrl.optional(),
  DATA_DIR: text.default(".servo"),
  AUTH_MODE: oneOf(["header"]).default("header"),
  ALLOW_INSECURE_HEADER_AUTH: flag.default(false),
  MIGRATE_ON_START: flag.default(false),
  LOG_LEVEL: oneOf(LOG_LEVELS).default("info"),
  LOG_FORMAT: oneOf(LOG_FORMATS).optional(),
  SLOW_OPERATION_MS: milliseconds().default(SLOW_OPERATION_MS),
  POOL_MAX: number(1, 1000).default(POOL_DEFAULTS.max),
  POOL_MIN: number(0, 1000).default(POOL_DEFAULTS.min),
  POOL_ACQUIRE_TIMEOUT_MS: milliseconds(1).default(POOL_DEFAULTS.acquireTimeoutMs),
  POOL_IDLE_TIMEOUT_MS: milliseconds().default(POOL_DEFAULTS.idleTimeoutMs),
  POOL_MAX_LIFETIME_MS: milliseconds().default(POOL_DEFAULTS.maxLifetimeMs),
  RETRY_ATTEMPTS: number(1, 20).default(RETRY_DEFAULTS.attempts),
  RETRY_MIN_DELAY_MS: milliseconds().default(RETRY_DEFAULTS.minDelayMs),
  RETRY_MAX_DELAY_MS: milliseconds().default(RETRY_DEFAULTS.maxDelayMs),
  RETRY_ON: text
    .transform((value) => value.split(",").map((kind) => kind.trim()))
    .pipe(z.array(oneOf(TRANSIENT_KINDS)))
    .default([...RETRY_DEFAULTS.kinds]),
  MAX_BODY_BYTES: number(1024, 1_073_741_824, " (bytes)").default(1_048_576),
  SHUTDOWN_TIMEOUT_MS: milliseconds().default(10_000),
  NODE_ENV: text.optional(),
});

/** What the program is told by its environment, checked. */
export type Config = ReturnType<typeof readConfig>;

/**
 * Reads the configuration: the only reader of the environment.
 * @throws ConfigError for the first variable with a wrong value
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env) {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = variables.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ConfigError(String(issue?.path[0]), issue?.message ?? "is not valid");
  }
  const value = parsed.data;
  if (value.POOL_MIN > value.POOL_MAX) throw new ConfigError("POOL_MIN", "must not be greater than POOL_MAX");
  return {
    port: value.PORT,
    host: value.HOST,
    /** The application role's; absent for the embedded database. */
    databaseUrl: value.DATABASE_URL,
    /** The role's that owns the tables, for migrations. */
    databaseOwnerUrl: value.DATABASE_OWNER_URL,
    dataDirectory: resolve(value.DATA_DIR),
    authMode: value.AUTH_MODE,
    allowInsecureHeaderAuth: value.ALLOW_INSECURE_HEADER_AUTH,
    migrateOnStart: value.MIGRATE_ON_START,
    logLevel: value.LOG_LEVEL,
    logFormat: value.LOG_FORMAT ?? (value.NODE_ENV === "production" ? "json" : "pretty"),
    maxBodyBytes: value.MAX_BODY_BYTES,
    shutdownTimeoutMs: value.SHUTDOWN_TIMEOUT_MS,
    database: {
      slowOperationMs: value.SLOW_OPERATION_MS,
      pool: {
        max: value.POOL_MAX,
        min: value.POOL_MIN,
        acquireTimeoutMs: value.POOL_ACQUIRE_TIMEOUT_MS,
        idleTimeoutMs: value.POOL_IDLE_TIMEOUT_MS,
        maxLifetimeMs: value.POOL_MAX_LIFETIME_MS,
      },
      retry: {
        attempts: value.RETRY_ATTEMPTS,
        minDelayMs: value.RETRY_MIN_DELAY_MS,
        maxDelayMs: value.RETRY_MAX_DELAY_MS,
        kinds: value.RETRY_ON,
      },
    },
  };
}

/** Whether a host name means this machine alone. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function isPostgresUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, href } = new URL(value);
  return ["postgres:", "postgresql:"].includes(protocol) && isDecodable(href);
}

function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== "";
  } catch {
    return false;
  }
}
