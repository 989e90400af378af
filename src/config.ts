import { resolve } from "node:path";
import { z } from "zod";
import { authenticationConfig, authenticationVariables } from "./config/authentication.ts";
import { databaseConfig, databaseVariables } from "./config/database.ts";
import { exposureConfig, exposureVariables } from "./config/exposure.ts";
import { fairnessConfig, fairnessVariables } from "./config/fairness.ts";
import { limitConfig, limitVariables } from "./config/limits.ts";
import { metricsConfig, metricsVariables } from "./config/metrics.ts";
import { tracingConfig, tracingVariables } from "./config/tracing.ts";
import { ConfigError, flag, milliseconds, number, oneOf, postgresUrl, text } from "./config/values.ts";
import { LOG_FORMATS, LOG_LEVELS } from "./logger.ts";

/** As long as a load balancer takes to learn that a replica is not ready any more. */
const PRODUCTION_DRAIN_MS = 5000;

/** Every variable that the program reads; an empty one counts as absent. README.md explains each. */
export const variables = z.object({
  PORT: number(0, 65_535).default(4000),
  HOST: text.default("127.0.0.1"),
  DATABASE_URL: postgresUrl.optional(),
  DATABASE_OWNER_URL: postgresUrl.optional(),
  DATA_DIR: text.default(".servo"),
  ...authenticationVariables,
  MIGRATE_ON_START: flag.default(false),
  LOG_LEVEL: oneOf(LOG_LEVELS).default("info"),
  LOG_FORMAT: oneOf(LOG_FORMATS).optional(),
  ...databaseVariables,
  ...fairnessVariables,
  ...limitVariables,
  ...exposureVariables,
  ...metricsVariables,
  ...tracingVariables,
  SHUTDOWN_DELAY_MS: milliseconds().optional(),
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
  const isProduction = value.NODE_ENV === "production";
  return {
    port: value.PORT,
    host: value.HOST,
    /** The application role's; absent for the embedded database. */
    databaseUrl: value.DATABASE_URL,
    /** The role's that owns the tables, for migrations. */
    databaseOwnerUrl: value.DATABASE_OWNER_URL,
    dataDirectory: resolve(value.DATA_DIR),
    ...authenticationConfig(value),
    migrateOnStart: value.MIGRATE_ON_START,
    logLevel: value.LOG_LEVEL,
    logFormat: value.LOG_FORMAT ?? (isProduction ? "json" : "pretty"),
    ...fairnessConfig(value),
    ...limitConfig(value),
    ...exposureConfig(value, isProduction),
    ...metricsConfig(value),
    ...tracingConfig(value),
    shutdownDelayMs: value.SHUTDOWN_DELAY_MS ?? (isProduction ? PRODUCTION_DRAIN_MS : 0),
    shutdownTimeoutMs: value.SHUTDOWN_TIMEOUT_MS,
    database: databaseConfig(value),
  };
}
