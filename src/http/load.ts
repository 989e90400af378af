import type { Database } from "../db/database.ts";
import type { LaneMetrics, PoolLoad } from "../metrics/lane-metrics.ts";
import type { FairShare } from "./fair-share.ts";
import type { HeavyWorkers } from "./heavy/workers.ts";

/** What is busy in a service. */
interface Busy {
  readonly database: Database;
  readonly share: FairShare;
  /** Of the share. */
  readonly slots: number;
  readonly heavy: HeavyWorkers | undefined;
}

/** Has the load of a service read whenever its metrics are. */
export function watchLoad(lanes: LaneMetrics, { database, share, slots, heavy }: Busy): void {
  lanes.watchOperations("main", () => ({ ...share.load, slots }));
  lanes.watchPool("main", () => poolLoad(database.pool));
  lanes.watchCircuit(() => database.circuit && database.circuit !== "closed");
  if (heavy === undefined) return;
  lanes.watchOperations("heavy", () => heavy.load);
  lanes.watchPool("heavy", () => heavy.pool);
  lanes.watchThreads(() => heavy.failures);
}

/** How a pool is used now. */
export function poolLoad({ totalCount, idleCount, waitingCount, options }: Database["pool"]): PoolLoad {
  return { used: totalCount - idleCount, idle: idleCount, waiting: waitingCount, max: options.max };
}
