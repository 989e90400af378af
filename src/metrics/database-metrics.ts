import { TRANSIENT_KINDS } from "../db/retry.ts";
import { NODES, SECONDS } from "./buckets.ts";
import type { Registry } from "./families.ts";
import type { Lane } from "./lane-metrics.ts";
import type { Measurement } from "./measuring.ts";

/** Counts what was measured in a lane. */
export type DatabaseMetrics = (measurement: Measurement, lane: Lane) => void;

/** What the database was asked, how long that took, and what failed. */
export function addDatabaseMetrics(registry: Registry): DatabaseMetrics {
  const acquired = registry.histogram(
    {
      name: "servo_db_pool_acquire_duration_seconds",
      help: "Time that taking a connection from the pool took, or failed after.",
      labels: ["lane", "outcome"],
    },
    SECONDS,
  );
  const operated = registry.histogram(
    {
      name: "servo_db_operation_duration_seconds",
      help: "Time that methods of repositories took, their wait for a connection included.",
      labels: ["operation"],
    },
    SECONDS,
  );
  const failed = registry.counter({
    name: "servo_db_operation_errors_total",
    help: "Methods of repositories that failed, by the code of the error.",
    labels: ["operation", "code"],
  });
  const sent = registry.counter({
    name: "servo_db_statements_total",
    help: "Statements of methods of repositories.",
    labels: ["operation"],
  });
  const retried = registry.counter({
    name: "servo_db_retries_total",
    help: "Transactions and queries that were tried again, by why the try before had failed.",
    labels: ["kind"],
  });
  const surrendered = registry.counter({
    name: "servo_db_retries_exhausted_total",
    help: "Transactions and queries that failed for a passing reason when there were no more tries.",
    labels: ["kind"],
  });
  // An event of a series that nobody knew is no change, and alerts on none.
  for (const kind of TRANSIENT_KINDS) {
    retried.add({ kind }, 0);
    surrendered.add({ kind }, 0);
  }
  for (const outcome of ["ok", "exhausted", "connect"]) acquired.expect({ lane: "main", outcome });
  const countWalk = addLineageMetrics(registry);

  return (measured, lane) => {
    switch (measured.of) {
      case "acquire":
        return acquired.observe({ lane, outcome: measured.outcome }, measured.seconds);
      case "operation": {
        const { name: operation, code, seconds } = measured;
        if (code !== undefined) failed.add({ operation, code });
        return operated.observe({ operation }, seconds);
      }
      case "statement":
        return sent.add({ operation: measured.name });
      case "retry":
        return retried.add({ kind: measured.kind });
      case "surrender":
        return surrendered.add({ kind: measured.kind });
      case "walk":
        return countWalk(measured);
    }
  };
}

function addLineageMetrics(registry: Registry) {
  const answered = registry.counter({
    name: "servo_lineage_answers_total",
    help: "Answers about lineage, by whether they are whole or what cut them.",
    labels: ["method", "completeness"],
  });
  const nodes = registry.histogram(
    {
      name: "servo_lineage_nodes",
      help: "How many assets an answer about lineage has, or has counted.",
      labels: ["method"],
    },
    NODES,
  );
  return ({ name: method, completeness, size }: Extract<Measurement, { of: "walk" }>) => {
    answered.add({ method, completeness });
    nodes.observe({ method }, size);
  };
}
