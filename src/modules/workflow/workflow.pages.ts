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
import { groupByKey } from "../../group-by-key.ts";
import { only } from "../changes.ts";
import { parseInput, searchKey } from "../fields.ts";
import { type ListWindow, parseListWindow } from "../list-window.ts";
import { type WorkflowFilter, workflowFilter } from "./workflow.input.ts";
import { selectLinks, type WorkflowAsset } from "./workflow.links.ts";
import { type Workflow, workflowColumnsFor, workflowMatches } from "./workflow.select.ts";
import { workflowAssets, workflows } from "./workflow.table.ts";

export type WorkflowOrderField = "createdAt" | "updatedAt" | "name";

/** What a list of workflow versions is about. */
export interface WorkflowQuery {
  readonly filter?: WorkflowFilter | null | undefined;
  /** Default: newest first. */
  readonly orderBy?: { readonly field: WorkflowOrderField; readonly direction: Direction } | null | undefined;
}

const NEWEST_FIRST = { field: "createdAt", direction: "desc" } as const;

const ORDERINGS: Readonly<Record<WorkflowOrderField, Ordering<Workflow>>> = {
  createdAt: {
    key: workflows.createdAt,
    type: "timestamptz",
    valueOf: ({ createdAt }) => createdAt.toISOString(),
  },
  updatedAt: {
    key: workflows.updatedAt,
    type: "timestamptz",
    valueOf: ({ updatedAt }) => updatedAt.toISOString(),
  },
  name: { key: workflows.nameSearch, type: "text", valueOf: ({ name }) => searchKey(name) },
};

const TOUCHES_PARENT = sql`workflows.id IN (SELECT workflow_id FROM workflow_assets
  WHERE workflow_assets.asset_id = parent.id AND workflow_assets.tenant_id = scope.tenant_id)`;

const pages = pageStatements<Workflow>(workflows, workflowColumnsFor, { madeOf: ["name", "version"] });

/** Lists of the workflow versions that one tenant may see. */
export function createWorkflowPages(connection: TenantConnection) {
  const named = connection.namedFields;
  const isReadable = () => isOneOf(workflows.tenantId, "text", connection.readableTenants);

  function selectBranches(
    name: string,
    query: WorkflowQuery,
    plan: PagePlan<Workflow>,
    limit: number,
    offset: number,
  ) {
    const matches = workflowMatches(parseInput(workflowFilter, query.filter ?? {}, ["filter"]));
    return connection.operation(name, {}, (db) =>
      pages.list(db, { plan, named, matches, limit, offset }, { tenants: connection.readableTenants }),
    );
  }

  return {
    /** One page, by cursor: stable while others insert. */
    async page(query: WorkflowQuery & PageRequest = {}): Promise<Page<Workflow>> {
      const plan = planWorkflows("workflows", query, query.orderBy);
      return plan.page(await selectBranches("workflow.page", query, plan, plan.limit, 0));
    },

    /** `limit` (1 to 1000, default 50) versions after the first `offset` (default 0). */
    async list(query: WorkflowQuery & ListWindow = {}): Promise<Workflow[]> {
      const { limit, offset } = parseListWindow(query);
      return selectBranches(
        "workflow.list",
        query,
        planWorkflows("workflows", {}, query.orderBy),
        limit,
        offset,
      );
    },

    /** How many versions match. */
    async count(filter?: WorkflowFilter | null): Promise<number> {
      const parsed = parseInput(workflowFilter, filter ?? {}, ["filter"]);
      const rows = await connection.operation("workflow.count", {}, (db) =>
        db
          .select({ count: count() })
          .from(workflows)
          .where(and(isReadable(), workflowMatches(parsed))),
      );
      return only(rows).count;
    },

    /** The assets that these versions touch, by workflow, in the order of their positions. */
    async findLinks(workflowIds: readonly string[]): Promise<Map<string, WorkflowAsset[]>> {
      const links = await connection.operation("workflow.findLinks", { count: workflowIds.length }, (db) =>
        selectLinks(db, connection, workflowIds),
      );
      return groupByKey(links, ({ workflowId }) => workflowId);
    },

    /** The same page of each asset's workflow versions, newest first, by asset. */
    async pagesByAsset(
      assetIds: readonly string[],
      request: PageRequest,
    ): Promise<Map<string, Page<Workflow>>> {
      const plan = planWorkflows("asset.workflows", request, NEWEST_FIRST);
      const tenants = connection.readableTenants;
      const rows = await connection.operation("workflow.pagesByAsset", { count: assetIds.length }, (db) =>
        pages.ofParents<{ assetId: string }>(
          db,
          {
            plan,
            named,
            condition: TOUCHES_PARENT,
            more: { assetId: sql<string>`parent.id`.as("asset_id") },
          },
          { parents: assetIds, tenants },
        ),
      );
      return pagesByParent(
        plan,
        rows.map(({ assetId, ...row }) => ({ parentId: assetId, row })),
      );
    },

    /** How many versions touch each asset, by asset; an asset that none touches is left out. */
    async countsByAsset(assetIds: readonly string[]): Promise<Map<string, number>> {
      const { assetId, tenantId, workflowId } = workflowAssets;
      const rows = await connection.operation("workflow.countsByAsset", { count: assetIds.length }, (db) =>
        db
          .select({ assetId, count: sql<number>`count(DISTINCT ${workflowId})::int` })
          .from(workflowAssets)
          .where(
            and(isOneOf(tenantId, "text", connection.readableTenants), isOneOf(assetId, "uuid", assetIds)),
          )
          .groupBy(assetId),
      );
      return new Map(rows.map((row) => [row.assetId, row.count]));
    },
  };
}

function planWorkflows(connection: string, request: PageRequest, orderBy: WorkflowQuery["orderBy"]) {
  return planPage(connection, request, ORDERINGS, orderBy ?? NEWEST_FIRST);
}
