import { and, eq } from "drizzle-orm";
import { v7 as uuidv7 } from "uuid";
import type { z } from "zod";
import { nextUpdatedAt } from "../../db/columns.ts";
import { isOneOf } from "../../db/predicates.ts";
import type { TenantConnection, TenantDatabase } from "../../db/tenant-connection.ts";
import { ConflictError, ForbiddenError, NotFoundError } from "../../errors.ts";
import { tenantsOfAssets } from "../asset/asset.references.ts";
import { only, refusedChange } from "../changes.ts";
import { parseId, parseInput } from "../fields.ts";
import { createDependencyClaims } from "./dependency.claims.ts";
import {
  type NewDependency,
  newDependencies,
  newDependency,
  dependencyType as typeField,
} from "./dependency.input.ts";
import { createDependencyPages } from "./dependency.pages.ts";
import { type AssetDependency, dependencyColumns, selectDependencies, touches } from "./dependency.select.ts";
import { assetDependencies, type DependencyType } from "./dependency.table.ts";

const assetGone = () => new NotFoundError("An asset of the dependency was deleted meanwhile.");
const CONSTRAINTS = {
  asset_dependencies_edge_key: () =>
    new ConflictError("A dependency of this type between these assets exists already."),
  asset_dependencies_upstream_fkey: assetGone,
  asset_dependencies_downstream_fkey: assetGone,
};

/** The edges between assets that one tenant may see, and the changes it may make to its own. */
export function createDependencyRepository(connection: TenantConnection) {
  const readable = isOneOf(assetDependencies.tenantId, "text", connection.readableTenants);

  /** The edges with these ids that are visible, in no particular order. Takes valid UUIDs only. */
  function findManyByIds(ids: readonly string[]): Promise<AssetDependency[]> {
    return connection.operation("dependency.findManyByIds", { count: ids.length }, (db) =>
      selectDependencies(db, and(readable, isOneOf(assetDependencies.id, "uuid", ids))),
    );
  }

  /** The edge with this id, or null. */
  async function findById(id: string): Promise<AssetDependency | null> {
    const [dependency] = await findManyByIds([parseId(id, "id")]);
    return dependency ?? null;
  }

  async function insertAll(db: TenantDatabase, items: readonly z.output<typeof newDependency>[]) {
    const { writableTenant: tenantId, actor } = connection;
    const ends = items.flatMap(({ upstreamAssetId, downstreamAssetId }) => [
      upstreamAssetId,
      downstreamAssetId,
    ]);
    const tenants = await tenantsOfAssets(db, connection, [...new Set(ends)]);
    const global = items.find(({ downstreamAssetId }) => tenants.get(downstreamAssetId) !== tenantId);
    if (global !== undefined) {
      throw new ForbiddenError(
        `The asset ${global.downstreamAssetId} is global; only the system may let it depend on something.`,
      );
    }
    const rows = items.map((item) => ({
      ...item,
      tenantId,
      id: uuidv7(),
      upstreamTenantId: tenants.get(item.upstreamAssetId) ?? tenantId,
      createdBy: actor,
      updatedBy: actor,
    }));
    const stored = await db.insert(assetDependencies).values(rows).returning(dependencyColumns);
    const byId = new Map(stored.map((dependency) => [dependency.id, dependency]));
    return rows.flatMap(({ id }) => byId.get(id) ?? []);
  }

  const ownById = (id: string) =>
    and(eq(assetDependencies.tenantId, connection.writableTenant), eq(assetDependencies.id, id));

  return {
    ...createDependencyPages(connection),
    ...createDependencyClaims(connection),
    findManyByIds,
    findById,

    /** The edge with this id. Throws NotFoundError. */
    async getById(id: string): Promise<AssetDependency> {
      const dependency = await findById(id);
      if (dependency === null) throw new NotFoundError(`No dependency has the id ${id}.`);
      return dependency;
    },

    /**
     * Stores a new edge. The upstream asset may be global, the downstream one is the tenant's own.
     * Throws NotFoundError for an asset, ConflictError when the edge exists already.
     */
    async insert(input: NewDependency): Promise<AssetDependency> {
      const parsed = parseInput(newDependency, input);
      return connection.operation(
        "dependency.insert",
        { upstream_asset_id: parsed.upstreamAssetId, downstream_asset_id: parsed.downstreamAssetId },
        async (db) => only(await insertAll(db, [parsed])),
        CONSTRAINTS,
      );
    },

    /** Stores up to 1,000 new edges, all or none, and returns them in the order given. Throws as `insert` does. */
    async insertMany(input: readonly NewDependency[]): Promise<AssetDependency[]> {
      const items = parseInput(newDependencies, input, ["dependencies"]);
      return connection.operation(
        "dependency.insertMany",
        { count: items.length },
        (db) => insertAll(db, items),
        CONSTRAINTS,
      );
    },

    /** Deletes own edges; ids of no own edge are passed over. */
    async removeMany(ids: readonly string[]): Promise<void> {
      await connection.operation("dependency.removeMany", { count: ids.length }, (db) =>
        db
          .delete(assetDependencies)
          .where(
            and(
              eq(assetDependencies.tenantId, connection.writableTenant),
              isOneOf(assetDependencies.id, "uuid", ids),
            ),
          ),
      );
    },

    /** Gives an edge another type. Throws NotFoundError, ForbiddenError for a global edge, ConflictError for a double. */
    async update(id: string, patch: { readonly dependencyType: DependencyType }): Promise<AssetDependency> {
      const dependencyId = parseId(id, "id");
      const dependencyType = parseInput(typeField, patch.dependencyType, ["dependencyType"]);
      return connection.operation(
        "dependency.update",
        { dependency_id: dependencyId },
        async (db) => {
          const [changed] = await db
            .update(assetDependencies)
            .set({
              dependencyType,
              updatedAt: nextUpdatedAt(assetDependencies.updatedAt),
              updatedBy: connection.actor,
            })
            .where(ownById(dependencyId))
            .returning(dependencyColumns);
          if (changed === undefined) {
            throw refusedChange(connection, "dependency", dependencyId, await findById(dependencyId));
          }
          return changed;
        },
        CONSTRAINTS,
      );
    },

    /** Deletes an edge. Throws NotFoundError, or ForbiddenError for a global one. */
    async remove(id: string): Promise<void> {
      const dependencyId = parseId(id, "id");
      await connection.operation("dependency.remove", { dependency_id: dependencyId }, async (db) => {
        const removed = await db
          .delete(assetDependencies)
          .where(ownById(dependencyId))
          .returning({ id: assetDependencies.id });
        if (removed.length === 0) {
          throw refusedChange(connection, "dependency", dependencyId, await findById(dependencyId));
        }
      });
    },

    /** Deletes all the tenant's own edges that touch an asset, and returns how many there were. */
    async removeAll(assetId: string): Promise<number> {
      const id = parseId(assetId, "assetId");
      const own = eq(assetDependencies.tenantId, connection.writableTenant);
      return connection.operation("dependency.removeAll", { asset_id: id }, async (db) => {
        const removed = await db
          .delete(assetDependencies)
          .where(and(own, touches(id)))
          .returning({ id: assetDependencies.id });
        return removed.length;
      });
    },
  };
}

export type DependencyRepository = ReturnType<typeof createDependencyRepository>;
