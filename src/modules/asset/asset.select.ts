import { getTableColumns, type SQL, sql } from "drizzle-orm";
import { isVisibleById } from "../../db/predicates.ts";
import { builtOnce, type TenantDatabase } from "../../db/tenant-database.ts";
import { assets } from "./asset.table.ts";
import { inTagOrder } from "./asset.tags.ts";

const { nameSearch: _, importedBy: __, ...storedColumns } = getTableColumns(assets);

const tagsOfIt = sql`ARRAY(
  SELECT tag FROM asset_tags WHERE asset_tags.tenant_id = assets.tenant_id AND asset_tags.asset_id = assets.id)`;

/** What is read of an asset. Plain words in the subquery: Drizzle drops the table of a column in a one-table select. */
export const assetColumns = {
  ...storedColumns,
  tenantId: sql<string | null>`nullif(assets.tenant_id, '~global')`.as("shown_tenant_id"),
  // Put in their order here: to sort them there takes longer than to find them.
  tags: tagsOfIt.mapWith(inTagOrder).as("tags"),
};

/** The same, but with tags only where `withTags` is true. */
export const assetColumnsAsked = {
  ...assetColumns,
  tags: sql`CASE WHEN ${sql.placeholder("withTags")}::boolean THEN ${tagsOfIt} END`
    .mapWith(inTagOrder)
    .as("tags"),
};

/** The assets that `where` holds for, as they are read. */
export function selectAssets(db: TenantDatabase, where: SQL | undefined) {
  return db.select(assetColumns).from(assets).where(where);
}

/** What {@link isVisibleById} holds for, with their tags (`withTags`). */
export const assetsByIds = builtOnce((db) =>
  db.select(assetColumnsAsked).from(assets).where(isVisibleById(assets)),
);

/** An asset as it is read: `tenantId` is null on a global one, `tags` are in the order of their code points. */
export type Asset = Awaited<ReturnType<typeof selectAssets>>[number];
