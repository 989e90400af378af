import { and, asc, desc, eq, type SQL, sql } from "drizzle-orm";
import { uuidv7 } from "uuidv7";
import { nextUpdatedAt } from "../../db/columns.ts";
import { isAmong, isOneOf } from "../../db/predicates.ts";
import { visibleIds } from "../../db/rows-by-ids.ts";
import type { TenantConnection } from "../../db/tenant-connection.ts";
import { ConflictError, ForbiddenError, NotFoundError, UnavailableError } from "../../errors.ts";
import { type ExpectedVersion, givenFields, only, refusedChange, unchangedSince } from "../changes.ts";
import { executions } from "../execution/execution.table.ts";
import { parseId, parseInput, parseName, searchKey } from "../fields.ts";
import {
  type NewWorkflow,
  type NewWorkflowVersion,
  newWorkflow,
  version as versionField,
  type WorkflowPatch,
  workflowPatch,
} from "./workflow.input.ts";
import { copyLinks, insertLinks, replaceLinks, resolveLinks } from "./workflow.links.ts";
import { createWorkflowPages } from "./workflow.pages.ts";
import {
  selectWorkflows,
  type Workflow,
  workflowColumns,
  workflowColumnsFor,
  workflowsByIds,
} from "./workflow.select.ts";
import { workflows } from "./workflow.table.ts";

const nameTaken = (name: string) =>
  new ConflictError(`A workflow named ${JSON.stringify(name)} exists already.`);

const inUse = (id: string) =>
  new ConflictError(`The workflow ${id} has executions; they go with it where cascade is true.`);

const assetGone = () => new NotFoundError("An asset of the workflow was deleted meanwhile.");

/** What a version of a workflow is called. */
export interface WorkflowVersion {
  readonly name: string;
  readonly version: number;
}

/** The workflow versions that one tenant may see, and the changes it may make to its own. */
export function createWorkflowRepository(connection: TenantConnection) {
  const isReadable = () => isOneOf(workflows.tenantId, "text", connection.readableTenants);

  /** The versions with these ids that are visible, in no particular order. Takes valid UUIDs only. */
  function findManyByIds(ids: readonly string[]): Promise<Workflow[]> {
    const columns = workflowColumnsFor(connection.namedFields?.outsidePages);
    return connection.operation("workflow.findManyByIds", { count: ids.length }, (db) =>
      db.run(workflowsByIds(columns), visibleIds(connection, ids)),
    );
  }

  /** The version with this id, or null. */
  async function findById(id: string): Promise<Workflow | null> {
    const [workflow] = await findManyByIds([parseId(id, "id")]);
    return workflow ?? null;
  }

  /** The tenant's own workflow where it has one of a name, else the global one. */
  const ownBeforeGlobal = (name: SQL) =>
    sql`(workflows.tenant_id = ${connection.ownTenant} OR NOT EXISTS (
      SELECT FROM workflows AS own WHERE own.tenant_id = ${connection.ownTenant} AND own.name = ${name}))`;

  /** The versions of one workflow. */
  const named = (name: string) => and(isReadable(), eq(workflows.name, name), ownBeforeGlobal(sql`${name}`));

  /**
   * The versions of workflows with exactly these names, in no particular order; of the tenant's own workflow where a global
   * one bears the name too. Takes valid names and versions only.
   */
  function findManyByVersions(wanted: readonly WorkflowVersion[]): Promise<Workflow[]> {
    const keys = wanted.map(({ name, version }) => [name, version]);
    return connection.operation("workflow.findManyByVersions", { count: keys.length }, (db) =>
      selectWorkflows(
        db,
        and(
          isReadable(),
          isAmong([workflows.name, workflows.version], keys),
          ownBeforeGlobal(sql`workflows.name`),
        ),
      ),
    );
  }

  // See the repository of assets.
  return Object.assign(createWorkflowPages(connection), {
    findManyByIds,
    findManyByVersions,
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
      const parsed = parseName(name, "name");
      const wanted = parseInput(versionField.nullish(), version, ["version"]);
      const [found] = await connection.operation("workflow.findByName", {}, (db) =>
        selectWorkflows(db, and(named(parsed), wanted ? eq(workflows.version, wanted) : undefined))
          .orderBy(desc(workflows.version))
          .limit(1),
      );
      return found ?? null;
    },

    /** All versions of the workflow with exactly this name, the latest first; the tenant's own where it has one. */
    async listVersions(name: string): Promise<Workflow[]> {
      const parsed = parseName(name, "name");
      return connection.operation("workflow.listVersions", {}, (db) =>
        selectWorkflows(db, named(parsed)).orderBy(desc(workflows.version)),
      );
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
          const links = await resolveLinks(db, connection, assets ?? []);
          const stored = await db
            .insert(workflows)
            .values({ ...newRow(fields, id), version: 1 })
            .returning(workflowColumns);
          await insertLinks(db, connection, id, links);
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
      const { assets, ...fields } = parseInput(newWorkflow, input);
      const { writableTenant: tenantId } = connection;
      const id = uuidv7();
      return connection.operation(
        "workflow.insertVersion",
        { workflow_id: id },
        async (db) => {
          const sameName = and(eq(workflows.tenantId, tenantId), eq(workflows.name, fields.name));
          // Waits for whoever is making a version; the statement after it then sees that one. The oldest version is what is
          // locked, because it stays the same one; and without its key, so that nobody waits to run it.
          await db
            .select({ id: workflows.id })
            .from(workflows)
            .where(sameName)
            .orderBy(asc(workflows.version))
            .limit(1)
            .for("no key update");
          const [previous] = await selectWorkflows(db, sameName).orderBy(desc(workflows.version)).limit(1);
          if (previous === undefined) {
            const [visible] = await selectWorkflows(
              db,
              and(isReadable(), eq(workflows.name, fields.name)),
            ).limit(1);
            throw visible === undefined
              ? new NotFoundError(`No workflow is named ${JSON.stringify(fields.name)}.`)
              : new ForbiddenError(
                  `The workflow ${JSON.stringify(fields.name)} is global; only the system may change it.`,
                );
          }
          const links = assets === undefined ? undefined : await resolveLinks(db, connection, assets ?? []);
          const { description, owner, tags, properties } = previous;
          const merged = { description, owner, tags, properties, ...givenFields(fields), name: fields.name };
          const stored = await db
            .insert(workflows)
            .values({ ...newRow(merged, id), version: previous.version + 1 })
            .returning(workflowColumns);
          if (links === undefined) await copyLinks(db, connection, previous.id, id);
          else await insertLinks(db, connection, id, links);
          return only(stored);
        },
        {
          // The oldest version was deleted in between: the whole is tried again.
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
          const links = assets === undefined ? undefined : await resolveLinks(db, connection, assets ?? []);
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
          if (links !== undefined) await replaceLinks(db, connection, workflowId, links);
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
  });

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
