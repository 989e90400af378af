import type { z } from "zod";
import { LIMIT_DEFAULTS, type Limits } from "../limits.ts";
import { number } from "./values.ts";

/** How much one request may ask for. */
export const limitVariables = {
  MAX_BODY_BYTES: number(1024, 1_073_741_824, "(bytes)").default(LIMIT_DEFAULTS.maxBodyBytes),
  MAX_TOKENS: number(100, 1_000_000).default(LIMIT_DEFAULTS.maxTokens),
  MAX_DEPTH: number(1, 200).default(LIMIT_DEFAULTS.maxDepth),
  MAX_ALIASES: number(0, 1_000_000).default(LIMIT_DEFAULTS.maxAliases),
  MAX_DIRECTIVES: number(0, 1_000_000).default(LIMIT_DEFAULTS.maxDirectives),
  MAX_LIST_ITEMS: number(1, 1_000_000).default(LIMIT_DEFAULTS.maxListItems),
  MAX_IDS_PER_LOOKUP: number(1, 1000).default(LIMIT_DEFAULTS.maxIdsPerLookup),
  MAX_COST: number(1, 1_000_000_000).default(LIMIT_DEFAULTS.maxCost),
  MAX_OPERATIONS_PER_REQUEST: number(1, 100).default(LIMIT_DEFAULTS.maxOperationsPerRequest),
};

type Given = z.output<z.ZodObject<typeof limitVariables>>;

export function limitConfig(given: Given): { limits: Limits } {
  return {
    limits: {
      maxBodyBytes: given.MAX_BODY_BYTES,
      maxTokens: given.MAX_TOKENS,
      maxDepth: given.MAX_DEPTH,
      maxAliases: given.MAX_ALIASES,
      maxDirectives: given.MAX_DIRECTIVES,
      maxListItems: given.MAX_LIST_ITEMS,
      maxIdsPerLookup: given.MAX_IDS_PER_LOOKUP,
      maxCost: given.MAX_COST,
      maxOperationsPerRequest: given.MAX_OPERATIONS_PER_REQUEST,
    },
  };
}
