import { availableParallelism } from "node:os";
import type { z } from "zod";
import { SHARE_DEFAULTS } from "../limits.ts";
import { number } from "./values.ts";

/** More threads than this would hold more of the pool than heavy operations deserve. */
const MOST_WORKERS_BY_DEFAULT = 4;

/** How those that ask at once share the pool. */
export const fairnessVariables = {
  TENANT_MAX_CONCURRENCY: number(1, 1000).optional(),
  TENANT_MAX_WAITING: number(0, 1_000_000).default(SHARE_DEFAULTS.waitingPerTenant),
  HEAVY_WORKERS: number(0, 64).optional(),
};

type Given = z.output<z.ZodObject<typeof fairnessVariables>> & { readonly POOL_MAX: number };

/** What is not given follows POOL_MAX and the processors; threads never take the last connection. */
export function fairnessConfig(given: Given) {
  const byDefault = Math.max(1, Math.min(MOST_WORKERS_BY_DEFAULT, availableParallelism() - 1));
  // Each has a connection of its own, and one must be left.
  const heavyWorkers = Math.min(given.HEAVY_WORKERS ?? byDefault, given.POOL_MAX - 1);
  const connections = given.POOL_MAX - heavyWorkers;
  return {
    tenantMaxConcurrency: given.TENANT_MAX_CONCURRENCY ?? SHARE_DEFAULTS.slotsPerTenant(connections),
    tenantMaxWaiting: given.TENANT_MAX_WAITING,
    heavyWorkers,
  };
}
