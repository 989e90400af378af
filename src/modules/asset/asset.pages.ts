import { and, count } from "drizzle-orm";
import { type Direction, type Ordering, type Page, type PageRequest, planPage } from "../../db/keyset.ts";
import { pageStatements, type Wanted } from "../../db/page-statements.ts";
import { isOneOf } from "../../db/predicates.ts";
import { tenantsInScope } from "../../db/tenant.ts";
import type { TenantConnection } from "../../db/tenant-connection.ts";
import type { TenantDatabase } from "../../db/tenant-database.ts";
import { only } from "../changes.ts";
import { searchKey } from "../fields.ts";
import { type ListWindow, parseListWindow } from "../list-window.ts";
import { assetMatches, type ParsedAssetFilter, parseAssetFilter } from "./asset.filter.ts";
import type { AssetFilter } from "./asset.input.ts";
import { type Asset, assetColumnsFor } from "./asset.select.ts";
import { assets } from "./asset.table.ts";

export type AssetOrderField = "createdAt" | "updatedAt" | "name";

/** What a list of assets is about. */
export interface AssetQuery {
  readonly filter?: AssetFilter | null | undefined;
  /** Default: newest first. */
  readonly orderBy?: { readonly field: AssetOrderField; readonly direction: Direction } | null | undefined;
}

const NEWEST_FIRST = { field: "createdAt", direction: "desc" } as const;

const ORDERINGS: Readonly<Record<AssetOrderField, Ordering<Asset>>> = {
  createdAt: {
    key: assets.createdAt,
    type: "timestamptz",
    valueOf: ({ createdAt }) => createdAt.toISOString(),
  },
  updatedAt: {
    key: assets.updatedAt,
    type: "timestamptz",
    valueOf: ({ updatedAt }) => updatedAt.toISOString(),
  },
  name: { key: assets.nameSearch, type: "text", valueOf: ({ name }) => searchKey(name) },
};

const pages = pageStatements<Asset>(assets, assetColumnsFor);

/** Lists of the assets that one tenant may see. */
export function createAssetPages(connection: TenantConnection) {
  const read = (
    db: TenantDatabase,
    filter: ParsedAssetFilter,
    wanted: Omit<Wanted<Asset>, "matches" | "named">,
  ): Promise<Asset[]> =>
    pages.list(
      db,
      { ...wanted, named: connection.namedFields, matches: assetMatches(filter) },
      { tenants: tenantsInScope(connection, filter.scope) },
    );

  return {
    /** One page, by cursor: stable while others insert. */
    async page(query: AssetQuery & PageRequest = {}): Promise<Page<Asset>> {
      const plan = planPage("assets", query, ORDERINGS, query.orderBy ?? NEWEST_FIRST);
      const filter = parseAssetFilter(query.filter);
      const rows = await connection.operation("asset.page", {}, (db) =>
        read(db, filter, { plan, limit: plan.limit, offset: 0 }),
      );
      return plan.page(rows);
    },

    /** `limit` (1 to 1000, default 50) assets after the first `offset` (default 0). Prefer {@link page} for long lists. */
    async list(query: AssetQuery & ListWindow = {}): Promise<Asset[]> {
      const { limit, offset } = parseListWindow(query);
      const plan = planPage("assets", {}, ORDERINGS, query.orderBy ?? NEWEST_FIRST);
      const filter = parseAssetFilter(query.filter);
      return connection.operation("asset.list", {}, (db) => read(db, filter, { plan, limit, offset }));
    },

    /** How many assets match. */
    async count(filter?: AssetFilter | null): Promise<number> {
      const parsed = parseAssetFilter(filter);
      const tenants = tenantsInScope(connection, parsed.scope);
      const rows = await connection.operation("asset.count", {}, (db) =>
        db
          .select({ count: count() })
          .from(assets)
          .where(and(isOneOf(assets.tenantId, "text", tenants), assetMatches(parsed))),
      );
      return only(rows).count;
    },
  };
}
