import { sql } from "drizzle-orm";
import { check, foreignKey, index, pgTable, primaryKey, text, unique, uuid } from "drizzle-orm/pg-core";
import {
  authorship,
  claims,
  identity,
  ownOrGlobalCheck,
  recordChecks,
  tenantPolicies,
  timestamps,
} from "../../db/columns.ts";
import { assets } from "../asset/asset.table.ts";

/** What flows along an edge, as stored. */
export const DEPENDENCY_TYPES = ["data", "metadata", "control"] as const;
export type DependencyType = (typeof DEPENDENCY_TYPES)[number];

/**
 * The edges of the lineage, upstream to downstream. The downstream asset is always of the edge's own tenant; the
 * upstream one may also be global.
 */
export const assetDependencies = pgTable(
  "asset_dependencies",
  {
    ...identity,
    upstreamTenantId: text("upstream_tenant_id").notNull(),
    upstreamAssetId: uuid("upstream_asset_id").notNull(),
    downstreamAssetId: uuid("downstream_asset_id").notNull(),
    dependencyType: text("dependency_type").$type<DependencyType>().notNull(),
    ...claims,
    ...timestamps,
    ...authorship,
  },
  (table) => [
    primaryKey({ name: "asset_dependencies_pkey", columns: [table.tenantId, table.id] }),
    unique("asset_dependencies_edge_key").on(
      table.tenantId,
      table.downstreamAssetId,
      table.upstreamTenantId,
      table.upstreamAssetId,
      table.dependencyType,
    ),
    foreignKey({
      name: "asset_dependencies_upstream_fkey",
      columns: [table.upstreamTenantId, table.upstreamAssetId],
      foreignColumns: [assets.tenantId, assets.id],
    }),
    foreignKey({
      name: "asset_dependencies_downstream_fkey",
      columns: [table.tenantId, table.downstreamAssetId],
      foreignColumns: [assets.tenantId, assets.id],
    }),
    // The walk's indexes cover it and lead with the asset: one probe a node. Led by the tenant they take two (own and
    // global) and a third more time.
    index("asset_dependencies_walk_up").on(
      table.downstreamAssetId,
      table.upstreamAssetId,
      table.tenantId,
      table.dependencyType,
    ),
    index("asset_dependencies_walk_down").on(
      table.upstreamAssetId,
      table.downstreamAssetId,
      table.tenantId,
      table.dependencyType,
    ),
    // Pages of an asset's direct dependencies.
    index("asset_dependencies_by_downstream").on(
      table.tenantId,
      table.downstreamAssetId,
      table.createdAt,
      table.id,
    ),
    index("asset_dependencies_by_upstream").on(
      table.tenantId,
      table.upstreamAssetId,
      table.createdAt,
      table.id,
    ),
    check("asset_dependencies_no_self", sql`upstream_asset_id <> downstream_asset_id`),
    check("asset_dependencies_type", sql`dependency_type IN ('data', 'metadata', 'control')`),
    ownOrGlobalCheck("asset_dependencies_upstream_tenant", table.upstreamTenantId),
    ...recordChecks("asset_dependencies"),
    ...tenantPolicies("asset_dependencies"),
  ],
);
