import type { z } from "zod";
import {
  LIMIT_DEFAULTS,
  type Limits,
  OPERATION_TIMEOUT_MS,
  TIMEOUT_DEFAULTS,
  type Timeouts,
} from "../limits.ts";
import { ConfigError, milliseconds, number } from "./values.ts";

/** How much one request may ask for. */
export const limitVariables = {
  MAX_BODY_BYTES: number(1024, 1_073_741_824, "(bytes)").default(LIMIT_DEFAULTS.maxBodyBytes),
  MAX_TOKENS: number(100, 1_000_000).default(LIMIT_DEFAULTS.maxTokens),
  MAX_DEPTH: number(1, 200).default(LIMIT_DEFAULTS.maxDepth),
  MAX_ALIASES: number(0, 1_000_000).default(LIMIT_DEFAULTS.maxAliases),
  MAX_DIRECTIVES: number(0, 1_000_000).default(LIMIT_DEFAULTS.maxDirectives),
  MAX_LIST_ITEMS: number(1, 1_000_000).default(LIMIT_DEFAULTS.maxListItems),
  MAX_IDS_PER_LOOKUP: number(1, 1000).default(LIMIT_DEFAULTS.maxIdsPerLookup),
  MAX_ENTITIES_PER_LOOKUP: number(1, 10_000).default(LIMIT_DEFAULTS.maxEntitiesPerLookup),
  MAX_COST: number(1, 1_000_000_000).default(LIMIT_DEFAULTS.maxCost),
  MAX_OPERATIONS_PER_REQUEST: number(1, 100).default(LIMIT_DEFAULTS.maxOperationsPerRequest),
  OPERATION_TIMEOUT_MS: milliseconds().default(OPERATION_TIMEOUT_MS),
  REQUEST_TIMEOUT_MS: milliseconds(1).default(TIMEOUT_DEFAULTS.requestTimeoutMs),
  HEADERS_TIMEOUT_MS: milliseconds(1).default(TIMEOUT_DEFAULTS.headersTimeoutMs),
  KEEP_ALIVE_TIMEOUT_MS: milliseconds(1).default(TIMEOUT_DEFAULTS.keepAliveTimeoutMs),
};

type Given = z.output<z.ZodObject<typeof limitVariables>>;

/** @throws ConfigError where two variables do not fit each other */
export function limitConfig(given: Given): {
  limits: Limits;
  operationTimeoutMs: number;
  timeouts: Timeouts;
} {
  if (given.HEADERS_TIMEOUT_MS > given.REQUEST_TIMEOUT_MS)
    throw new ConfigError("HEADERS_TIMEOUT_MS", "must not be greater than REQUEST_TIMEOUT_MS");
  return {
    limits: {
      maxBodyBytes: given.MAX_BODY_BYTES,
      maxTokens: given.MAX_TOKENS,
      maxDepth: given.MAX_DEPTH,
      maxAliases: given.MAX_ALIASES,
      maxDirectives: given.MAX_DIRECTIVES,
      maxListItems: given.MAX_LIST_ITEMS,
      maxIdsPerLookup: given.MAX_IDS_PER_LOOKUP,
      maxEntitiesPerLookup: given.MAX_ENTITIES_PER_LOOKUP,
      maxCost: given.MAX_COST,
      maxOperationsPerRequest: given.MAX_OPERATIONS_PER_REQUEST,
    },
    operationTimeoutMs: given.OPERATION_TIMEOUT_MS,
    timeouts: {
      requestTimeoutMs: given.REQUEST_TIMEOUT_MS,
      headersTimeoutMs: given.HEADERS_TIMEOUT_MS,
      keepAliveTimeoutMs: given.KEEP_ALIVE_TIMEOUT_MS,
    },
  };
}
