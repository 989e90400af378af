import { sql } from "drizzle-orm";
import { check, foreignKey, index, pgTable, primaryKey, text, unique, uuid } from "drizzle-orm/pg-core";
import {
  authorship,
  identity,
  json,
  lengthCheck,
  recordChecks,
  tenantIdCheck,
  tenantPolicies,
  timestamps,
} from "../../db/columns.ts";
import type { JsonObject } from "../fields.ts";
import type { PartitionConfig } from "./partition-config.ts";

/** Tables, files, models, dashboards: what data teams have. */
export const assets = pgTable(
  "assets",
  {
    ...identity,
    name: text("name").notNull(),
    /** `searchKey(name)`, `COLLATE "C"`: what name filters and the order by name use, so that an index serves them under RLS. */
    nameSearch: text("name_search").notNull(),
    assetType: text("asset_type").notNull(),
    description: text("description"),
    owner: text("owner"),
    partitionConfig: json<PartitionConfig>("partition_config"),
    properties: json<JsonObject>("properties").notNull().default({}),
    /** Which imports hold it in the manifest that they read last, as principals: it is theirs together. */
    importedBy: text("imported_by").array().notNull().default(sql`'{}'`),
    ...timestamps,
    ...authorship,
  },
  (table) => [
    primaryKey({ name: "assets_pkey", columns: [table.tenantId, table.id] }),
    unique("assets_tenant_id_name_key").on(table.tenantId, table.name),
    index("assets_by_id").on(table.id),
    index("assets_by_created_at").on(table.tenantId, table.createdAt, table.id),
    index("assets_by_updated_at").on(table.tenantId, table.updatedAt, table.id),
    index("assets_by_name_search").on(table.tenantId, table.nameSearch, table.id),
    index("assets_by_type").on(table.tenantId, table.assetType, table.createdAt, table.id),
    index("assets_by_owner").on(table.tenantId, table.owner, table.createdAt, table.id),
    lengthCheck("assets_name_length", "name", 1, 255),
    lengthCheck("assets_asset_type_length", "asset_type", 1, 64),
    lengthCheck("assets_description_length", "description", 0, 10_000),
    lengthCheck("assets_owner_length", "owner", 1, 255),
    check("assets_partition_config_kind", sql`partition_config ->> 'kind' IN ('time', 'static', 'range')`),
    check(
      "assets_properties_object",
      sql`jsonb_typeof(properties) = 'object' AND octet_length(properties::text) <= 131072`,
    ),
    ...recordChecks("assets"),
    ...tenantPolicies("assets"),
  ],
);

/** The tags of assets: a side table, because under RLS no index serves a search inside an array or a JSON column. */
export const assetTags = pgTable(
  "asset_tags",
  {
    tenantId: identity.tenantId,
    assetId: uuid("asset_id").notNull(),
    tag: text("tag").notNull(),
    ...authorship,
  },
  (table) => [
    primaryKey({ name: "asset_tags_pkey", columns: [table.tenantId, table.assetId, table.tag] }),
    // Always the asset's own tenant, so this cascade cannot reach into another.
    foreignKey({
      name: "asset_tags_asset_fkey",
      columns: [table.tenantId, table.assetId],
      foreignColumns: [assets.tenantId, assets.id],
    }).onDelete("cascade"),
    // Led by the tenant, it would be as good as the key for the tags of an asset, to a planner that takes the tenant for rare.
    index("asset_tags_by_tag").on(table.tag, table.tenantId, table.assetId),
    lengthCheck("asset_tags_tag_length", "tag", 1, 128),
    tenantIdCheck("asset_tags"),
    ...tenantPolicies("asset_tags"),
  ],
);
