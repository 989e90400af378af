import { eq, getTableColumns, or, type SQL, sql } from "drizzle-orm";
import type { TenantDatabase } from "../../db/tenant-connection.ts";
import { assetDependencies } from "./dependency.table.ts";

const { upstreamTenantId: _, importedBy: __, ...storedColumns } = getTableColumns(assetDependencies);

/** What is read of an edge. */
export const dependencyColumns = {
  ...storedColumns,
  tenantId: sql<string | null>`nullif(asset_dependencies.tenant_id, '~global')`.as("shown_tenant_id"),
};

/** The edges that `where` holds for, as they are read. */
export function selectDependencies(db: TenantDatabase, where: SQL | undefined) {
  return db.select(dependencyColumns).from(assetDependencies).where(where);
}

/** One edge as it is read: `tenantId` is null on a global one. */
export type AssetDependency = Awaited<ReturnType<typeof selectDependencies>>[number];

/** Holds for the edges that begin or end at an asset. */
export function touches(assetId: string): SQL | undefined {
  return or(eq(assetDependencies.upstreamAssetId, assetId), eq(assetDependencies.downstreamAssetId, assetId));
}
