import type { TenantConnection } from "../../db/tenant-connection.ts";
import { claimedBeside, unclaimed, withClaim, withoutClaim } from "../claims.ts";
import { assetDependencies } from "./dependency.table.ts";

/** An edge that an import no longer claims. */
export interface ReleasedDependency {
  readonly id: string;
  readonly createdBy: string;
  /** The imports that claim it still. */
  readonly importedBy: readonly string[];
}

/** Which imports hold which of a tenant's own edges. It changes nothing else of them. */
export function createDependencyClaims(connection: TenantConnection) {
  return {
    /** Notes that the manifest of an import has these own edges. */
    async claim(importer: string, ids: readonly string[]): Promise<void> {
      await connection.operation("dependency.claim", { count: ids.length }, (db) =>
        db
          .update(assetDependencies)
          .set({ importedBy: withClaim(assetDependencies.importedBy, importer) })
          .where(unclaimed(assetDependencies, connection.writableTenant, importer, ids)),
      );
    },

    /** Takes an import's claims back on all edges but these, and returns those that it gives up. */
    release: (importer: string, keptIds: readonly string[]): Promise<ReleasedDependency[]> =>
      connection.operation("dependency.release", { kept: keptIds.length }, (db) => {
        const { id, createdBy, importedBy } = assetDependencies;
        return db
          .update(assetDependencies)
          .set({ importedBy: withoutClaim(importedBy, importer) })
          .where(claimedBeside(assetDependencies, connection.writableTenant, importer, keptIds))
          .returning({ id, createdBy, importedBy });
      }),
  };
}
