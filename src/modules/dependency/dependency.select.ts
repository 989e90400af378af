import { and, asc, eq, getTableColumns, or, type Placeholder, type SQL, sql } from "drizzle-orm";
import { columnSets } from "../../db/column-sets.ts";
import type { TenantDatabase } from "../../db/tenant-database.ts";
import { assetDependencies } from "./dependency.table.ts";

const { upstreamTenantId: _, ...storedColumns } = getTableColumns(assetDependencies);

/** What is read of an edge. */
export const dependencyColumns = {
  ...storedColumns,
  tenantId: sql<string | null>`nullif(asset_dependencies.tenant_id, '~global')`.as("shown_tenant_id"),
};

/** Those of them that are read for fields that are asked for. */
export const dependencyColumnsFor = columnSets(dependencyColumns, {
  always: ["id", "upstreamAssetId", "downstreamAssetId"],
  orderings: ["createdAt"],
});

/** Those of them that are read of edges that are made: for fields that are asked for, and to tell which is which. */
export function madeColumnsFor(named: ReadonlySet<string> | undefined) {
  return dependencyColumnsFor(named && new Set([...named, "dependencyType"]));
}

/** The edges that `where` holds for, as they are read. */
export function selectDependencies(db: TenantDatabase, where: SQL | undefined) {
  return db.select(dependencyColumns).from(assetDependencies).where(where);
}

/**
 * Own edges as they are now, which until the transaction ends nobody else changes or ends. In the order of their keys, so
 * that two who lock the same wait for each other instead of deadlocking.
 */
export function lockDependencies(db: TenantDatabase, tenantId: string | Placeholder, where: SQL | undefined) {
  return selectDependencies(db, and(eq(assetDependencies.tenantId, tenantId), where))
    .orderBy(
      asc(assetDependencies.downstreamAssetId),
      asc(assetDependencies.upstreamAssetId),
      asc(assetDependencies.dependencyType),
    )
    .for("update");
}

/**
 * One edge as it is read: `tenantId` is null on a global one, `sources` are in the order in which they came. Where pages are read
 * for fields that are asked for, it has no others.
 */
export type AssetDependency = Awaited<ReturnType<typeof selectDependencies>>[number];

/** Holds for the edges that begin or end at an asset. */
export function touches(assetId: string): SQL | undefined {
  return or(eq(assetDependencies.upstreamAssetId, assetId), eq(assetDependencies.downstreamAssetId, assetId));
}
