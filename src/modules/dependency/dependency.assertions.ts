import { and, eq, type SQL, sql } from "drizzle-orm";
import { uuidv7 } from "uuidv7";
import type { z } from "zod";
import { columnsOf, currentMoment, nextUpdatedAt, statementMoment } from "../../db/columns.ts";
import { givenOwner, givenRows, selectInto } from "../../db/inserts.ts";
import { isOneOf, listOfIds } from "../../db/predicates.ts";
import type { TenantConnection } from "../../db/tenant-connection.ts";
import { builtPerShape, type TenantDatabase } from "../../db/tenant-database.ts";
import { ForbiddenError, NotFoundError, UnavailableError } from "../../errors.ts";
import { tenantsOfAssets } from "../asset/asset.references.ts";
import { endDependencies } from "./dependency.history.ts";
import type { newDependency } from "./dependency.input.ts";
import {
  type AssetDependency,
  dependencyColumns,
  lockDependencies,
  madeColumnsFor,
} from "./dependency.select.ts";
import { assetDependencies } from "./dependency.table.ts";

/** An edge as a source asserts it. */
export type Assertion = z.output<typeof newDependency>;

/** One whose upstream asset is visible, and its stored tenant known. */
export interface ResolvedAssertion extends Assertion {
  readonly upstreamTenantId: string;
}

/** What somebody asserts now, in the order given, and how many edges there were not before. */
export interface AssertedDependencies {
  readonly dependencies: readonly AssetDependency[];
  readonly created: number;
}

const assetGone = () => new NotFoundError("An asset of the dependency was deleted meanwhile.");

/** What it means when storing an assertion breaks a constraint. */
export const ASSERTION_CONSTRAINTS = {
  asset_dependencies_upstream_fkey: assetGone,
  asset_dependencies_downstream_fkey: assetGone,
  // It was not there to be locked, so somebody else has made it since. A further try finds it, and whose it is.
  asset_dependencies_edge_key: () =>
    new UnavailableError(
      "The same dependency is being made; nothing was stored, and the call may be repeated.",
      { transient: "serialization", retryable: true },
    ),
};

/**
 * Looks the assets of assertions up. Comes before the first write, so that a refusal leaves nothing behind.
 * @throws NotFoundError for an asset that this connection cannot see, ForbiddenError for a global downstream one
 */
export async function resolveAssertions(
  db: TenantDatabase,
  connection: TenantConnection,
  assertions: readonly Assertion[],
): Promise<ResolvedAssertion[]> {
  const { writableTenant } = connection;
  const ends = assertions.flatMap(({ upstreamAssetId, downstreamAssetId }) => [
    upstreamAssetId,
    downstreamAssetId,
  ]);
  const tenants = await tenantsOfAssets(db, connection, [...new Set(ends)]);
  return assertions.map((assertion) => {
    if (tenants.get(assertion.downstreamAssetId) !== writableTenant)
      throw globalDownstream(assertion.downstreamAssetId);
    const upstreamTenantId = tenants.get(assertion.upstreamAssetId) ?? writableTenant;
    return Object.assign({}, assertion, { upstreamTenantId });
  });
}

export function globalDownstream(assetId: string): ForbiddenError {
  return new ForbiddenError(
    `The asset ${assetId} is global; only the system may let it depend on something.`,
  );
}

const assertedLock = builtPerShape((db) => {
  const { downstreamAssetId, upstreamAssetId, dependencyType } = assetDependencies;
  const key = sql`concat_ws(' ', ${downstreamAssetId}, ${upstreamAssetId}, ${dependencyType})`;
  // IS TRUE keeps it from becoming a join: the keys are hashed once.
  const isAsserted = sql`(${key} IN (SELECT unnest(${sql.placeholder("keys")}::text[]))) IS TRUE`;
  const ofThatEnd = and(sql`${downstreamAssetId} = downstream.id`, isAsserted);
  const edge = lockDependencies(db, sql.placeholder("tenantId"), ofThatEnd).as("edge");
  return db
    .select(columnsOf(edge, dependencyColumns))
    .from(sql`(SELECT unnest(${sql.placeholder("downstreamIds")}::uuid[]) AS id ORDER BY id) AS downstream`)
    .crossJoinLateral(edge);
}, "prepared custom")("");

/**
 * Locks those of the asserted edges that are there, whoever asserts them, in the order of {@link lockDependencies}. They are looked
 * for by one downstream end after the other: of several conditions on the tenant the planner believes that hardly an edge is left,
 * and would read all that the tenant has. The rest is a condition that no index serves: of an upstream, such as a calendar that
 * everything depends on, there may be a great many (19 ms an edge at 30,000).
 */
export function lockAsserted(
  db: TenantDatabase,
  { writableTenant: tenantId }: TenantConnection,
  assertions: readonly Assertion[],
): Promise<AssetDependency[]> {
  const downstreamIds = [...new Set(assertions.map((assertion) => assertion.downstreamAssetId))];
  return db.run(assertedLock, {
    tenantId,
    downstreamIds: listOfIds(downstreamIds),
    keys: assertions.map(edgeKey),
  });
}

/** Finds, among edges, the one that is asserted. */
export function findAmong(
  dependencies: readonly AssetDependency[],
): (assertion: Assertion) => AssetDependency | undefined {
  const byKey = new Map(dependencies.map((dependency) => [edgeKey(dependency), dependency]));
  return (assertion) => byKey.get(edgeKey(assertion));
}

/**
 * Stores assertions: an edge that is not there is made, one of other sources gains the source, and one that the source
 * asserts already was seen once more, which changes `lastSeenAt` alone.
 * @param locked those of the edges that are there
 */
export async function storeAssertions(
  db: TenantDatabase,
  connection: TenantConnection,
  assertions: readonly ResolvedAssertion[],
  locked: readonly AssetDependency[],
  // Read twice, the clock might tell that an edge was seen last before it held. What is waited for is locked already.
  at: SQL<Date> = statementMoment,
): Promise<AssertedDependencies> {
  const lockedFor = findAmong(locked);
  const missing = assertions.filter((assertion) => lockedFor(assertion) === undefined);
  const found = assertions.flatMap((assertion) => {
    const dependency = lockedFor(assertion);
    return dependency === undefined ? [] : [{ ...dependency, source: assertion.source }];
  });
  const isKnown = ({ sources, source }: (typeof found)[number]) => sources.includes(source);
  const storedFor = findAmong([
    ...(await seeAgain(db, connection, found.filter(isKnown), at)),
    ...(await addSources(
      db,
      connection,
      found.filter((each) => !isKnown(each)),
      at,
    )),
    ...(await insertMissing(db, connection, missing, at)),
  ]);
  return {
    dependencies: assertions.flatMap((assertion) => storedFor(assertion) ?? []),
    created: missing.length,
  };
}

/** Takes a source away from edges that it asserts and that are locked; those that nobody else asserts end. */
export async function withdrawSource(
  db: TenantDatabase,
  connection: TenantConnection,
  source: string,
  locked: readonly AssetDependency[],
  at: SQL<Date> = currentMoment,
): Promise<{ ended: number; left: AssetDependency[] }> {
  const ended = locked.filter(({ sources }) => sources.length === 1);
  const shared = locked.filter(({ sources }) => sources.length > 1);
  if (ended.length > 0) await endDependencies(db, connection, isAny(ended), at);
  if (shared.length === 0) return { ended: ended.length, left: [] };
  const left = await db
    .update(assetDependencies)
    .set({
      sources: sql`array_remove(${assetDependencies.sources}, ${source})`,
      updatedAt: nextUpdatedAt(assetDependencies.updatedAt),
      updatedBy: connection.actor,
    })
    .where(and(eq(assetDependencies.tenantId, connection.writableTenant), isAny(shared)))
    .returning(dependencyColumns);
  return { ended: ended.length, left };
}

const isAny = (dependencies: readonly { readonly id: string }[]) =>
  isOneOf(
    assetDependencies.id,
    "uuid",
    dependencies.map(({ id }) => id),
  );

const seenAt = (at: SQL<Date>) => sql<Date>`greatest(${assetDependencies.lastSeenAt}, ${at})`;

function seeAgain(
  db: TenantDatabase,
  { writableTenant }: TenantConnection,
  known: readonly { readonly id: string }[],
  at: SQL<Date>,
): Promise<AssetDependency[]> {
  if (known.length === 0) return Promise.resolve([]);
  return db
    .update(assetDependencies)
    .set({ lastSeenAt: seenAt(at) })
    .where(and(eq(assetDependencies.tenantId, writableTenant), isAny(known)))
    .returning(dependencyColumns);
}

function addSources(
  db: TenantDatabase,
  { writableTenant, actor }: TenantConnection,
  shared: readonly { readonly id: string; readonly source: string }[],
  at: SQL<Date>,
): Promise<AssetDependency[]> {
  if (shared.length === 0) return Promise.resolve([]);
  const [ids, sources] = [shared.map(({ id }) => id), shared.map(({ source }) => source)];
  return db
    .update(assetDependencies)
    .set({
      sources: sql`array_append(${assetDependencies.sources}, given.source)`,
      lastSeenAt: seenAt(at),
      updatedAt: nextUpdatedAt(assetDependencies.updatedAt),
      updatedBy: actor,
    })
    .from(sql`unnest(${sql.param(ids)}::uuid[], ${sql.param(sources)}::text[]) AS given(id, source)`)
    .where(and(eq(assetDependencies.tenantId, writableTenant), sql`${assetDependencies.id} = given.id`))
    .returning(dependencyColumns);
}

const rows = givenRows(assetDependencies, [
  "id",
  "upstreamTenantId",
  "upstreamAssetId",
  "downstreamAssetId",
  "dependencyType",
  "sources",
]);
const missingInsert = builtPerShape((db, columns: typeof dependencyColumns, at: SQL<Date>) => {
  const filling = { ...rows.values, ...givenOwner, lastSeenAt: at, validFrom: at };
  const { downstreamAssetId, upstreamAssetId, dependencyType } = rows.values;
  const order = sql`ORDER BY ${downstreamAssetId}, ${upstreamAssetId}, ${dependencyType}`;
  return db
    .insert(assetDependencies)
    .select(selectInto(assetDependencies, filling, sql`${rows.from} ${order}`))
    .returning(columns);
}, "prepared auto");

/** Ids in the order given, rows in the order of their keys: two who make the same wait instead of deadlocking. */
async function insertMissing(
  db: TenantDatabase,
  { writableTenant: tenantId, actor, returnedFields }: TenantConnection,
  missing: readonly ResolvedAssertion[],
  at: SQL<Date>,
): Promise<AssetDependency[]> {
  if (missing.length === 0) return [];
  const given = missing.map(({ source, ...edge }) =>
    Object.assign(edge, { id: uuidv7(), sources: [source] }),
  );
  const { shape, columns } = madeColumnsFor(returnedFields?.outsidePages);
  const statement = missingInsert(at === statementMoment ? shape : undefined, columns, at);
  return db.run(statement, { rows: JSON.stringify(given), tenantId, actor });
}

/** As {@link lockAsserted} has the database make it, too. */
function edgeKey(edge: Pick<Assertion, "upstreamAssetId" | "downstreamAssetId" | "dependencyType">): string {
  return `${edge.downstreamAssetId} ${edge.upstreamAssetId} ${edge.dependencyType}`;
}
