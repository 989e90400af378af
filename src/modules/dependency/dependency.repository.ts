import { and, eq, sql } from "drizzle-orm";
import { nextUpdatedAt } from "../../db/columns.ts";
import { isOneOf } from "../../db/predicates.ts";
import type { TenantConnection } from "../../db/tenant-connection.ts";
import type { TenantDatabase } from "../../db/tenant-database.ts";
import { ConflictError, NotFoundError } from "../../errors.ts";
import { only, refusedChange } from "../changes.ts";
import { parseId, parseInput, source as sourceField } from "../fields.ts";
import {
  ASSERTION_CONSTRAINTS,
  type AssertedDependencies,
  type Assertion,
  findAmong,
  lockAsserted,
  resolveAssertions,
  storeAssertions,
  withdrawSource,
} from "./dependency.assertions.ts";
import { endDependencies, endType, sameMoment } from "./dependency.history.ts";
import {
  type NewDependency,
  newDependencies,
  newDependency,
  dependencyType as typeField,
  type UpstreamReplacement,
} from "./dependency.input.ts";
import { createDependencyPages } from "./dependency.pages.ts";
import { type ReplacedUpstreams, replaceUpstreams } from "./dependency.replacement.ts";
import {
  type AssetDependency,
  dependencyColumns,
  lockDependencies,
  selectDependencies,
  touches,
} from "./dependency.select.ts";
import { assetDependencies, type DependencyType } from "./dependency.table.ts";

const existsAlready = () =>
  new ConflictError("A dependency of this type between these assets exists already.");

/** The edges between assets that one tenant may see, and the changes it may make to its own. */
export function createDependencyRepository(connection: TenantConnection) {
  const isReadable = () => isOneOf(assetDependencies.tenantId, "text", connection.readableTenants);

  /** The edges with these ids that are visible, in no particular order. Takes valid UUIDs only. */
  function findManyByIds(ids: readonly string[]): Promise<AssetDependency[]> {
    return connection.operation("dependency.findManyByIds", { count: ids.length }, (db) =>
      selectDependencies(db, and(isReadable(), isOneOf(assetDependencies.id, "uuid", ids))),
    );
  }

  /** The edge with this id, or null. */
  async function findById(id: string): Promise<AssetDependency | null> {
    const [dependency] = await findManyByIds([parseId(id, "id")]);
    return dependency ?? null;
  }

  /** All are looked at before the first is stored, so that a refusal leaves nothing behind. */
  async function insertAll(db: TenantDatabase, assertions: readonly Assertion[]) {
    const resolved = await resolveAssertions(db, connection, assertions);
    const locked = await lockAsserted(db, connection, resolved);
    const lockedFor = findAmong(locked);
    if (resolved.some((assertion) => lockedFor(assertion)?.sources.includes(assertion.source)))
      throw existsAlready();
    const { dependencies } = await storeAssertions(db, connection, resolved, locked);
    return dependencies;
  }

  /** The own edge with this id, locked. */
  async function lockById(db: TenantDatabase, id: string): Promise<AssetDependency> {
    const [dependency] = await lockDependencies(db, connection.writableTenant, eq(assetDependencies.id, id));
    if (dependency === undefined) throw refusedChange(connection, "dependency", id, await findById(id));
    return dependency;
  }

  // See the repository of assets.
  return Object.assign(createDependencyPages(connection), {
    findManyByIds,
    findById,

    /** The edge with this id. Throws NotFoundError. */
    async getById(id: string): Promise<AssetDependency> {
      const dependency = await findById(id);
      if (dependency === null) throw new NotFoundError(`No dependency has the id ${id}.`);
      return dependency;
    },

    /**
     * Asserts an edge for a source, `api` unless one is given: a new one, or one that others assert, which is returned with
     * the source added. The upstream asset may be global, the downstream one is the tenant's own.
     * Throws NotFoundError for an asset, ConflictError when the source asserts it already.
     */
    async insert(input: NewDependency): Promise<AssetDependency> {
      const parsed = parseInput(newDependency, input);
      return connection.operation(
        "dependency.insert",
        { upstream_asset_id: parsed.upstreamAssetId, downstream_asset_id: parsed.downstreamAssetId },
        async (db) => only(await insertAll(db, [parsed])),
        ASSERTION_CONSTRAINTS,
      );
    },

    /** Asserts up to 1,000 edges, all or none, and returns them in the order given. Throws as `insert` does. */
    async insertMany(input: readonly NewDependency[]): Promise<AssetDependency[]> {
      const items = parseInput(newDependencies, input, ["dependencies"]);
      return connection.operation(
        "dependency.insertMany",
        { count: items.length },
        async (db) => [...(await insertAll(db, items))],
        ASSERTION_CONSTRAINTS,
      );
    },

    /**
     * As `insertMany`, but what a source asserts already is no conflict: it was seen once more, which changes `lastSeenAt`
     * and nothing else.
     */
    async assertMany(input: readonly NewDependency[]): Promise<AssertedDependencies> {
      const items = parseInput(newDependencies, input, ["dependencies"]);
      return connection.operation(
        "dependency.assertMany",
        { count: items.length },
        async (db) => {
          const resolved = await resolveAssertions(db, connection, items);
          const locked = await lockAsserted(db, connection, resolved);
          return storeAssertions(db, connection, resolved, locked);
        },
        ASSERTION_CONSTRAINTS,
      );
    },

    /**
     * Makes these all that a source asserts of an own asset's direct upstreams, at one moment: what it asserts no longer ends
     * unless others assert it, and what others assert stays. Throws NotFoundError, or ForbiddenError for a global asset.
     */
    replaceUpstreams: (input: UpstreamReplacement): Promise<ReplacedUpstreams> =>
      replaceUpstreams(connection, input),

    /**
     * Withdraws one source of an edge, and returns what is left of it: null when nobody else asserts it, so that it ends.
     * Throws NotFoundError, also when the source does not assert it, or ForbiddenError for a global edge.
     */
    async withdraw(id: string, source: string): Promise<AssetDependency | null> {
      const dependencyId = parseId(id, "id");
      const name = parseInput(sourceField, source, ["source"]);
      return connection.operation("dependency.withdraw", { dependency_id: dependencyId }, async (db) => {
        const locked = await lockById(db, dependencyId);
        if (!locked.sources.includes(name)) {
          throw new NotFoundError(
            `No source ${JSON.stringify(name)} asserts the dependency ${dependencyId}.`,
          );
        }
        const { left } = await withdrawSource(db, connection, name, [locked]);
        return left[0] ?? null;
      });
    },

    /** Withdraws a source from all own edges but these, and returns how many have ended by it. */
    async release(source: string, keptIds: readonly string[]): Promise<number> {
      const name = parseInput(sourceField, source, ["source"]);
      return connection.operation("dependency.release", { kept: keptIds.length }, async (db) => {
        const locked = await lockDependencies(
          db,
          connection.writableTenant,
          and(
            sql`${name} = ANY(${assetDependencies.sources})`,
            sql`NOT ${isOneOf(assetDependencies.id, "uuid", keptIds)}`,
          ),
        );
        const { ended } = await withdrawSource(db, connection, name, locked, await sameMoment(db));
        return ended;
      });
    },

    /**
     * Gives an edge another type under its id; that it had the old one is kept as past.
     * Throws NotFoundError, ForbiddenError for a global edge, ConflictError for a double.
     */
    async update(id: string, patch: { readonly dependencyType: DependencyType }): Promise<AssetDependency> {
      const dependencyId = parseId(id, "id");
      const dependencyType = parseInput(typeField, patch.dependencyType, ["dependencyType"]);
      return connection.operation(
        "dependency.update",
        { dependency_id: dependencyId },
        async (db) => {
          const before = await lockById(db, dependencyId);
          const at = await sameMoment(db);
          const isChanged = before.dependencyType !== dependencyType;
          if (isChanged) await endType(db, connection, dependencyId, at);
          const changed = await db
            .update(assetDependencies)
            .set({
              dependencyType,
              ...(isChanged ? { validFrom: sql`greatest(${assetDependencies.validFrom}, ${at})` } : {}),
              updatedAt: nextUpdatedAt(assetDependencies.updatedAt),
              updatedBy: connection.actor,
            })
            .where(
              and(
                eq(assetDependencies.tenantId, connection.writableTenant),
                eq(assetDependencies.id, dependencyId),
              ),
            )
            .returning(dependencyColumns);
          return only(changed);
        },
        { asset_dependencies_edge_key: existsAlready },
      );
    },

    /** Ends an edge, whoever asserts it. Throws NotFoundError, or ForbiddenError for a global one. */
    async remove(id: string): Promise<void> {
      const dependencyId = parseId(id, "id");
      await connection.operation("dependency.remove", { dependency_id: dependencyId }, async (db) => {
        const ended = await endDependencies(db, connection, eq(assetDependencies.id, dependencyId));
        if (ended.length === 0) {
          throw refusedChange(connection, "dependency", dependencyId, await findById(dependencyId));
        }
      });
    },

    /** Ends own edges, whoever asserts them; ids of no own edge are passed over. */
    async removeMany(ids: readonly string[]): Promise<void> {
      await connection.operation("dependency.removeMany", { count: ids.length }, (db) =>
        endDependencies(db, connection, isOneOf(assetDependencies.id, "uuid", ids)),
      );
    },

    /** Ends all the tenant's own edges that touch an asset, and returns how many there were. */
    async removeAll(assetId: string): Promise<number> {
      const id = parseId(assetId, "assetId");
      return connection.operation("dependency.removeAll", { asset_id: id }, async (db) => {
        const ended = await endDependencies(db, connection, touches(id));
        return ended.length;
      });
    },
  });
}

export type DependencyRepository = ReturnType<typeof createDependencyRepository>;
