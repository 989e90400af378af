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
 * an output, as {@link ExecutionRow}s: of each workflow and tenant the first in the order of an index is looked at.
 * @param state the executions in this state alone
 */
export function latestExecutionsStatement(
  assetIds: readonly string[],
  tenants: readonly string[],
  state?: ExecutionState,
): SQL {
  const inState = state === undefined ? sql`` : sql`AND executions.state = ${state}`;
  return sql`
    SELECT
      asset.id AS asset_id, latest.id AS execution_id, latest.state,
      extract(epoch FROM latest.completed_at) * 1000 AS completed_at
    FROM unnest(${sql.param([...assetIds])}::uuid[]) AS asset(id)
    CROSS JOIN LATERAL (
      SELECT execution.*
      FROM workflow_assets AS link
      CROSS JOIN ${eachTenant(tenants)}
      CROSS JOIN LATERAL (
        SELECT executions.id, executions.state, executions.completed_at, executions.created_at
        FROM executions
        WHERE executions.tenant_id = scope.tenant_id AND executions.workflow_id = link.workflow_id ${inState}
        ORDER BY executions.created_at DESC, executions.id DESC
        LIMIT 1
      ) AS execution
      WHERE link.asset_id = asset.id AND link.role = 'output' AND ${isOneOf(sql`link.tenant_id`, "text", tenants)}
      ORDER BY execution.created_at DESC, execution.id DESC
      LIMIT 1
    ) AS latest`;
}
