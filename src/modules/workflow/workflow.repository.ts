import { and, count, desc, eq, sql } from "drizzle-orm";
import { v7 as uuidv7 } from "uuid";
import { nextUpdatedAt } from "../../db/columns.ts";
import {
  type Direction,
  type Ordering,
  type Page,
  type PageRequest,
  pagesByParent,
  planPage,
} from "../../db/keyset.ts";
import { eachParentAndTenant, eachTenant, isOneOf, ofThatTenant } from "../../db/predicates.ts";
import type { TenantConnection } from "../../db/tenant-connection.ts";
import { ConflictError, ForbiddenError, NotFoundError, UnavailableError } from "../../errors.ts";
import { groupByKey } from "../../group-by-key.ts";
import { type ExpectedVersion, givenFields, only, refusedChange, unchangedSince } from "../changes.ts";
import { executions } from "../execution/execution.table.ts";
import { name as nameField, parseId, parseInput, searchKey } from "../fields.ts";
import { type ListWindow, parseListWindow } from "../list-window.ts";
import {
  type NewWorkflow,
  type NewWorkflowVersion,
  newWorkflow,
  newWorkflowVersion,
  version as versionField,
  type WorkflowFilter,
  type WorkflowPatch,
  workflowFilter,
  workflowPatch,
} from "./workflow.input.ts";
import { copyLinks, insertLinks, replaceLinks, selectLinks, type WorkflowAsset } from "./workflow.links.ts";
import { selectWorkflows, type Workflow, workflowColumns, workflowMatches } from "./workflow.select.ts";
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

const nameTaken = (name: string) =>
  new ConflictError(`A workflow named ${JSON.stringify(name)} exists already.`);

const inUse = (id: string) =>
  new ConflictError(`The workflow ${id} has executions; they go with it where cascade is true.`);

const assetGone = () => new NotFoundError("An asset of the workflow was deleted meanwhile.");

/** The workflow versions that one tenant may see, and the changes it may make to its own. */
export function createWorkflowRepository(connection: TenantConnection) {
  const readable = isOneOf(workflows.tenantId, "text", connection.readableTenants);

  /** The versions with these ids that are visible, in no particular order. Takes valid UUIDs only. */
  function findManyByIds(ids: readonly string[]): Promise<Workflow[]> {
    return connection.operation("workflow.findManyByIds", { count: ids.length }, (db) =>
      selectWorkflows(db, and(readable, isOneOf(workflows.id, "uuid", ids))),
    );
  }

  /** The version with this id, or null. */
  async function findById(id: string): Promise<Workflow | null> {
    const [workflow] = await findManyByIds([parseId(id, "id")]);
    return workflow ?? null;
  }

  function selectBranches(
    query: WorkflowQuery,
    plan: ReturnType<typeof planWorkflows>,
    limit: number,
    offset: number,
  ) {
    const filter = parseInput(workflowFilter, query.filter ?? {}, ["filter"]);
    return connection.operation("workflow.page", {}, async (db) => {
      const branch = db
        .select({ ...workflowColumns, sortKey: plan.sortKey })
        .from(workflows)
        .where(and(ofThatTenant(workflows.tenantId), workflowMatches(filter), plan.condition(workflows.id)))
        .orderBy(...plan.branchOrder(workflows.id))
        .limit(limit + offset)
        .as("page");
      const rows = await db
        .select()
        .from(eachTenant(connection.readableTenants))
        .crossJoinLateral(branch)
        .orderBy(...plan.mergedOrder())
        .limit(limit)
        .offset(offset);
      return rows.map(({ page: { sortKey: _, ...workflow } }) => workflow);
    });
  }

  return {
    findManyByIds,
    findById,

    /** The version with this id. Throws NotFoundError. */
    async getById(id: string): Promise<Workflow> {
      const workflow = await findById(id);
      if (workflow === null) throw new NotFoundError(`No workflow has the id ${id}.`);
      return workflow;
    },

    /**
     * A version of the workflow with exactly this name, by default the latest, or null; the tenant's own workflow where a
     * global one bears the name too.
     */
    async findByName(name: string, version?: number | null): Promise<Workflow | null> {
      const parsed = parseInput(nameField, name, ["name"]);
      const wanted = parseInput(versionField.nullish(), version, ["version"]);
      const found = await connection.operation("workflow.findByName", {}, (db) =>
        selectWorkflows(db, and(readable, eq(workflows.name, parsed))).orderBy(desc(workflows.version)),
      );
      const own = found.filter(({ tenantId }) => tenantId !== null);
      const versions = own.length > 0 ? own : found;
      return (wanted ? versions.find((workflow) => workflow.version === wanted) : versions[0]) ?? null;
    },

    /** All versions of the workflow with exactly this name, the latest first; the tenant's own where it has one. */
    async listVersions(name: string): Promise<Workflow[]> {
      const parsed = parseInput(nameField, name, ["name"]);
      const found = await connection.operation("workflow.listVersions", {}, (db) =>
        selectWorkflows(db, and(readable, eq(workflows.name, parsed))).orderBy(desc(workflows.version)),
      );
      const own = found.filter(({ tenantId }) => tenantId !== null);
      return own.length > 0 ? own : found;
    },

    /** One page, by cursor: stable while others insert. */
    async page(query: WorkflowQuery & PageRequest = {}): Promise<Page<Workflow>> {
      const plan = planWorkflows(query, query.orderBy);
      return plan.page(await selectBranches(query, plan, plan.limit, 0));
    },

    /** `limit` (1 to 1000, default 50) versions after the first `offset` (default 0). */
    async list(query: WorkflowQuery & ListWindow = {}): Promise<Workflow[]> {
      const { limit, offset } = parseListWindow(query);
      return selectBranches(query, planWorkflows({}, query.orderBy), limit, offset);
    },

    /** How many versions match. */
    async count(filter?: WorkflowFilter | null): Promise<number> {
      const parsed = parseInput(workflowFilter, filter ?? {}, ["filter"]);
      const rows = await connection.operation("workflow.count", {}, (db) =>
        db
          .select({ count: count() })
          .from(workflows)
          .where(and(readable, workflowMatches(parsed))),
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
      const plan = planWorkflows(request, NEWEST_FIRST);
      const rows = await connection.operation("workflow.pagesByAsset", { count: assetIds.length }, (db) => {
        const branch = db
          .select({
            ...workflowColumns,
            sortKey: plan.sortKey,
            assetId: sql<string>`parent.id`.as("asset_id"),
          })
          .from(workflows)
          .where(
            and(
              ofThatTenant(workflows.tenantId),
              sql`workflows.id IN (SELECT workflow_id FROM workflow_assets
                WHERE workflow_assets.asset_id = parent.id AND workflow_assets.tenant_id = scope.tenant_id)`,
              plan.condition(workflows.id),
            ),
          )
          .orderBy(...plan.branchOrder(workflows.id))
          .limit(plan.limit)
          .as("page");
        return db
          .select()
          .from(eachParentAndTenant(assetIds, connection.readableTenants))
          .crossJoinLateral(branch)
          .orderBy(...plan.mergedOrder());
      });
      return pagesByParent(
        plan,
        rows.map(({ page }) => page),
        ({ assetId }) => assetId,
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

    /** Stores version 1 of a new workflow. Throws ConflictError when the tenant has one of that name. */
    async insert(input: NewWorkflow): Promise<Workflow> {
      const { assets, ...fields } = parseInput(newWorkflow, input);
      const { writableTenant: tenantId } = connection;
      const id = uuidv7();
      return connection.operation(
        "workflow.insert",
        { workflow_id: id },
        async (db) => {
          const sameName = and(eq(workflows.tenantId, tenantId), eq(workflows.name, fields.name));
          const [taken] = await db.select({ id: workflows.id }).from(workflows).where(sameName).limit(1);
          if (taken !== undefined) throw nameTaken(fields.name);
          const stored = await db
            .insert(workflows)
            .values({ ...newRow(fields, id), version: 1 })
            .returning(workflowColumns);
          await insertLinks(db, connection, id, assets ?? []);
          return only(stored);
        },
        {
          workflows_tenant_id_name_version_key: () => nameTaken(fields.name),
          workflow_assets_asset_fkey: assetGone,
        },
      );
    },

    /**
     * Stores the version after the latest; what is not given is taken over from that one, null clears.
     * Throws NotFoundError when the tenant has no workflow of that name, ForbiddenError when only a global one has it.
     */
    async insertVersion(input: NewWorkflowVersion): Promise<Workflow> {
      const { assets, ...fields } = parseInput(newWorkflowVersion, input);
      const { writableTenant: tenantId } = connection;
      const id = uuidv7();
      return connection.operation(
        "workflow.insertVersion",
        { workflow_id: id },
        async (db) => {
          const sameName = and(eq(workflows.tenantId, tenantId), eq(workflows.name, fields.name));
          const latest = desc(workflows.version);
          // Waits for whoever is making the next version; the statement after it then sees that one.
          await db
            .select({ id: workflows.id })
            .from(workflows)
            .where(sameName)
            .orderBy(latest)
            .limit(1)
            .for("update");
          const [previous] = await selectWorkflows(db, sameName).orderBy(latest).limit(1);
          if (previous === undefined) {
            const [visible] = await selectWorkflows(db, and(readable, eq(workflows.name, fields.name))).limit(
              1,
            );
            throw visible === undefined
              ? new NotFoundError(`No workflow is named ${JSON.stringify(fields.name)}.`)
              : new ForbiddenError(
                  `The workflow ${JSON.stringify(fields.name)} is global; only the system may change it.`,
                );
          }
          const { description, owner, tags, properties } = previous;
          const merged = { description, owner, tags, properties, ...givenFields(fields), name: fields.name };
          const stored = await db
            .insert(workflows)
            .values({ ...newRow(merged, id), version: previous.version + 1 })
            .returning(workflowColumns);
          if (assets === undefined) await copyLinks(db, connection, previous.id, id);
          else await insertLinks(db, connection, id, assets ?? []);
          return only(stored);
        },
        {
          // The latest version was deleted and made anew in between: the whole is tried again.
          workflows_tenant_id_name_version_key: () =>
            new UnavailableError(
              "The workflow is being changed; nothing was stored, and the call may be repeated.",
              {
                transient: "serialization",
                retryable: true,
              },
            ),
          workflow_assets_asset_fkey: assetGone,
        },
      );
    },

    /**
     * Changes the fields of one version that are given (null clears; `assets` replaces them all).
     * Throws NotFoundError, ForbiddenError for a global workflow, or ConflictError when it has changed since
     * `expectedUpdatedAt`.
     */
    async update(id: string, patch: WorkflowPatch, expected: ExpectedVersion = {}): Promise<Workflow> {
      const workflowId = parseId(id, "id");
      const { assets, tags, ...fields } = parseInput(workflowPatch, patch);
      return connection.operation(
        "workflow.update",
        { workflow_id: workflowId },
        async (db) => {
          const [changed] = await db
            .update(workflows)
            .set({
              ...givenFields(fields),
              ...(tags === undefined ? {} : { tags: tags ?? [] }),
              updatedAt: nextUpdatedAt(workflows.updatedAt),
              updatedBy: connection.actor,
            })
            .where(
              and(
                eq(workflows.tenantId, connection.writableTenant),
                eq(workflows.id, workflowId),
                unchangedSince(workflows.updatedAt, expected),
              ),
            )
            .returning(workflowColumns);
          if (changed === undefined)
            throw refusedChange(connection, "workflow", workflowId, await findById(workflowId));
          if (assets !== undefined) await replaceLinks(db, connection, workflowId, assets ?? []);
          return changed;
        },
        { workflow_assets_asset_fkey: assetGone },
      );
    },

    /**
     * Deletes one version with its asset links, and with its executions where `cascade` is true.
     * Throws NotFoundError, ForbiddenError for a global workflow, or ConflictError when it has executions that stay.
     */
    async remove(
      id: string,
      { cascade = false }: { readonly cascade?: boolean | undefined } = {},
    ): Promise<void> {
      const workflowId = parseId(id, "id");
      const { writableTenant: tenantId } = connection;
      const own = and(eq(workflows.tenantId, tenantId), eq(workflows.id, workflowId));
      await connection.operation(
        "workflow.remove",
        { workflow_id: workflowId },
        async (db) => {
          const locked = await db.select({ id: workflows.id }).from(workflows).where(own).for("update");
          if (locked.length === 0)
            throw refusedChange(connection, "workflow", workflowId, await findById(workflowId));
          if (cascade) {
            await db
              .delete(executions)
              .where(and(eq(executions.tenantId, tenantId), eq(executions.workflowId, workflowId)));
          }
          await db.delete(workflows).where(own);
        },
        {
          executions_workflow_fkey: () =>
            cascade ? new ConflictError(`The workflow ${workflowId} is still in use.`) : inUse(workflowId),
        },
      );
    },
  };

  function newRow(
    { tags, properties, ...fields }: Omit<ReturnType<typeof newWorkflow.parse>, "assets">,
    id: string,
  ) {
    return {
      ...fields,
      tags: tags ?? [],
      properties: properties ?? {},
      tenantId: connection.writableTenant,
      id,
      nameSearch: searchKey(fields.name),
      createdBy: connection.actor,
      updatedBy: connection.actor,
    };
  }
}

export type WorkflowRepository = ReturnType<typeof createWorkflowRepository>;

function planWorkflows(request: PageRequest, orderBy: WorkflowQuery["orderBy"]) {
  return planPage(request, ORDERINGS, orderBy ?? NEWEST_FIRST);
}
