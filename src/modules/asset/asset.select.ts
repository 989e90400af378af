import { getTableColumns, type SQL, sql } from "drizzle-orm";
import { builtPerColumnSet, columnSets } from "../../db/column-sets.ts";
import { selectByIds } from "../../db/rows-by-ids.ts";
import type { TenantDatabase } from "../../db/tenant-database.ts";
import { assets } from "./asset.table.ts";
import { inTagOrder } from "./asset.tags.ts";

const { nameSearch: _, importedBy: __, ...storedColumns } = getTableColumns(assets);

/** What is read of an asset. Plain words in the subquery: Drizzle drops the table of a column in a one-table select. */
export const assetColumns = {
  ...storedColumns,
  tenantId: sql<string | null>`nullif(assets.tenant_id, '~global')`.as("shown_tenant_id"),
  // Put in their order here: to sort them there takes longer than to find them.
  tags: sql`ARRAY(
    SELECT tag FROM asset_tags WHERE asset_tags.tenant_id = assets.tenant_id AND asset_tags.asset_id = assets.id)`
    .mapWith(inTagOrder)
    .as("tags"),
};

/** Those of them that are read for fields that are asked for. */
export const assetColumnsFor = columnSets(assetColumns, {
  always: ["id"],
  orderings: ["createdAt", "updatedAt", "name"],
  costly: "tags",
});

/** The assets that `where` holds for, as they are read. */
export function selectAssets(db: TenantDatabase, where: SQL | undefined) {
  return db.select(assetColumns).from(assets).where(where);
}

/** See {@link selectByIds}. */
export const assetsByIds = builtPerColumnSet((db, columns: typeof assetColumns) =>
  selectByIds(db, assets, columns),
);

/**
 * An asset as it is read: `tenantId` is null on a global one, `tags` are in the order of their code points. Where a page or ids
 * are read for fields that are asked for, it has no others.
 */
export type Asset = Awaited<ReturnType<typeof selectAssets>>[number];
