import { isDeepStrictEqual } from "node:util";
import { and, asc, eq, sql } from "drizzle-orm";
import { uuidv7 } from "uuidv7";
import type { z } from "zod";
import { nextUpdatedAt } from "../../db/columns.ts";
import { givenOwner, givenRows, selectInto } from "../../db/inserts.ts";
import { isOneOf } from "../../db/predicates.ts";
import type { TenantConnection } from "../../db/tenant-connection.ts";
import { builtInsert, type TenantDatabase } from "../../db/tenant-database.ts";
import { UnavailableError } from "../../errors.ts";
import { givenFields } from "../changes.ts";
import { parseInput, searchKey } from "../fields.ts";
import { assetsToUpsert, type NewAsset } from "./asset.input.ts";
import { type Asset, selectAssets } from "./asset.select.ts";
import { assets } from "./asset.table.ts";
import { insertTags, inTagOrder, replaceTags } from "./asset.tags.ts";

/** What an upsert did, the assets in the order that they were given. */
export interface UpsertedAssets {
  readonly assets: readonly Asset[];
  readonly created: number;
  readonly updated: number;
  /** Equal to what was stored; not touched. */
  readonly unchanged: number;
}

/** What somebody else had made was deleted before it could be locked: the whole is tried again. */
const deletedMeanwhile = () =>
  new UnavailableError("An asset is being changed; nothing was stored, and the call may be repeated.", {
    transient: "serialization",
    retryable: true,
  });

type Item = z.output<typeof assetsToUpsert>[number];

/** Creates or changes assets by name; see the repository's `upsertMany`. */
export async function upsertAssets(
  connection: TenantConnection,
  input: readonly NewAsset[],
): Promise<UpsertedAssets> {
  const items = parseInput(assetsToUpsert, input, ["assets"]);
  return connection.operation("asset.upsertMany", { count: items.length }, async (db) => {
    let stored = await lockByName(db, connection, items);
    const missing = items.filter(({ name }) => !stored.has(name));
    const created = await insertMissing(db, connection, missing);
    // Somebody else made the rest since: now they are there to be locked.
    if (created.size < missing.length) stored = await lockByName(db, connection, items);
    if (items.some(({ name }) => !stored.has(name) && !created.has(name))) throw deletedMeanwhile();

    const changed = items.flatMap((item) => {
      const before = stored.get(item.name);
      if (before === undefined || created.has(item.name)) return [];
      const after = merge(before, item);
      return sameValue(before, after) ? [] : [{ before, after }];
    });
    await updateAll(
      db,
      connection,
      changed.map(({ after }) => after),
    );
    const retagged = changed.filter(({ before, after }) => !sameValue(before.tags, after.tags));
    if (retagged.length > 0)
      await replaceTags(
        db,
        connection,
        retagged.map(({ after }) => after),
      );

    const result = await byName(db, connection, items);
    return {
      assets: items.flatMap(({ name }) => result.get(name) ?? []),
      created: created.size,
      updated: changed.length,
      unchanged: items.length - created.size - changed.length,
    };
  });
}

const ownNamed = ({ writableTenant }: TenantConnection, items: readonly Item[]) =>
  and(
    eq(assets.tenantId, writableTenant),
    isOneOf(
      assets.name,
      "text",
      items.map(({ name }) => name),
    ),
  );

async function byName(db: TenantDatabase, connection: TenantConnection, items: readonly Item[]) {
  const found = await selectAssets(db, ownNamed(connection, items));
  return new Map(found.map((asset) => [asset.name, asset]));
}

/**
 * Locks in the order of the names, so that two upserts of the same assets wait for each other instead of deadlocking, and
 * no more than a change does: the foreign keys of who makes dependencies on them meanwhile need not wait.
 * What is locked is read by a statement of its own: the one that waits would see the tags as they were before it waited.
 */
async function lockByName(db: TenantDatabase, connection: TenantConnection, items: readonly Item[]) {
  const locked = await db
    .select({ id: assets.id })
    .from(assets)
    .where(ownNamed(connection, items))
    .orderBy(asc(assets.name))
    .for("no key update");
  const ids = locked.map(({ id }) => id);
  const own = eq(assets.tenantId, connection.writableTenant);
  const found = await selectAssets(db, and(own, isOneOf(assets.id, "uuid", ids)));
  return new Map(found.map((asset) => [asset.name, asset]));
}

const rows = givenRows(assets, [
  "id",
  "name",
  "nameSearch",
  "assetType",
  "description",
  "owner",
  "partitionConfig",
  "properties",
]);
const missingInsert = builtInsert((db) => {
  const inOrder = sql`${rows.from} ORDER BY ${rows.values.name}`;
  return db
    .insert(assets)
    .select(selectInto(assets, { ...rows.values, ...givenOwner }, inOrder))
    .onConflictDoNothing({ target: [assets.tenantId, assets.name] })
    .returning({ id: assets.id, name: assets.name });
});

/** Inserts in the order of the names, for the same reason. */
async function insertMissing(db: TenantDatabase, connection: TenantConnection, missing: readonly Item[]) {
  if (missing.length === 0) return new Set<string>();
  const { actor, writableTenant: tenantId } = connection;
  const given = missing.map(({ tags, properties, ...fields }) =>
    Object.assign(fields, {
      properties: properties ?? {},
      id: uuidv7(),
      nameSearch: searchKey(fields.name),
    }),
  );
  const created = await db.run(missingInsert, { rows: JSON.stringify(given), tenantId, actor });
  const tagsByName = new Map(missing.map(({ name, tags }) => [name, tags ?? []]));
  await insertTags(
    db,
    connection,
    created.map(({ id, name }) => ({ id, tags: tagsByName.get(name) ?? [] })),
  );
  return new Set(created.map(({ name }) => name));
}

function merge(stored: Asset, { tags, ...fields }: Item): Asset {
  const given = givenFields(fields);
  return { ...stored, ...given, tags: tags === undefined ? stored.tags : inTagOrder(tags ?? []) };
}

async function updateAll(
  db: TenantDatabase,
  { writableTenant, actor }: TenantConnection,
  wanted: readonly Asset[],
) {
  if (wanted.length === 0) return;
  const rows = wanted.map(({ id, assetType, description, owner, partitionConfig, properties }) => ({
    id,
    asset_type: assetType,
    description,
    owner,
    partition_config: partitionConfig,
    properties,
  }));
  await db
    .update(assets)
    .set({
      assetType: sql`input.asset_type`,
      description: sql`input.description`,
      owner: sql`input.owner`,
      partitionConfig: sql`nullif(input.partition_config, 'null'::jsonb)`,
      properties: sql`input.properties`,
      updatedAt: nextUpdatedAt(assets.updatedAt),
      updatedBy: actor,
    })
    .from(
      sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS input(
        id uuid, asset_type text, description text, owner text, partition_config jsonb, properties jsonb)`,
    )
    .where(and(eq(assets.tenantId, writableTenant), sql`${assets.id} = input.id`));
}

/** Equal as JSON: the order of keys does not count, and neither does what JSON cannot tell apart. */
function sameValue(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)));
}
