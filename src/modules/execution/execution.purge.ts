import { and, asc, count, eq, lt, type SQL, sql } from "drizzle-orm";
import type { z } from "zod";
import { isOneOf } from "../../db/predicates.ts";
import type { TenantConnection } from "../../db/tenant-connection.ts";
import type { TenantDatabase } from "../../db/tenant-database.ts";
import { parseInput } from "../fields.ts";
import { type ExecutionPurge, executionPurge } from "./execution.input.ts";
import { type ExecutionState, executions } from "./execution.table.ts";

/** An execution that was deleted for its age. */
export interface PurgedExecution {
  readonly id: string;
  readonly state: ExecutionState;
  readonly updatedAt: Date;
}

/** How a tenant's old executions leave. */
export function createExecutionPurge(connection: TenantConnection) {
  return {
    /**
     * Deletes own executions that have not changed since `before`, those unchanged for longest first, and returns them in
     * that order: at most `limit`, so that no transaction is long. `states`: by default those that have ended. Call it
     * again with `after` the last one until it returns none; without `after`, each call steps over all that is kept.
     */
    async purge(request: ExecutionPurge): Promise<PurgedExecution[]> {
      const parsed = parseInput(executionPurge, request);
      const removed = await connection.operation("execution.purge", { limit: parsed.limit }, (db) =>
        purgeStatement(db, connection, parsed),
      );
      return removed.sort((a, b) => a.updatedAt.getTime() - b.updatedAt.getTime() || (a.id < b.id ? -1 : 1));
    },

    /** How many own executions `purge` would delete in all, by state. */
    async countPurgeable(
      request: Pick<ExecutionPurge, "before" | "states">,
    ): Promise<Map<ExecutionState, number>> {
      const parsed = parseInput(executionPurge, request);
      const rows = await connection.operation("execution.countPurgeable", {}, (db) =>
        db
          .select({ state: executions.state, count: count() })
          .from(executions)
          .where(isOld(connection, parsed))
          .groupBy(executions.state),
      );
      return new Map(rows.map((row) => [row.state, row.count]));
    },
  };
}

/** Deletes one batch; for it and for the tests of its plan. */
export function purgeStatement(
  db: TenantDatabase,
  connection: TenantConnection,
  request: z.output<typeof executionPurge>,
) {
  const { id, state, updatedAt, tenantId } = executions;
  const { after, limit } = request;
  const further = sql`(updated_at, id) > (${after?.updatedAt.toISOString()}::timestamptz, ${after?.id}::uuid)`;
  const batch = db
    .select({ id })
    .from(executions)
    .where(and(isOld(connection, request), after ? further : undefined))
    .orderBy(asc(updatedAt), asc(id))
    .limit(limit)
    // Who is changing one is waited for, and what it has become is looked at.
    .for("update");
  return db
    .delete(executions)
    .where(and(eq(tenantId, connection.writableTenant), sql`${id} = ANY(ARRAY(${batch}))`))
    .returning({ id, state, updatedAt });
}

/** In terms of the index on tenant, `updated_at` and id, which gives one tenant's rows in order. Nobody has any. */
function isOld(
  { ownTenant }: TenantConnection,
  { before, states }: Pick<z.output<typeof executionPurge>, "before" | "states">,
): SQL | undefined {
  return and(
    eq(executions.tenantId, ownTenant ?? ""),
    lt(executions.updatedAt, before),
    isOneOf(executions.state, "text", states),
  );
}
