import type { Config } from "../config.ts";
import type { FairShareLimits } from "../http/fair-share.ts";
import { HeavyWorkers, type HeavyWorkersOptions } from "../http/heavy/workers.ts";

/** The configuration of what is not heavy, with the connections that the threads leave. */
export function besideHeavy(config: Config): Config {
  const { pool } = config.database;
  return {
    ...config,
    database: {
      ...config.database,
      pool: { ...pool, ...connections(config, pool.max - config.heavyWorkers) },
    },
  };
}

/** How tenants share the main thread's connections. */
export function lightShare(config: Config): FairShareLimits {
  return {
    ...waitingOf(config),
    slots: besideHeavy(config).database.pool.max,
    slotsPerTenant: config.tenantMaxConcurrency,
  };
}

/** The threads for heavy operations, or none. */
export function startHeavyWorkers(
  config: Config,
  url: string,
  listener: Omit<HeavyWorkersOptions, "share" | "data" | "program">,
): HeavyWorkers | undefined {
  const { heavyWorkers: slots, database, tracing } = config;
  if (slots === 0) return undefined;
  return new HeavyWorkers({
    share: { ...waitingOf(config), slots, slotsPerTenant: Math.ceil(slots / 2) },
    data: { url, options: { ...database, pool: { ...database.pool, ...connections(config, 1) } }, tracing },
    ...listener,
  });
}

const connections = ({ database: { pool } }: Config, max: number) => ({ max, min: Math.min(pool.min, max) });

const waitingOf = ({ tenantMaxWaiting, database: { pool } }: Config) => ({
  waitingPerTenant: tenantMaxWaiting,
  waitMs: pool.acquireTimeoutMs,
});
