import { and, getTableColumns, gte, lt, type SQL, sql } from "drizzle-orm";
import type { z } from "zod";
import { builtPerColumnSet, columnSets } from "../../db/column-sets.ts";
import { isOneOf } from "../../db/predicates.ts";
import { selectByIds } from "../../db/rows-by-ids.ts";
import type { TenantDatabase } from "../../db/tenant-database.ts";
import type { executionFilter } from "./execution.input.ts";
import { executions } from "./execution.table.ts";

const { workflowTenantId: _, ...storedColumns } = getTableColumns(executions);

/** What has not started sorts as later than anything that has: first in "newest first". */
export const startedAtOrInfinity = sql`coalesce(executions.started_at, 'infinity'::timestamptz)`;

/** What is read of an execution. */
export const executionColumns = {
  ...storedColumns,
  tenantId: sql<string | null>`nullif(executions.tenant_id, '~global')`.as("shown_tenant_id"),
};

/** Those of them that are read for fields that are asked for. */
export const executionColumnsFor = columnSets(executionColumns, {
  always: ["id", "workflowId"],
  orderings: ["createdAt", "updatedAt", "startedAt"],
  madeOf: { durationMs: ["startedAt", "completedAt"] },
});

/** The executions that `where` holds for, as they are read. */
export function selectExecutions(db: TenantDatabase, where: SQL | undefined) {
  return db.select(executionColumns).from(executions).where(where);
}

/** See {@link selectByIds}. */
export const executionsByIds = builtPerColumnSet((db, columns: typeof executionColumns) =>
  selectByIds(db, executions, columns),
);

/**
 * One run of a workflow version as it is read: `tenantId` is null on a global one. Where a page or ids are read for fields that
 * are asked for, it has no others.
 */
export type Execution = Awaited<ReturnType<typeof selectExecutions>>[number];

/** The condition of a filter on a row of `executions`. */
export function executionMatches(filter: z.output<typeof executionFilter>): SQL | undefined {
  const { workflowId, states, startedBetween } = filter;
  return and(
    workflowId ? isOneOf(executions.workflowId, "uuid", [workflowId]) : undefined,
    states ? isOneOf(executions.state, "text", states) : undefined,
    startedBetween?.from ? gte(executions.startedAt, startedBetween.from) : undefined,
    startedBetween?.to ? lt(executions.startedAt, startedBetween.to) : undefined,
  );
}
