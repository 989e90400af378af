import type { z } from "zod";
import { CIRCUIT_BREAKER_DEFAULTS } from "../db/circuit-breaker.ts";
import { SLOW_OPERATION_MS } from "../db/database.ts";
import { POOL_DEFAULTS } from "../db/pool.ts";
import { RETRY_DEFAULTS, TRANSIENT_KINDS } from "../db/retry.ts";
import { TIMEOUT_DEFAULTS } from "../db/timeouts.ts";
import { ConfigError, flag, listOf, milliseconds, number, oneOf } from "./values.ts";

/** How the database is used. */
export const databaseVariables = {
  SLOW_OPERATION_MS: milliseconds().default(SLOW_OPERATION_MS),
  POOL_MAX: number(1, 1000).default(POOL_DEFAULTS.max),
  POOL_MIN: number(0, 1000).default(POOL_DEFAULTS.min),
  POOL_ACQUIRE_TIMEOUT_MS: milliseconds(1).default(POOL_DEFAULTS.acquireTimeoutMs),
  POOL_IDLE_TIMEOUT_MS: milliseconds().default(POOL_DEFAULTS.idleTimeoutMs),
  POOL_MAX_LIFETIME_MS: milliseconds().default(POOL_DEFAULTS.maxLifetimeMs),
  PREPARED_STATEMENTS: flag.default(true),
  STATEMENT_TIMEOUT_MS: milliseconds().default(TIMEOUT_DEFAULTS.statementMs),
  IDLE_IN_TRANSACTION_TIMEOUT_MS: milliseconds().default(TIMEOUT_DEFAULTS.idleInTransactionMs),
  RETRY_ATTEMPTS: number(1, 20).default(RETRY_DEFAULTS.attempts),
  RETRY_MIN_DELAY_MS: milliseconds().default(RETRY_DEFAULTS.minDelayMs),
  RETRY_MAX_DELAY_MS: milliseconds().default(RETRY_DEFAULTS.maxDelayMs),
  RETRY_ON: listOf(oneOf(TRANSIENT_KINDS)).default([...RETRY_DEFAULTS.kinds]),
  CIRCUIT_BREAKER_FAILURES: number(0, 1000).default(CIRCUIT_BREAKER_DEFAULTS.failures),
  CIRCUIT_BREAKER_PROBE_AFTER_MS: milliseconds(1).default(CIRCUIT_BREAKER_DEFAULTS.probeAfterMs),
};

type Given = z.output<z.ZodObject<typeof databaseVariables>>;

/** @throws ConfigError where two variables do not fit each other */
export function databaseConfig(given: Given) {
  if (given.POOL_MIN > given.POOL_MAX) throw new ConfigError("POOL_MIN", "must not be greater than POOL_MAX");
  return {
    slowOperationMs: given.SLOW_OPERATION_MS,
    pool: {
      max: given.POOL_MAX,
      min: given.POOL_MIN,
      acquireTimeoutMs: given.POOL_ACQUIRE_TIMEOUT_MS,
      idleTimeoutMs: given.POOL_IDLE_TIMEOUT_MS,
      maxLifetimeMs: given.POOL_MAX_LIFETIME_MS,
    },
    preparedStatements: given.PREPARED_STATEMENTS,
    timeouts: {
      statementMs: given.STATEMENT_TIMEOUT_MS,
      idleInTransactionMs: given.IDLE_IN_TRANSACTION_TIMEOUT_MS,
    },
    retry: {
      attempts: given.RETRY_ATTEMPTS,
      minDelayMs: given.RETRY_MIN_DELAY_MS,
      maxDelayMs: given.RETRY_MAX_DELAY_MS,
      kinds: given.RETRY_ON,
    },
    circuitBreaker: {
      failures: given.CIRCUIT_BREAKER_FAILURES,
      probeAfterMs: given.CIRCUIT_BREAKER_PROBE_AFTER_MS,
    },
  };
}
