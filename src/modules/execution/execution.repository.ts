import { and, eq, sql } from "drizzle-orm";
import { uuidv7 } from "uuidv7";
import { builtPerColumnSet } from "../../db/column-sets.ts";
import { nextUpdatedAt } from "../../db/columns.ts";
import { givenOwner, givenRow, selectInto } from "../../db/inserts.ts";
import { isOneOf } from "../../db/predicates.ts";
import { visibleIds } from "../../db/rows-by-ids.ts";
import { tenantsInScope } from "../../db/tenant.ts";
import type { TenantConnection } from "../../db/tenant-connection.ts";
import type { TenantDatabase } from "../../db/tenant-database.ts";
import { ConflictError, NotFoundError } from "../../errors.ts";
import { type ExpectedVersion, only, refusedChange, unchangedSince } from "../changes.ts";
import { parseId, parseInput } from "../fields.ts";
import { workflows } from "../workflow/workflow.table.ts";
import {
  type ExecutionPatch,
  executionPatch,
  idempotencyKey as idempotencyKeyField,
  type NewExecution,
  newExecution,
} from "./execution.input.ts";
import { createExecutionPages } from "./execution.pages.ts";
import { createExecutionPurge } from "./execution.purge.ts";
import {
  type Execution,
  executionColumns,
  executionColumnsFor,
  executionsByIds,
  selectExecutions,
} from "./execution.select.ts";
import { moveExecution } from "./execution.state.ts";
import { executions } from "./execution.table.ts";

/** An execution, and whether this call made it. */
export interface CreatedExecution {
  readonly execution: Execution;
  readonly created: boolean;
}

/** Inserts nothing for a workflow that is not visible, or under a key that is taken. */
const executionInsert = builtPerColumnSet((db, columns: typeof executionColumns) => {
  const workflow = { workflowTenantId: sql`workflows.tenant_id`, workflowId: sql`workflows.id` };
  const filling = { ...givenOwner, ...givenRow("id", "idempotencyKey"), ...workflow };
  const { tenantId, workflowTenantId, workflowId, idempotencyKey } = executions;
  const isVisible = isOneOf(workflows.tenantId, "text", sql.placeholder("tenants"));
  const isThat = sql`${workflows.id} = ${sql.placeholder("workflowId")}`;
  return db
    .insert(executions)
    .select(selectInto(executions, filling, sql`${workflows} WHERE ${isVisible} AND ${isThat} LIMIT 1`))
    .onConflictDoNothing({ target: [tenantId, workflowTenantId, workflowId, idempotencyKey] })
    .returning(columns);
}, "prepared auto");

/** The executions that one tenant may see, and the changes it may make to its own. */
export function createExecutionRepository(connection: TenantConnection) {
  /** The executions with these ids that are visible, in no particular order. Takes valid UUIDs only. */
  function findManyByIds(ids: readonly string[]): Promise<Execution[]> {
    const columns = executionColumnsFor(connection.namedFields?.outsidePages);
    return connection.operation("execution.findManyByIds", { count: ids.length }, (db) =>
      db.run(executionsByIds(columns), visibleIds(connection, ids)),
    );
  }

  /** The execution with this id, or null. */
  async function findById(id: string): Promise<Execution | null> {
    const [execution] = await findManyByIds([parseId(id, "id")]);
    return execution ?? null;
  }

  /** With a key that is taken it inserts and returns nothing. Throws NotFoundError for the workflow. */
  async function insertUnlessTaken(
    db: TenantDatabase,
    id: string,
    { workflowId, idempotencyKey }: NewExecution,
  ) {
    const { actor, readableTenants: tenants, writableTenant: tenantId } = connection;
    const row = { tenants, workflowId, tenantId, id, idempotencyKey, actor };
    const columns = executionColumnsFor(connection.returnedFields?.outsidePages);
    for (;;) {
      const [stored] = await db.runLast(executionInsert(columns), row);
      if (stored !== undefined) return stored;
      await assertVisible(db, workflowId);
      if (typeof idempotencyKey === "string") return undefined;
      // Nothing is taken: the workflow has come since.
    }
  }

  async function assertVisible(db: TenantDatabase, workflowId: string): Promise<void> {
    const isReadable = isOneOf(workflows.tenantId, "text", connection.readableTenants);
    const found = await db
      .select({ id: workflows.id })
      .from(workflows)
      .where(and(isReadable, eq(workflows.id, workflowId)));
    if (found.length === 0) throw new NotFoundError(`No workflow has the id ${workflowId}.`);
  }

  const ownByKey = (workflowId: string, key: string) =>
    and(
      isOneOf(executions.tenantId, "text", tenantsInScope(connection, "own")),
      eq(executions.workflowId, workflowId),
      eq(executions.idempotencyKey, key),
    );

  const workflowGone = (workflowId: string) => ({
    executions_workflow_fkey: () => new NotFoundError(`No workflow has the id ${workflowId}.`),
  });

  // See the repository of assets.
  return Object.assign(createExecutionPages(connection), createExecutionPurge(connection), {
    findManyByIds,
    findById,

    /** The execution with this id. Throws NotFoundError. */
    async getById(id: string): Promise<Execution> {
      const execution = await findById(id);
      if (execution === null) throw new NotFoundError(`No execution has the id ${id}.`);
      return execution;
    },

    /** The tenant's own execution of a workflow version under an idempotency key, or null. */
    async findByIdempotencyKey(workflowId: string, idempotencyKey: string): Promise<Execution | null> {
      const workflow = parseId(workflowId, "workflowId");
      const key = parseInput(idempotencyKeyField, idempotencyKey, ["idempotencyKey"]);
      const [execution] = await connection.operation(
        "execution.findByIdempotencyKey",
        { workflow_id: workflow },
        (db) => selectExecutions(db, ownByKey(workflow, key)),
      );
      return execution ?? null;
    },

    /**
     * Stores a new execution, `pending`, of a workflow version of the tenant's own or a global one.
     * Throws NotFoundError for the workflow, ConflictError when the idempotency key is taken.
     */
    async insert(input: NewExecution): Promise<Execution> {
      const parsed = parseInput(newExecution, input);
      const id = uuidv7();
      return connection.operation(
        "execution.insert",
        { execution_id: id, workflow_id: parsed.workflowId },
        async (db) => {
          const stored = await insertUnlessTaken(db, id, parsed);
          if (stored === undefined)
            throw new ConflictError("An execution with this idempotency key exists already.");
          return stored;
        },
        workflowGone(parsed.workflowId),
      );
    },

    /**
     * Stores a new execution, or finds the first one that was made under the same idempotency key for the same workflow
     * version: the same call may be repeated without running anything twice. Throws NotFoundError for the workflow.
     */
    async insertOrGet(input: NewExecution): Promise<CreatedExecution> {
      const parsed = parseInput(newExecution, input);
      const id = uuidv7();
      return connection.operation(
        "execution.insertOrGet",
        { execution_id: id, workflow_id: parsed.workflowId },
        async (db) => {
          for (;;) {
            const stored = await insertUnlessTaken(db, id, parsed);
            if (stored !== undefined) return { execution: stored, created: true };
            // Committed by somebody else, if only just: READ COMMITTED shows it to a new statement.
            const key = parsed.idempotencyKey ?? "";
            const [found] = await selectExecutions(db, ownByKey(parsed.workflowId, key));
            if (found !== undefined) return { execution: found, created: false };
            // And deleted again before it could be read: the key is free.
          }
        },
        workflowGone(parsed.workflowId),
      );
    },

    /**
     * Changes the fields that are given; a new state moves the execution and sets `startedAt` and `completedAt`.
     * Throws NotFoundError, ForbiddenError for a global execution, or ConflictError for a move that is not allowed or
     * when it has changed since `expectedUpdatedAt`.
     */
    async update(id: string, patch: ExecutionPatch, expected: ExpectedVersion = {}): Promise<Execution> {
      const executionId = parseId(id, "id");
      const { errorMessage, ...times } = parseInput(executionPatch, patch);
      const own = and(eq(executions.tenantId, connection.writableTenant), eq(executions.id, executionId));
      return connection.operation("execution.update", { execution_id: executionId }, async (db) => {
        const [stored] = await db
          .select({ ...executionColumns, now: sql<string>`clock_timestamp()` })
          .from(executions)
          .where(and(own, unchangedSince(executions.updatedAt, expected)))
          .for("update");
        if (stored === undefined)
          throw refusedChange(connection, "execution", executionId, await findById(executionId));
        const moved = moveExecution(stored, times, new Date(stored.now));
        const changed = await db
          .update(executions)
          .set({
            ...moved,
            ...(errorMessage === undefined ? {} : { errorMessage }),
            updatedAt: nextUpdatedAt(executions.updatedAt),
            updatedBy: connection.actor,
          })
          .where(own)
          .returning(executionColumns);
        return only(changed);
      });
    },

    /** Deletes an execution. Throws NotFoundError, or ForbiddenError for a global one. */
    async remove(id: string): Promise<void> {
      const executionId = parseId(id, "id");
      const own = and(eq(executions.tenantId, connection.writableTenant), eq(executions.id, executionId));
      await connection.operation("execution.remove", { execution_id: executionId }, async (db) => {
        const removed = await db.delete(executions).where(own).returning({ id: executions.id });
        if (removed.length === 0)
          throw refusedChange(connection, "execution", executionId, await findById(executionId));
      });
    },
  });
}

export type ExecutionRepository = ReturnType<typeof createExecutionRepository>;
