import { and, type SQL, sql } from "drizzle-orm";
import { isOneOf } from "../../db/predicates.ts";
import { selectByIds, visibleIds } from "../../db/rows-by-ids.ts";
import type { TenantConnection } from "../../db/tenant-connection.ts";
import { builtPerShape, type TenantDatabase } from "../../db/tenant-database.ts";
import { NotFoundError } from "../../errors.ts";
import { assets } from "./asset.table.ts";

const tenantsByIds = builtPerShape((db) =>
  selectByIds(db, assets, { id: assets.id, tenantId: assets.tenantId }),
)("");

/**
 * The stored tenant of each of these assets, by id: what a composite foreign key to them needs.
 * @throws NotFoundError for the first that this connection cannot see
 */
export async function tenantsOfAssets(
  db: TenantDatabase,
  connection: TenantConnection,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = await db.run(tenantsByIds, visibleIds(connection, ids));
  const tenants = new Map(found.map(({ id, tenantId }) => [id, tenantId]));
  const missing = ids.find((id) => !tenants.has(id));
  if (missing !== undefined) throw new NotFoundError(`No asset has the id ${missing}.`);
  return tenants;
}

/** What assets may be chosen by, wherever that is done: one of the types, of the owners and of the tags. */
export interface AssetKinds {
  readonly types?: readonly string[] | null | undefined;
  readonly owners?: readonly string[] | null | undefined;
  readonly anyTags?: readonly string[] | null | undefined;
}

/** The condition on a row of `assets` that it is one of those chosen. */
export function assetIs({ types, owners, anyTags }: AssetKinds): SQL | undefined {
  return and(
    types ? isOneOf(assets.assetType, "text", types) : undefined,
    owners ? isOneOf(assets.owner, "text", owners) : undefined,
    anyTags ? sql`EXISTS (SELECT FROM asset_tags ${ofThatAsset} AND ${hasTag(anyTags)})` : undefined,
  );
}

/** The rows of `asset_tags` that are an asset's. */
export const ofThatAsset = sql`WHERE asset_tags.tenant_id = assets.tenant_id AND asset_tags.asset_id = assets.id`;

export function hasTag(tags: readonly string[]): SQL {
  return isOneOf(sql`asset_tags.tag`, "text", tags);
}

/** The ids of those of some assets that this connection sees and that are of these kinds. */
export async function chooseAssets(
  db: TenantDatabase,
  connection: TenantConnection,
  ids: readonly string[],
  kinds: AssetKinds,
): Promise<Set<string>> {
  const rows = await db
    .select({ id: assets.id })
    .from(assets)
    .where(
      and(
        isOneOf(assets.tenantId, "text", connection.readableTenants),
        isOneOf(assets.id, "uuid", ids),
        assetIs(kinds),
      ),
    );
  return new Set(rows.map(({ id }) => id));
}
