import { sql } from "drizzle-orm";
import { check, foreignKey, index, pgTable, primaryKey, text, unique, uuid } from "drizzle-orm/pg-core";
import {
  authorship,
  identity,
  lengthCheck,
  moment,
  ownOrGlobalCheck,
  recordChecks,
  tenantPolicies,
  timestamps,
} from "../../db/columns.ts";
import { workflows } from "../workflow/workflow.table.ts";

/** The states of an execution, as stored. */
export const EXECUTION_STATES = [
  "pending",
  "running",
  "succeeded",
  "failed",
  "cancelled",
  "timeout",
] as const;
export type ExecutionState = (typeof EXECUTION_STATES)[number];

/** Those that an execution does not leave any more. */
export const ENDED_STATES = [
  "succeeded",
  "failed",
  "cancelled",
  "timeout",
] as const satisfies readonly ExecutionState[];

/** Runs of workflow versions. A tenant may run a global workflow; the run is the tenant's own. */
export const executions = pgTable(
  "executions",
  {
    ...identity,
    workflowTenantId: text("workflow_tenant_id").notNull(),
    workflowId: uuid("workflow_id").notNull(),
    state: text("state").$type<ExecutionState>().notNull().default("pending"),
    idempotencyKey: text("idempotency_key"),
    startedAt: moment("started_at"),
    completedAt: moment("completed_at"),
    errorMessage: text("error_message"),
    ...timestamps,
    ...authorship,
  },
  (table) => [
    primaryKey({ name: "executions_pkey", columns: [table.tenantId, table.id] }),
    unique("executions_idempotency_key").on(
      table.tenantId,
      table.workflowTenantId,
      table.workflowId,
      table.idempotencyKey,
    ),
    foreignKey({
      name: "executions_workflow_fkey",
      columns: [table.workflowTenantId, table.workflowId],
      foreignColumns: [workflows.tenantId, workflows.id],
    }),
    index("executions_by_id").on(table.id),
    index("executions_by_created_at").on(table.tenantId, table.createdAt, table.id),
    index("executions_by_updated_at").on(table.tenantId, table.updatedAt, table.id),
    // What has not started sorts as later than anything that has; see `startedAtOrInfinity`.
    index("executions_by_started_at").on(
      table.tenantId,
      sql`coalesce(started_at, 'infinity'::timestamptz)`,
      table.id,
    ),
    index("executions_by_workflow").on(table.tenantId, table.workflowId, table.createdAt, table.id),
    index("executions_by_state").on(table.tenantId, table.state, table.createdAt, table.id),
    index("executions_by_referenced_workflow").on(table.workflowTenantId, table.workflowId),
    check(
      "executions_state",
      sql`state IN ('pending', 'running', 'succeeded', 'failed', 'cancelled', 'timeout')`,
    ),
    check("executions_completed_at_after_started_at", sql`completed_at >= started_at`),
    lengthCheck("executions_idempotency_key_length", "idempotency_key", 1, 512),
    lengthCheck("executions_error_message_length", "error_message", 0, 10_000),
    ownOrGlobalCheck("executions_workflow_tenant", table.workflowTenantId),
    ...recordChecks("executions"),
    ...tenantPolicies("executions"),
  ],
);
