import { and, count, eq, getTableColumns, or, type SQL, sql } from "drizzle-orm";
import { v7 as uuidv7 } from "uuid";
import type { z } from "zod";
import { nextUpdatedAt } from "../../db/columns.ts";
import { type Ordering, type Page, type PageRequest, pagesByParent, planPage } from "../../db/keyset.ts";
import { eachParentAndTenant, isOneOf, ofThatTenant } from "../../db/predicates.ts";
import type { TenantConnection, TenantDatabase } from "../../db/tenant-connection.ts";
import { ConflictError, ForbiddenError, NotFoundError } from "../../errors.ts";
import { tenantsOfAssets } from "../asset/asset.references.ts";
import { only, refusedChange } from "../changes.ts";
import { parseId, parseInput } from "../fields.ts";
import { type ListWindow, parseListWindow } from "../list-window.ts";
import {
  type NewDependency,
  newDependencies,
  newDependency,
  dependencyType as typeField,
} from "./dependency.input.ts";
import { assetDependencies, type DependencyType } from "./dependency.table.ts";

const { upstreamTenantId: _, ...storedColumns } = getTableColumns(assetDependencies);

const dependencyColumns = {
  ...storedColumns,
  tenantId: sql<string | null>`nullif(asset_dependencies.tenant_id, '~global')`.as("shown_tenant_id"),
};

function selectDependencies(db: TenantDatabase, where: SQL | undefined) {
  return db.select(dependencyColumns).from(assetDependencies).where(where);
}

/** One edge as it is read: `tenantId` is null on a global one. */
export type AssetDependency = Awaited<ReturnType<typeof selectDependencies>>[number];

/** Which end of an edge is meant. */
export type Side = "upstream" | "downstream";

const ORDERINGS: Readonly<Record<"createdAt", Ordering<AssetDependency>>> = {
  createdAt: {
    key: assetDependencies.createdAt,
    type: "timestamptz",
    valueOf: ({ createdAt }) => createdAt.toISOString(),
  },
};

const ASSET_OF = {
  upstream: assetDependencies.upstreamAssetId,
  downstream: assetDependencies.downstreamAssetId,
} as const;

const otherSide = (side: Side): Side => (side === "upstream" ? "downstream" : "upstream");

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

  /** The edges that touch an asset, oldest first: those to its upstreams, to its downstreams, or all. */
  async function listOf(name: string, assetId: string, touches: SQL | undefined, window: ListWindow) {
    const { limit, offset } = parseListWindow(window);
    return connection.operation(name, { asset_id: assetId }, (db) =>
      selectDependencies(db, and(readable, touches))
        .orderBy(assetDependencies.createdAt, assetDependencies.id)
        .limit(limit)
        .offset(offset),
    );
  }

  const touching = (assetId: string) =>
    or(eq(assetDependencies.upstreamAssetId, assetId), eq(assetDependencies.downstreamAssetId, assetId));

  return {
    findManyByIds,
    findById,

    /** The edge with this id. Throws NotFoundError. */
    async getById(id: string): Promise<AssetDependency> {
      const dependency = await findById(id);
      if (dependency === null) throw new NotFoundError(`No dependency has the id ${id}.`);
      return dependency;
    },

    /** The edges that lead from an asset's direct upstreams to it, oldest first. `limit` 1 to 1000, default 50. */
    listUpstream(assetId: string, window: ListWindow = {}): Promise<AssetDependency[]> {
      const id = parseId(assetId, "assetId");
      return listOf("dependency.listUpstream", id, eq(assetDependencies.downstreamAssetId, id), window);
    },

    /** The edges that lead from an asset to its direct downstreams, oldest first. `limit` 1 to 1000, default 50. */
    listDownstream(assetId: string, window: ListWindow = {}): Promise<AssetDependency[]> {
      const id = parseId(assetId, "assetId");
      return listOf("dependency.listDownstream", id, eq(assetDependencies.upstreamAssetId, id), window);
    },

    /** All edges that touch an asset, oldest first. `limit` 1 to 1000, default 50. */
    listAll(assetId: string, window: ListWindow = {}): Promise<AssetDependency[]> {
      const id = parseId(assetId, "assetId");
      return listOf("dependency.listAll", id, touching(id), window);
    },

    /** All visible edges, oldest first. `limit` 1 to 1000, default 50. */
    async list(window: ListWindow = {}): Promise<AssetDependency[]> {
      const { limit, offset } = parseListWindow(window);
      return connection.operation("dependency.list", {}, (db) =>
        selectDependencies(db, readable)
          .orderBy(assetDependencies.createdAt, assetDependencies.id)
          .limit(limit)
          .offset(offset),
      );
    },

    /** How many edges are visible. */
    async count(): Promise<number> {
      const rows = await connection.operation("dependency.count", {}, (db) =>
        db.select({ count: count() }).from(assetDependencies).where(readable),
      );
      return only(rows).count;
    },

    /** The same page of each asset's direct dependencies on one side, newest first, by asset. */
    async pagesByAsset(
      side: Side,
      assetIds: readonly string[],
      request: PageRequest,
    ): Promise<Map<string, Page<AssetDependency>>> {
      const plan = planPage(request, ORDERINGS, { field: "createdAt", direction: "desc" });
      const near = otherSide(side);
      const rows = await connection.operation(
        "dependency.pagesByAsset",
        { count: assetIds.length, side },
        (db) => {
          const branch = db
            .select({ ...dependencyColumns, sortKey: plan.sortKey })
            .from(assetDependencies)
            .where(
              and(
                ofThatTenant(assetDependencies.tenantId),
                sql`${ASSET_OF[near]} = parent.id`,
                plan.condition(assetDependencies.id),
              ),
            )
            .orderBy(...plan.branchOrder(assetDependencies.id))
            .limit(plan.limit)
            .as("page");
          return db
            .select()
            .from(eachParentAndTenant(assetIds, connection.readableTenants))
            .crossJoinLateral(branch)
            .orderBy(...plan.mergedOrder());
        },
      );
      return pagesByParent(
        plan,
        rows.map(({ page }) => page),
        (row) => row[`${near}AssetId`],
      );
    },

    /** How many direct dependencies each asset has on one side, by asset; one without any is left out. */
    async countsByAsset(side: Side, assetIds: readonly string[]): Promise<Map<string, number>> {
      const near = ASSET_OF[otherSide(side)];
      const rows = await connection.operation(
        "dependency.countsByAsset",
        { count: assetIds.length, side },
        (db) =>
          db
            .select({ assetId: near, count: count() })
            .from(assetDependencies)
            .where(and(readable, isOneOf(near, "uuid", assetIds)))
            .groupBy(near),
      );
      return new Map(rows.map((row) => [row.assetId, row.count]));
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

    /** The tenant's own edges that lead to these assets. */
    listTo: (downstreamAssetIds: readonly string[]): Promise<AssetDependency[]> =>
      connection.operation("dependency.listTo", { count: downstreamAssetIds.length }, (db) =>
        selectDependencies(
          db,
          and(
            eq(assetDependencies.tenantId, connection.writableTenant),
            isOneOf(assetDependencies.downstreamAssetId, "uuid", downstreamAssetIds),
          ),
        ),
      ),

    /** The tenant's own edges that a principal made. */
    listCreatedBy: (createdBy: string): Promise<AssetDependency[]> =>
      connection.operation("dependency.listCreatedBy", {}, (db) =>
        selectDependencies(
          db,
          and(
            eq(assetDependencies.tenantId, connection.writableTenant),
            eq(assetDependencies.createdBy, createdBy),
          ),
        ),
      ),

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
          .where(and(own, touching(id)))
          .returning({ id: assetDependencies.id });
        return removed.length;
      });
    },
  };
}

export type DependencyRepository = ReturnType<typeof createDependencyRepository>;
