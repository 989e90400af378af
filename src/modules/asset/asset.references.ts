import { and } from "drizzle-orm";
import { isOneOf } from "../../db/predicates.ts";
import type { TenantConnection, TenantDatabase } from "../../db/tenant-connection.ts";
import { NotFoundError } from "../../errors.ts";
import { assets } from "./asset.table.ts";

/**
 * The stored tenant of each of these assets, by id: what a composite foreign key to them needs.
 * @throws NotFoundError for the first that this connection cannot see
 */
export async function tenantsOfAssets(
  db: TenantDatabase,
  connection: TenantConnection,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = await db
    .select({ id: assets.id, tenantId: assets.tenantId })
    .from(assets)
    .where(
      and(isOneOf(assets.tenantId, "text", connection.readableTenants), isOneOf(assets.id, "uuid", ids)),
    );
  const tenants = new Map(found.map(({ id, tenantId }) => [id, tenantId]));
  const missing = ids.find((id) => !tenants.has(id));
  if (missing !== undefined) throw new NotFoundError(`No asset has the id ${missing}.`);
  return tenants;
}
