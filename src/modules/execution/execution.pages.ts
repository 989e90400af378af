import { and, count, sql } from "drizzle-orm";
import {
  type Direction,
  type Ordering,
  type Page,
  type PagePlan,
  type PageRequest,
  pagesByParent,
  planPage,
} from "../../db/keyset.ts";
import { pageStatements } from "../../db/page-statements.ts";
import { isOneOf } from "../../db/predicates.ts";
import type { TenantConnection } from "../../db/tenant-connection.ts";
import { only } from "../changes.ts";
import { parseInput } from "../fields.ts";
import { type ListWindow, parseListWindow } from "../list-window.ts";
import { type ExecutionFilter, executionFilter } from "./execution.input.ts";
import {
  type Execution,
  executionColumnsFor,
  executionMatches,
  startedAtOrInfinity,
} from "./execution.select.ts";
import { executions } from "./execution.table.ts";

export type ExecutionOrderField = "createdAt" | "updatedAt" | "startedAt";

/** What a list of executions is about. */
export interface ExecutionQuery {
  readonly filter?: ExecutionFilter | null | undefined;
  /** Default: newest first. By `startedAt`, what has not started counts as latest. */
  readonly orderBy?:
    | { readonly field: ExecutionOrderField; readonly direction: Direction }
    | null
    | undefined;
}

const NEWEST_FIRST = { field: "createdAt", direction: "desc" } as const;

const ORDERINGS: Readonly<Record<ExecutionOrderField, Ordering<Execution>>> = {
  createdAt: {
    key: executions.createdAt,
    type: "timestamptz",
    valueOf: ({ createdAt }) => createdAt.toISOString(),
  },
  updatedAt: {
    key: executions.updatedAt,
    type: "timestamptz",
    valueOf: ({ updatedAt }) => updatedAt.toISOString(),
  },
  startedAt: {
    key: startedAtOrInfinity,
    type: "timestamptz",
    valueOf: ({ startedAt }) => startedAt?.toISOString() ?? "infinity",
  },
};

const pages = pageStatements<Execution>(executions, executionColumnsFor);

/** Lists of the executions that one tenant may see. */
export function createExecutionPages(connection: TenantConnection) {
  const named = connection.namedFields;
  const isReadable = () => isOneOf(executions.tenantId, "text", connection.readableTenants);

  function selectBranches(
    name: string,
    query: ExecutionQuery,
    plan: PagePlan<Execution>,
    limit: number,
    offset: number,
  ) {
    const matches = executionMatches(parseInput(executionFilter, query.filter ?? {}, ["filter"]));
    return connection.operation(name, {}, (db) =>
      pages.list(db, { plan, named, matches, limit, offset }, { tenants: connection.readableTenants }),
    );
  }

  return {
    /** One page, by cursor: stable while others insert. */
    async page(query: ExecutionQuery & PageRequest = {}): Promise<Page<Execution>> {
      const plan = planExecutions("executions", query, query.orderBy);
      return plan.page(await selectBranches("execution.page", query, plan, plan.limit, 0));
    },

    /** `limit` (1 to 1000, default 50) executions after the first `offset` (default 0). */
    async list(query: ExecutionQuery & ListWindow = {}): Promise<Execution[]> {
      const { limit, offset } = parseListWindow(query);
      return selectBranches(
        "execution.list",
        query,
        planExecutions("executions", {}, query.orderBy),
        limit,
        offset,
      );
    },

    /** How many executions match. */
    async count(filter?: ExecutionFilter | null): Promise<number> {
      const parsed = parseInput(executionFilter, filter ?? {}, ["filter"]);
      const rows = await connection.operation("execution.count", {}, (db) =>
        db
          .select({ count: count() })
          .from(executions)
          .where(and(isReadable(), executionMatches(parsed))),
      );
      return only(rows).count;
    },

    /** The same page of each workflow version's executions, newest first, by workflow. */
    async pagesByWorkflow(
      workflowIds: readonly string[],
      request: PageRequest,
    ): Promise<Map<string, Page<Execution>>> {
      const plan = planExecutions("workflow.executions", request, NEWEST_FIRST);
      const tenants = connection.readableTenants;
      const rows = await connection.operation(
        "execution.pagesByWorkflow",
        { count: workflowIds.length },
        (db) =>
          pages.ofParents(
            db,
            { plan, named, condition: sql`executions.workflow_id = parent.id` },
            { parents: workflowIds, tenants },
          ),
      );
      return pagesByParent(
        plan,
        rows.map((row) => ({ parentId: row.workflowId, row })),
      );
    },

    /** How many executions each workflow version has, by workflow; one without any is left out. */
    async countsByWorkflow(workflowIds: readonly string[]): Promise<Map<string, number>> {
      const rows = await connection.operation(
        "execution.countsByWorkflow",
        { count: workflowIds.length },
        (db) =>
          db
            .select({ workflowId: executions.workflowId, count: count() })
            .from(executions)
            .where(and(isReadable(), isOneOf(executions.workflowId, "uuid", workflowIds)))
            .groupBy(executions.workflowId),
      );
      return new Map(rows.map((row) => [row.workflowId, row.count]));
    },
  };
}

function planExecutions(connection: string, request: PageRequest, orderBy: ExecutionQuery["orderBy"]) {
  return planPage(connection, request, ORDERINGS, orderBy ?? NEWEST_FIRST);
}
