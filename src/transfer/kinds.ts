import { asc, getTableColumns, sql } from "drizzle-orm";
import { ofThatAsset } from "../modules/asset/asset.references.ts";
import { assets, assetTags } from "../modules/asset/asset.table.ts";
import { assetDependencies, assetDependencyHistory } from "../modules/dependency/dependency.table.ts";
import { executions } from "../modules/execution/execution.table.ts";
import { searchKey } from "../modules/fields.ts";
import { workflowAssets, workflows } from "../modules/workflow/workflow.table.ts";
import type { Kind, References, Referents } from "./kind.ts";
import {
  type AssetReference,
  type AssetRow,
  assetRow,
  type DependencyRow,
  dependencyRow,
  type ExecutionRow,
  executionRow,
  type PastDependencyRow,
  pastDependencyRow,
  type WorkflowReference,
  type WorkflowRow,
  workflowRow,
} from "./rows.ts";

const assetColumns = without(getTableColumns(assets), "tenantId", "nameSearch");
const workflowColumns = without(getTableColumns(workflows), "tenantId", "nameSearch");
const executionColumns = without(
  getTableColumns(executions),
  "tenantId",
  "id",
  "workflowTenantId",
  "workflowId",
);
const UPSTREAM = ["tenantId", "id", "upstreamTenantId", "upstreamAssetId"] as const;
const edgeColumns = without(getTableColumns(assetDependencies), ...UPSTREAM);
const pastColumns = without(getTableColumns(assetDependencyHistory), ...UPSTREAM);

/** What a row refers to: one of its own tenant, or a global one by its name. */
const assetReferenceIn = (table: string, tenant: string, id: string) =>
  sql<AssetReference>`${sql.raw(`CASE WHEN ${table}.${tenant} = ${table}.tenant_id THEN json_build_object('id', ${table}.${id})
    ELSE (SELECT json_build_object('globalName', referent.name) FROM assets AS referent
      WHERE referent.tenant_id = ${table}.${tenant} AND referent.id = ${table}.${id}) END`)}`;

const workflowReference = sql<WorkflowReference>`CASE WHEN executions.workflow_tenant_id = executions.tenant_id
  THEN json_build_object('id', executions.workflow_id)
  ELSE (SELECT json_build_object('globalName', referent.name, 'version', referent.version) FROM workflows AS referent
    WHERE referent.tenant_id = executions.workflow_tenant_id AND referent.id = executions.workflow_id) END`;

type Edge = DependencyRow | PastDependencyRow;

const endsOf = ({ upstream, downstreamAssetId }: Edge): References => ({
  assets: [upstream, { id: downstreamAssetId }],
  workflows: [],
});

function prepareEdge<E extends Edge>({ upstream, ...row }: E, tenantId: string, referents: Referents) {
  referents.asset({ id: row.downstreamAssetId });
  const referent = referents.asset(upstream);
  const values = { ...row, tenantId, upstreamTenantId: referent.tenantId, upstreamAssetId: referent.id };
  return { values, parts: [] };
}

const asset: Kind<AssetRow, typeof assets.$inferInsert, typeof assetTags.$inferInsert> = {
  name: "asset",
  plural: "assets",
  shape: assetRow,
  table: assets,
  partTable: assetTags,
  key: [assets.id],
  keyOf: ({ id }) => [id],
  unique: ["name"],
  describe: ({ name }) => `an asset named ${JSON.stringify(name)}`,
  read: (db, where, limit) =>
    db
      .select({
        ...assetColumns,
        tags: sql<AssetRow["tags"]>`(
          SELECT coalesce(json_agg(json_build_object('tag', asset_tags.tag, 'createdBy', asset_tags.created_by,
            'updatedBy', asset_tags.updated_by) ORDER BY asset_tags.tag COLLATE "C"), '[]')
          FROM asset_tags ${ofThatAsset})`,
      })
      .from(assets)
      .where(where)
      .orderBy(asc(assets.id))
      .limit(limit),
  references: () => ({ assets: [], workflows: [] }),
  prepare: ({ tags, ...row }, tenantId) => ({
    values: { ...row, tenantId, nameSearch: searchKey(row.name) },
    parts: tags.map((tag) => ({ ...tag, tenantId, assetId: row.id })),
  }),
};

const workflow: Kind<WorkflowRow, typeof workflows.$inferInsert, typeof workflowAssets.$inferInsert> = {
  name: "workflow",
  plural: "workflow versions",
  shape: workflowRow,
  table: workflows,
  partTable: workflowAssets,
  key: [workflows.id],
  keyOf: ({ id }) => [id],
  unique: ["name", "version"],
  describe: ({ name, version }) => `version ${version} of a workflow named ${JSON.stringify(name)}`,
  read: (db, where, limit) =>
    db
      .select({
        ...workflowColumns,
        assets: sql<WorkflowRow["assets"]>`(
          SELECT coalesce(json_agg(json_build_object('role', workflow_assets.role,
            'asset', ${assetReferenceIn("workflow_assets", "asset_tenant_id", "asset_id")},
            'position', workflow_assets.position, 'createdBy', workflow_assets.created_by,
            'updatedBy', workflow_assets.updated_by) ORDER BY workflow_assets.position), '[]')
          FROM workflow_assets
          WHERE workflow_assets.tenant_id = workflows.tenant_id AND workflow_assets.workflow_id = workflows.id)`,
      })
      .from(workflows)
      .where(where)
      .orderBy(asc(workflows.id))
      .limit(limit),
  references: (row) => ({ assets: row.assets.map((link) => link.asset), workflows: [] }),
  prepare: ({ assets: links, ...row }, tenantId, referents) => ({
    values: { ...row, tenantId, nameSearch: searchKey(row.name) },
    parts: links.map(({ asset: reference, ...link }) => {
      const referent = referents.asset(reference);
      return {
        ...link,
        tenantId,
        workflowId: row.id,
        assetTenantId: referent.tenantId,
        assetId: referent.id,
      };
    }),
  }),
};

const execution: Kind<ExecutionRow, typeof executions.$inferInsert> = {
  name: "execution",
  plural: "executions",
  shape: executionRow,
  table: executions,
  key: [executions.id],
  keyOf: ({ id }) => [id],
  unique: ["workflowTenantId", "workflowId", "idempotencyKey"],
  describe: ({ idempotencyKey }) =>
    `an execution of the same workflow version with the idempotency key ${JSON.stringify(idempotencyKey)}`,
  read: (db, where, limit) =>
    db
      .select({ id: executions.id, workflow: workflowReference, ...executionColumns })
      .from(executions)
      .where(where)
      .orderBy(asc(executions.id))
      .limit(limit),
  references: (row) => ({ assets: [], workflows: [row.workflow] }),
  prepare({ workflow: reference, ...row }, tenantId, referents) {
    const referent = referents.workflow(reference);
    const values = { ...row, tenantId, workflowTenantId: referent.tenantId, workflowId: referent.id };
    return { values, parts: [] };
  },
};

const dependency: Kind<DependencyRow, typeof assetDependencies.$inferInsert> = {
  name: "dependency",
  plural: "dependencies",
  shape: dependencyRow,
  table: assetDependencies,
  key: [assetDependencies.id],
  keyOf: ({ id }) => [id],
  unique: ["downstreamAssetId", "upstreamTenantId", "upstreamAssetId", "dependencyType"],
  describe: ({ dependencyType }) => `a dependency of the type ${dependencyType} between these assets`,
  read: (db, where, limit) =>
    db
      .select({
        id: assetDependencies.id,
        upstream: assetReferenceIn("asset_dependencies", "upstream_tenant_id", "upstream_asset_id"),
        ...edgeColumns,
      })
      .from(assetDependencies)
      .where(where)
      .orderBy(asc(assetDependencies.id))
      .limit(limit),
  references: endsOf,
  prepare: prepareEdge,
};

const pastDependency: Kind<PastDependencyRow, typeof assetDependencyHistory.$inferInsert> = {
  name: "pastDependency",
  plural: "past dependencies",
  shape: pastDependencyRow,
  table: assetDependencyHistory,
  key: [assetDependencyHistory.id, assetDependencyHistory.validFrom],
  keyOf: ({ id, validFrom }) => [id, validFrom.toISOString()],
  unique: [],
  describe: ({ id }) => `a past dependency with the id ${id}`,
  read: (db, where, limit) =>
    db
      .select({
        id: assetDependencyHistory.id,
        upstream: assetReferenceIn("asset_dependency_history", "upstream_tenant_id", "upstream_asset_id"),
        ...pastColumns,
      })
      .from(assetDependencyHistory)
      .where(where)
      .orderBy(asc(assetDependencyHistory.id), asc(assetDependencyHistory.validFrom))
      .limit(limit),
  references: endsOf,
  prepare: prepareEdge,
};

/** All kinds, in an order in which each refers only to those before it. */
export const KINDS: readonly Kind[] = [asset, workflow, execution, dependency, pastDependency];

/** Columns but for those with these names. */
function without<Columns extends object, Name extends keyof Columns>(
  columns: Columns,
  ...names: readonly Name[]
) {
  const left = Object.entries(columns).filter(([name]) => !names.some((other) => other === name));
  return Object.fromEntries(left) as Omit<Columns, Name>;
}
