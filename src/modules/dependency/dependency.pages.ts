import { and, count, eq, type SQL, sql } from "drizzle-orm";
import { type Ordering, type Page, type PageRequest, pagesByParent, planPage } from "../../db/keyset.ts";
import { pageStatements } from "../../db/page-statements.ts";
import { isOneOf } from "../../db/predicates.ts";
import type { TenantConnection } from "../../db/tenant-connection.ts";
import { only } from "../changes.ts";
import { parseId } from "../fields.ts";
import { type ListWindow, parseListWindow } from "../list-window.ts";
import {
  type AssetDependency,
  dependencyColumnsFor,
  selectDependencies,
  touches,
} from "./dependency.select.ts";
import { assetDependencies } from "./dependency.table.ts";

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

// Of the tenants of edges the planner has no statistics, so that it finds them by their ends.
const pages = pageStatements<AssetDependency>(assetDependencies, dependencyColumnsFor, {
  planned: "prepared",
});

/** Lists of the edges that one tenant may see. */
export function createDependencyPages(connection: TenantConnection) {
  const isReadable = () => isOneOf(assetDependencies.tenantId, "text", connection.readableTenants);

  /** The edges that touch an asset, oldest first: those to its upstreams, to its downstreams, or all. */
  async function listOf(name: string, assetId: string, touches: SQL | undefined, window: ListWindow) {
    const { limit, offset } = parseListWindow(window);
    return connection.operation(name, { asset_id: assetId }, (db) =>
      selectDependencies(db, and(isReadable(), touches))
        .orderBy(assetDependencies.createdAt, assetDependencies.id)
        .limit(limit)
        .offset(offset),
    );
  }

  return {
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
      return listOf("dependency.listAll", id, touches(id), window);
    },

    /** All visible edges, oldest first. `limit` 1 to 1000, default 50. */
    async list(window: ListWindow = {}): Promise<AssetDependency[]> {
      const { limit, offset } = parseListWindow(window);
      return connection.operation("dependency.list", {}, (db) =>
        selectDependencies(db, isReadable())
          .orderBy(assetDependencies.createdAt, assetDependencies.id)
          .limit(limit)
          .offset(offset),
      );
    },

    /** How many edges are visible. */
    async count(): Promise<number> {
      const rows = await connection.operation("dependency.count", {}, (db) =>
        db.select({ count: count() }).from(assetDependencies).where(isReadable()),
      );
      return only(rows).count;
    },

    /** The same page of each asset's direct dependencies on one side, newest first, by asset. */
    async pagesByAsset(
      side: Side,
      assetIds: readonly string[],
      request: PageRequest,
    ): Promise<Map<string, Page<AssetDependency>>> {
      const plan = planPage(`asset.${side}`, request, ORDERINGS, { field: "createdAt", direction: "desc" });
      const near = otherSide(side);
      const rows = await connection.operation(
        "dependency.pagesByAsset",
        { count: assetIds.length, side },
        (db) =>
          pages.ofParents(
            db,
            { plan, named: connection.namedFields, condition: sql`${ASSET_OF[near]} = parent.id` },
            { parents: assetIds, tenants: connection.readableTenants },
          ),
      );
      return pagesByParent(
        plan,
        rows.map((row) => ({ parentId: row[`${near}AssetId`], row })),
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
            .where(and(isReadable(), isOneOf(near, "uuid", assetIds)))
            .groupBy(near),
      );
      return new Map(rows.map((row) => [row.assetId, row.count]));
    },
  };
}
