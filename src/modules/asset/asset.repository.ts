import { and, eq } from "drizzle-orm";
import { uuidv7 } from "uuidv7";
import { builtPerColumnSet } from "../../db/column-sets.ts";
import { nextUpdatedAt } from "../../db/columns.ts";
import { givenOwner, givenRow } from "../../db/inserts.ts";
import { isOneOf } from "../../db/predicates.ts";
import { visibleIds } from "../../db/rows-by-ids.ts";
import type { TenantConnection } from "../../db/tenant-connection.ts";
import type { TenantDatabase } from "../../db/tenant-database.ts";
import { ConflictError, NotFoundError } from "../../errors.ts";
import { type ExpectedVersion, givenFields, only, refusedChange, unchangedSince } from "../changes.ts";
import { assetDependencies } from "../dependency/dependency.table.ts";
import { parseId, parseInput, parseName, searchKey } from "../fields.ts";
import { workflowAssets } from "../workflow/workflow.table.ts";
import { createAssetClaims } from "./asset.claims.ts";
import { type AssetPatch, assetPatch, type NewAsset, newAsset } from "./asset.input.ts";
import { createAssetPages } from "./asset.pages.ts";
import { type Asset, type assetColumns, assetColumnsFor, assetsByIds, selectAssets } from "./asset.select.ts";
import { assets } from "./asset.table.ts";
import { insertTags, inTagOrder, replaceTags } from "./asset.tags.ts";
import { type UpsertedAssets, upsertAssets } from "./asset.upsert.ts";

const nameTaken = (name: string) => ({
  assets_tenant_id_name_key: () =>
    new ConflictError(`An asset named ${JSON.stringify(name)} exists already.`),
});

const stillInUse = () => new ConflictError("The asset is still in use.");
const STILL_IN_USE = {
  asset_dependencies_upstream_fkey: stillInUse,
  asset_dependencies_downstream_fkey: stillInUse,
  workflow_assets_asset_fkey: stillInUse,
};

const assetInsert = builtPerColumnSet((db, { tags: _, ...columns }: typeof assetColumns) => {
  const names = ["name", "nameSearch", "assetType", "description", "owner", "partitionConfig"] as const;
  const row = { ...givenOwner, ...givenRow("id", "properties", ...names) };
  return db.insert(assets).values(row).returning(columns);
}, "prepared auto");

/** The assets that one tenant may see, and the changes it may make to its own. */
export function createAssetRepository(connection: TenantConnection) {
  const isReadable = () => isOneOf(assets.tenantId, "text", connection.readableTenants);

  /** The assets with these ids that are visible, in no particular order. Takes valid UUIDs only. */
  function findManyByIds(ids: readonly string[]): Promise<Asset[]> {
    const columns = assetColumnsFor(connection.namedFields?.outsidePages);
    return connection.operation("asset.findManyByIds", { count: ids.length }, (db) =>
      db.run(assetsByIds(columns), visibleIds(connection, ids)),
    );
  }

  /** The asset with this id, or null. */
  async function findById(id: string): Promise<Asset | null> {
    const [asset] = await findManyByIds([parseId(id, "id")]);
    return asset ?? null;
  }

  /**
   * The assets with exactly these names, in no particular order: the tenant's own where a global one bears the name too.
   * Takes valid names only.
   */
  async function findManyByNames(names: readonly string[]): Promise<Asset[]> {
    const found = await connection.operation("asset.findManyByNames", { count: names.length }, (db) =>
      selectAssets(db, and(isReadable(), isOneOf(assets.name, "text", names))),
    );
    const own = new Set(found.filter(({ tenantId }) => tenantId !== null).map(({ name }) => name));
    return found.filter(({ tenantId, name }) => tenantId !== null || !own.has(name));
  }

  // V8 makes a literal that begins with the parts of others thirty times as slowly.
  return Object.assign(createAssetPages(connection), createAssetClaims(connection), {
    findManyByIds,
    findManyByNames,
    findById,

    /** The asset with this id. Throws NotFoundError. */
    async getById(id: string): Promise<Asset> {
      const asset = await findById(id);
      if (asset === null) throw new NotFoundError(`No asset has the id ${id}.`);
      return asset;
    },

    /** The asset with exactly this name, or null; the tenant's own where a global one bears the name too. */
    async findByName(name: string): Promise<Asset | null> {
      const [asset] = await findManyByNames([parseName(name, "name")]);
      return asset ?? null;
    },

    /** Stores a new asset. Throws ConflictError when the tenant has one of that name. */
    async insert(input: NewAsset): Promise<Asset> {
      const { tags, ...fields } = parseInput(newAsset, input);
      const { actor, writableTenant: tenantId } = connection;
      const id = uuidv7();
      return connection.operation(
        "asset.insert",
        { asset_id: id },
        async (db) => {
          const { name, assetType, description, owner, partitionConfig, properties = {} } = fields;
          const names = { name, nameSearch: searchKey(name), assetType, description, owner };
          const row = Object.assign({ partitionConfig, properties, tenantId, id, actor }, names);
          const columns = assetColumnsFor(connection.returnedFields?.outsidePages);
          const given = tags ?? [];
          const insert = assetInsert(columns);
          const rows = given.length === 0 ? await db.runLast(insert, row) : await db.run(insert, row);
          await insertTags(db, connection, [{ id, tags: given }]);
          return Object.assign(only(rows), { tags: inTagOrder(given) });
        },
        nameTaken(fields.name),
      );
    },

    /**
     * Changes the fields that are given (null clears).
     * Throws NotFoundError, ForbiddenError for a global asset, or ConflictError for a taken name or when the asset has
     * changed since `expectedUpdatedAt`.
     */
    async update(id: string, patch: AssetPatch, expected: ExpectedVersion = {}): Promise<Asset> {
      const assetId = parseId(id, "id");
      const { tags, ...fields } = parseInput(assetPatch, patch);
      const { writableTenant: tenantId } = connection;
      const own = and(eq(assets.tenantId, tenantId), eq(assets.id, assetId));
      return connection.operation(
        "asset.update",
        { asset_id: assetId },
        async (db) => {
          const [changed] = await db
            .update(assets)
            .set({
              ...givenFields(fields),
              ...(fields.name === undefined ? {} : { nameSearch: searchKey(fields.name) }),
              updatedAt: nextUpdatedAt(assets.updatedAt),
              updatedBy: connection.actor,
            })
            .where(and(own, unchangedSince(assets.updatedAt, expected)))
            .returning({ id: assets.id });
          if (changed === undefined)
            throw refusedChange(connection, "asset", assetId, await findById(assetId));
          if (tags !== undefined) await replaceTags(db, connection, [{ id: assetId, tags: tags ?? [] }]);
          // Read anew: RETURNING shows the tags as they were before the update waited for another.
          return only(await selectAssets(db, own));
        },
        nameTaken(fields.name ?? ""),
      );
    },

    /**
     * Deletes an asset with its edges, tags and workflow links.
     * Throws NotFoundError, ForbiddenError for a global asset, or ConflictError when a tenant uses a global one.
     */
    async remove(id: string): Promise<void> {
      const assetId = parseId(id, "id");
      const { writableTenant: tenantId } = connection;
      const own = and(eq(assets.tenantId, tenantId), eq(assets.id, assetId));
      await connection.operation(
        "asset.remove",
        { asset_id: assetId },
        async (db) => {
          // Locked first, so that nobody links to it while its links are deleted.
          const locked = await db.select({ id: assets.id }).from(assets).where(own).for("update");
          if (locked.length === 0) throw refusedChange(connection, "asset", assetId, await findById(assetId));
          await deleteAssets(db, tenantId, [assetId]);
        },
        STILL_IN_USE,
      );
    },

    /** Deletes own assets with all that hangs on them; ids of no own asset are passed over. Throws as `remove` does. */
    async removeMany(ids: readonly string[]): Promise<void> {
      const { writableTenant: tenantId } = connection;
      const own = and(eq(assets.tenantId, tenantId), isOneOf(assets.id, "uuid", ids));
      await connection.operation(
        "asset.removeMany",
        { count: ids.length },
        async (db) => {
          const locked = await db
            .select({ id: assets.id })
            .from(assets)
            .where(own)
            .orderBy(assets.id)
            .for("update");
          await deleteAssets(
            db,
            tenantId,
            locked.map(({ id }) => id),
          );
        },
        STILL_IN_USE,
      );
    },

    /**
     * Creates or changes up to 1,000 assets by name, all or none; in an asset that exists, what an item leaves out stays.
     * Returns them in the order given, and how many were made and changed. What is equal already is not touched.
     */
    upsertMany: (items: readonly NewAsset[]): Promise<UpsertedAssets> => upsertAssets(connection, items),
  });
}

export type AssetRepository = ReturnType<typeof createAssetRepository>;

/** Own assets and all that hangs on them; what their edges have been goes by itself. Their rows should be locked before. */
async function deleteAssets(db: TenantDatabase, tenantId: string, ids: readonly string[]): Promise<void> {
  await db
    .delete(assetDependencies)
    .where(
      and(
        eq(assetDependencies.tenantId, tenantId),
        isOneOf(assetDependencies.downstreamAssetId, "uuid", ids),
      ),
    );
  await db
    .delete(assetDependencies)
    .where(
      and(eq(assetDependencies.tenantId, tenantId), isOneOf(assetDependencies.upstreamAssetId, "uuid", ids)),
    );
  await db
    .delete(workflowAssets)
    .where(and(eq(workflowAssets.tenantId, tenantId), isOneOf(workflowAssets.assetId, "uuid", ids)));
  await db.delete(assets).where(and(eq(assets.tenantId, tenantId), isOneOf(assets.id, "uuid", ids)));
}
