import { and, eq } from "drizzle-orm";
import { isOneOf } from "../../db/predicates.ts";
import type { TenantConnection } from "../../db/tenant-connection.ts";
import type { TenantDatabase } from "../../db/tenant-database.ts";
import { assetTags } from "./asset.table.ts";

interface TagsOfAsset {
  readonly id: string;
  readonly tags: readonly string[];
}

/** Stores the tags of assets that have none yet. */
export async function insertTags(
  db: TenantDatabase,
  { writableTenant: tenantId, actor }: TenantConnection,
  tagged: readonly TagsOfAsset[],
): Promise<void> {
  const rows = tagged.flatMap(({ id, tags }) =>
    tags.map((tag) => ({ tenantId, assetId: id, tag, createdBy: actor, updatedBy: actor })),
  );
  // Five parameters a row, and a statement takes 65,535.
  for (let start = 0; start < rows.length; start += 10_000) {
    await db.insert(assetTags).values(rows.slice(start, start + 10_000));
  }
}

/** Stores the tags of assets in place of those that they have. */
export async function replaceTags(
  db: TenantDatabase,
  connection: TenantConnection,
  tagged: readonly TagsOfAsset[],
): Promise<void> {
  const ids = tagged.map(({ id }) => id);
  await db
    .delete(assetTags)
    .where(and(eq(assetTags.tenantId, connection.writableTenant), isOneOf(assetTags.assetId, "uuid", ids)));
  await insertTags(db, connection, tagged);
}

/** What JavaScript compares by halves: it would come before what is from U+E000 to U+FFFF. */
const ABOVE_FFFF = /[\ud800-\udfff]/;

/** Tags as they are read: in the order of their code points. */
export function inTagOrder(tags: readonly string[]): string[] {
  if (!tags.some((tag) => ABOVE_FFFF.test(tag))) return [...tags].sort();
  return [...tags].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
