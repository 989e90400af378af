import { and, eq } from "drizzle-orm";
import { givenOwner, givenRows, selectInto } from "../../db/inserts.ts";
import { isOneOf } from "../../db/predicates.ts";
import type { TenantConnection } from "../../db/tenant-connection.ts";
import { builtInsert, type TenantDatabase } from "../../db/tenant-database.ts";
import { assetTags } from "./asset.table.ts";

const rows = givenRows(assetTags, ["assetId", "tag"]);
const tagsInsert = builtInsert((db) =>
  db.insert(assetTags).select(selectInto(assetTags, { ...rows.values, ...givenOwner }, rows.from)),
);

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
  const given = tagged.flatMap(({ id, tags }) => tags.map((tag) => ({ assetId: id, tag })));
  if (given.length === 0) return;
  await db.run(tagsInsert, { rows: JSON.stringify(given), tenantId, actor });
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

/** Tags as they are read: in the order of their code points. PostgreSQL most often gives them so. */
export function inTagOrder(tags: readonly string[]): readonly string[] {
  if (tags.some((tag) => ABOVE_FFFF.test(tag)))
    return [...tags].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const isOrdered = tags.every((tag, index) => index === 0 || (tags[index - 1] as string) <= tag);
  return isOrdered ? tags : [...tags].sort();
}
