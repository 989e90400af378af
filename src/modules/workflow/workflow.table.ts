import { sql } from "drizzle-orm";
import {
  check,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import {
  authorship,
  identity,
  json,
  lengthCheck,
  ownOrGlobalCheck,
  recordChecks,
  tenantIdCheck,
  tenantPolicies,
  timestamps,
} from "../../db/columns.ts";
import { assets } from "../asset/asset.table.ts";
import type { JsonObject } from "../fields.ts";

/** Workflow definitions, one row a version. */
export const workflows = pgTable(
  "workflows",
  {
    ...identity,
    name: text("name").notNull(),
    /** `searchKey(name)`, `COLLATE "C"`, as in `assets`. */
    nameSearch: text("name_search").notNull(),
    version: integer("version").notNull(),
    description: text("description"),
    owner: text("owner"),
    tags: text("tags").array().notNull().default(sql`'{}'`),
    properties: json<JsonObject>("properties").notNull().default({}),
    ...timestamps,
    ...authorship,
  },
  (table) => [
    primaryKey({ name: "workflows_pkey", columns: [table.tenantId, table.id] }),
    unique("workflows_tenant_id_name_version_key").on(table.tenantId, table.name, table.version),
    index("workflows_by_id").on(table.id),
    index("workflows_by_created_at").on(table.tenantId, table.createdAt, table.id),
    index("workflows_by_updated_at").on(table.tenantId, table.updatedAt, table.id),
    index("workflows_by_name_search").on(table.tenantId, table.nameSearch, table.id),
    lengthCheck("workflows_name_length", "name", 1, 255),
    lengthCheck("workflows_description_length", "description", 0, 10_000),
    lengthCheck("workflows_owner_length", "owner", 1, 255),
    check("workflows_version_positive", sql`version > 0`),
    check("workflows_tags_count", sql`cardinality(tags) <= 100`),
    check(
      "workflows_properties_object",
      sql`jsonb_typeof(properties) = 'object' AND octet_length(properties::text) <= 131072`,
    ),
    ...recordChecks("workflows"),
    ...tenantPolicies("workflows"),
  ],
);

/** How a workflow version touches an asset, as stored. */
export const ASSET_ROLES = ["input", "output"] as const;
export type AssetRole = (typeof ASSET_ROLES)[number];

/** Which assets a workflow version reads and writes, in the order that its author gave. */
export const workflowAssets = pgTable(
  "workflow_assets",
  {
    tenantId: identity.tenantId,
    workflowId: uuid("workflow_id").notNull(),
    role: text("role").$type<AssetRole>().notNull(),
    assetTenantId: text("asset_tenant_id").notNull(),
    assetId: uuid("asset_id").notNull(),
    /** Counts from 0 over both roles. */
    position: integer("position").notNull(),
    ...authorship,
  },
  (table) => [
    primaryKey({
      name: "workflow_assets_pkey",
      columns: [table.tenantId, table.workflowId, table.role, table.assetTenantId, table.assetId],
    }),
    unique("workflow_assets_position_key").on(table.tenantId, table.workflowId, table.position),
    // Always the workflow's own tenant, so this cascade cannot reach into another.
    foreignKey({
      name: "workflow_assets_workflow_fkey",
      columns: [table.tenantId, table.workflowId],
      foreignColumns: [workflows.tenantId, workflows.id],
    }).onDelete("cascade"),
    foreignKey({
      name: "workflow_assets_asset_fkey",
      columns: [table.assetTenantId, table.assetId],
      foreignColumns: [assets.tenantId, assets.id],
    }),
    index("workflow_assets_by_asset").on(table.assetId, table.tenantId, table.workflowId),
    check("workflow_assets_role", sql`role IN ('input', 'output')`),
    check("workflow_assets_position", sql`position >= 0`),
    ownOrGlobalCheck("workflow_assets_asset_tenant", table.assetTenantId),
    tenantIdCheck("workflow_assets"),
    ...tenantPolicies("workflow_assets"),
  ],
);
