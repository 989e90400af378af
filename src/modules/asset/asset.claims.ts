import { and, asc, eq, type SQL, sql } from "drizzle-orm";
import { isOneOf } from "../../db/predicates.ts";
import type { TenantConnection } from "../../db/tenant-connection.ts";
import { assets } from "./asset.table.ts";

/** An asset that an import no longer claims. */
export interface ReleasedAsset {
  readonly id: string;
  readonly name: string;
  readonly createdBy: string;
  /** The imports that claim it still. */
  readonly importedBy: readonly string[];
}

/** Which imports hold which of a tenant's own assets. It changes nothing else of them, `updatedAt` included. */
export function createAssetClaims(connection: TenantConnection) {
  return {
    /** Notes that the manifest of an import has these own assets. */
    async claim(importer: string, ids: readonly string[]): Promise<void> {
      await connection.operation("asset.claim", { count: ids.length }, (db) =>
        db
          .update(assets)
          .set({ importedBy: sql`array_append(${assets.importedBy}, ${importer})` })
          .where(
            and(
              eq(assets.tenantId, connection.writableTenant),
              isOneOf(assets.id, "uuid", ids),
              sql`NOT ${importer} = ANY(${assets.importedBy})`,
            ),
          ),
      );
    },

    /**
     * Takes an import's claims back on all assets but these, and returns those that it gives up, in order of name. Until
     * the transaction ends nobody else can change them or link to them.
     */
    release: (importer: string, keptIds: readonly string[]): Promise<ReleasedAsset[]> =>
      connection.operation("asset.release", { kept: keptIds.length }, async (db) => {
        const released = claimedBeside(connection.writableTenant, importer, keptIds);
        const { id, name, createdBy, importedBy } = assets;
        const locked = await db
          .select({ id, name, createdBy, importedBy })
          .from(assets)
          .where(released)
          .orderBy(asc(assets.name))
          .for("update");
        await db
          .update(assets)
          .set({ importedBy: sql`array_remove(${importedBy}, ${importer})` })
          .where(released);
        return locked.map((asset) => ({
          ...asset,
          importedBy: asset.importedBy.filter((claimant) => claimant !== importer),
        }));
      }),
  };
}

/**
 * Own assets, but for those with these ids, that an import claims, or that it made and nobody claims: those that were in
 * use when it gave them up.
 */
function claimedBeside(tenantId: string, importer: string, ids: readonly string[]): SQL | undefined {
  const { createdBy, importedBy } = assets;
  return and(
    eq(assets.tenantId, tenantId),
    sql`(${importer} = ANY(${importedBy}) OR (${createdBy} = ${importer} AND ${importedBy} = '{}'))`,
    sql`NOT ${isOneOf(assets.id, "uuid", ids)}`,
  );
}
