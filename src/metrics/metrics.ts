import { addDatabaseMetrics, type DatabaseMetrics } from "./database-metrics.ts";
import { Registry } from "./families.ts";
import { addLaneMetrics, type LaneMetrics } from "./lane-metrics.ts";
import { addNodeMetrics } from "./node-metrics.ts";
import { addRequestMetrics, type RequestMetrics } from "./request-metrics.ts";

/** All that a service measures. docs/monitoring.md tells what each family means. */
export interface Metrics {
  readonly registry: Registry;
  readonly requests: RequestMetrics;
  readonly lanes: LaneMetrics;
  readonly countDatabase: DatabaseMetrics;
  /** Ends the watching of Node. */
  close(): void;
}

/** @param version of this program */
export function createMetrics(version: string): Metrics {
  const registry = new Registry();
  registry.reading(
    "gauge",
    { name: "servo_build_info", help: "1, with the version.", labels: ["version"] },
    () => [[{ version }, 1]],
  );
  return {
    registry,
    requests: addRequestMetrics(registry),
    lanes: addLaneMetrics(registry),
    countDatabase: addDatabaseMetrics(registry),
    close: addNodeMetrics(registry),
  };
}
