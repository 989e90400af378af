import { asc } from "drizzle-orm";
import type { TenantConnection } from "../../db/tenant-connection.ts";
import { claimedBeside, unclaimed, withClaim, withoutClaim } from "../claims.ts";
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
          .set({ importedBy: withClaim(assets.importedBy, importer) })
          .where(unclaimed(assets, connection.writableTenant, importer, ids)),
      );
    },

    /**
     * Takes an import's claims back on all assets but these, and returns those that it gives up, in order of name. Until
     * the transaction ends nobody else can change them or link to them.
     */
    release: (importer: string, keptIds: readonly string[]): Promise<ReleasedAsset[]> =>
      connection.operation("asset.release", { kept: keptIds.length }, async (db) => {
        const released = claimedBeside(assets, connection.writableTenant, importer, keptIds);
        const { id, name, createdBy, importedBy } = assets;
        const locked = await db
          .select({ id, name, createdBy, importedBy })
          .from(assets)
          .where(released)
          .orderBy(asc(assets.name))
          .for("update");
        await db
          .update(assets)
          .set({ importedBy: withoutClaim(importedBy, importer) })
          .where(released);
        return locked.map((asset) => ({
          ...asset,
          importedBy: asset.importedBy.filter((claimant) => claimant !== importer),
        }));
      }),
  };
}
