import { type SQL, sql } from "drizzle-orm";
import { eachTenant, isOneOf } from "../../db/predicates.ts";
import type { ExecutionState } from "../execution/execution.table.ts";

/** The latest of the executions that write an asset. */
export interface ExecutionRow extends Record<string, unknown> {
  readonly asset_id: string;
  readonly execution_id: string;
  readonly state: ExecutionState;
  /** In milliseconds since 1970; null while it runs. */
  readonly completed_at: string | null;
}

/**
 * Of each asset that a workflow writes the execution that was made last, of all versions of all workflows that have it as
 * an output, as {@link ExecutionRow}s. Each workflow is looked at once, however many of the assets it writes; of its
 * executions the first in the order of an index, of each tenant.
 * @param state the executions in this state alone
 */
export function latestExecutionsStatement(
  assetIds: readonly string[],
  tenants: readonly string[],
  state?: ExecutionState,
): SQL {
  const inState = state === undefined ? sql`` : sql`AND executions.state = ${state}`;
  return sql`
    WITH link AS MATERIALIZED (
      SELECT asset_id, workflow_id FROM workflow_assets
      WHERE ${isOneOf(sql`asset_id`, "uuid", assetIds)} AND role = 'output' AND ${isOneOf(sql`tenant_id`, "text", tenants)}
    ), run AS MATERIALIZED (
      SELECT execution.*
      FROM (SELECT DISTINCT workflow_id FROM link) AS workflow
      CROSS JOIN ${eachTenant(tenants)}
      CROSS JOIN LATERAL (
        SELECT executions.workflow_id, executions.id, executions.state, executions.completed_at, executions.created_at
        FROM executions
        WHERE executions.tenant_id = scope.tenant_id AND executions.workflow_id = workflow.workflow_id ${inState}
        ORDER BY executions.created_at DESC, executions.id DESC
        LIMIT 1
      ) AS execution
    )
    SELECT DISTINCT ON (link.asset_id)
      link.asset_id, run.id AS execution_id, run.state, extract(epoch FROM run.completed_at) * 1000 AS completed_at
    FROM link JOIN run USING (workflow_id)
    ORDER BY link.asset_id, run.created_at DESC, run.id DESC`;
}
