import { getTableColumns } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import type { Database } from "../db/database.ts";
import { GLOBAL_TENANT } from "../db/tenant.ts";
import type { TenantConnection } from "../db/tenant-connection.ts";
import type { TenantDatabase } from "../db/tenant-database.ts";
import { ConflictError } from "../errors.ts";
import { type Batch, readBatches } from "./format.ts";
import type { Kind, Row } from "./kind.ts";
import { KINDS } from "./kinds.ts";
import { passOverEqual, prepareRows } from "./prepared-rows.ts";
import { refuseGlobalIds, refuseRivals, rivalOf } from "./rivals.ts";
import type { Steps } from "./steps.ts";

/** How many rows of each kind, by its plural, an import stores and how many were there already. */
export type ImportSummary = ReadonlyMap<string, { stored: number; present: number }>;

/**
 * Looks whether a file can be imported into a tenant, without storing anything: whether it is whole and every line is
 * right, what it refers to of the system's is there, and nothing that the tenant has is in its way.
 * @returns what an import would store
 * @throws InvalidFileError, NotFoundError for a global row that is missing here, ConflictError for a row in the way
 */
export function checkImport(
  database: Database,
  tenantId: string,
  path: string,
  { check, tell }: Steps,
): Promise<ImportSummary> {
  return eachBatch(path, async (batch, done) => {
    check();
    const missing = await database.transaction(bindingOf(tenantId), { access: "read" }, (connection) =>
      findMissing(connection, batch),
    );
    tell(`${batch.kind.plural} checked`, done);
    return missing;
  });
}

/**
 * Stores what a file has and a tenant has not, each batch in a transaction of its own. What the tenant has already is
 * passed over, so that the same file may be imported again after an interruption. Rows keep their ids, times and authors.
 * @param expected what {@link checkImport} found, which should come before
 * @throws as {@link checkImport}, where something has changed since or a row refers to none; what was stored stays
 */
export function importTenant(
  database: Database,
  tenantId: string,
  path: string,
  expected: ImportSummary,
  { check, tell }: Steps,
): Promise<ImportSummary> {
  return eachBatch(path, async (batch, done) => {
    check();
    const { kind } = batch;
    const work = (connection: TenantConnection) => store(connection, batch);
    const binding = bindingOf(tenantId);
    const stored = await database
      .transaction(binding, { access: "write", repeatable: true }, work)
      .catch((error: unknown) => explain(database, tenantId, batch, error));
    const { stored: missing = 0, present = 0 } = expected.get(kind.plural) ?? {};
    tell(kind.plural, done, missing + present);
    return stored;
  });
}

async function eachBatch(
  path: string,
  work: (batch: Batch, done: number) => Promise<number>,
): Promise<ImportSummary> {
  const summary = new Map(KINDS.map(({ plural }) => [plural, { stored: 0, present: 0 }]));
  for await (const batch of readBatches(path)) {
    const { stored, present } = summary.get(batch.kind.plural) ?? { stored: 0, present: 0 };
    const missing = await work(batch, stored + present + batch.rows.length);
    const found = batch.rows.length - missing;
    summary.set(batch.kind.plural, { stored: stored + missing, present: present + found });
  }
  return summary;
}

/** How many rows of a batch the tenant has not. */
async function findMissing(connection: TenantConnection, { kind, rows }: Batch): Promise<number> {
  const missing = { kind, rows: await passOverEqual(connection, { kind, rows }) };
  if (missing.rows.length === 0) return 0;
  const ownTenant = connection.ownTenant ?? "";
  await connection.operation("transfer.check", spanOf(missing), async (db) => {
    const prepared = await prepareRows(db, ownTenant, missing, { own: false });
    if (ownTenant !== GLOBAL_TENANT) await refuseGlobalIds(db, missing, prepared);
    await refuseRivals(db, ownTenant, missing, prepared);
  });
  return missing.rows.length;
}

/** Stores the rows of a batch that the tenant has not, and returns how many. */
async function store(connection: TenantConnection, { kind, rows }: Batch): Promise<number> {
  const { writableTenant } = connection;
  const stored = await connection.operation("transfer.store", spanOf({ kind, rows }), async (db) => {
    const prepared = await prepareRows(db, writableTenant, { kind, rows }, { own: false });
    // Which of them are there only the indexes say, so that it costs the same whatever the planner knows of the tenant.
    const inserted = await insertNew(
      db,
      kind,
      prepared.map(({ values }) => values),
    );
    const keys = new Set(inserted.map((row) => kind.keyOf(row).join(" ")));
    const isNew = ({ row }: { readonly row: Row }) => keys.has(kind.keyOf(row).join(" "));
    if (kind.partTable !== undefined) {
      const parts = prepared.filter(isNew).flatMap((row) => row.parts);
      for (const chunk of chunksOf(kind.partTable, parts)) await db.insert(kind.partTable).values(chunk);
    }
    return keys;
  });
  const others = rows.filter(({ row }) => !stored.has(kind.keyOf(row).join(" ")));
  const [rival] = await passOverEqual(connection, { kind, rows: others });
  if (rival !== undefined) throw rivalOf(kind, rival);
  return stored.size;
}

/** Inserts what no other row bars, and returns the keys of that. */
async function insertNew(db: TenantDatabase, kind: Kind, values: readonly object[]): Promise<Row[]> {
  const columns = Object.entries(getTableColumns(kind.table));
  const key = Object.fromEntries(columns.filter(([, column]) => kind.key.includes(column)));
  const inserted: Row[] = [];
  for (const chunk of chunksOf(kind.table, values)) {
    const rows = await db.insert(kind.table).values(chunk).onConflictDoNothing().returning(key);
    inserted.push(...rows.map((row) => ({ ...row, id: String(row.id) })));
  }
  return inserted;
}

/** Most parameters of a statement. */
const MAX_PARAMETERS = 65_535;

function chunksOf<T>(table: PgTable, rows: readonly T[]): T[][] {
  const size = Math.floor(MAX_PARAMETERS / Object.keys(getTableColumns(table)).length);
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, n) =>
    rows.slice(n * size, (n + 1) * size),
  );
}

/** The database says only that a batch refers to something that is not there; this says which row does. */
async function explain(database: Database, tenantId: string, batch: Batch, error: unknown): Promise<never> {
  if (error instanceof ConflictError) {
    await database.transaction(bindingOf(tenantId), { access: "read" }, (connection) =>
      connection.operation("transfer.explain", spanOf(batch), (db) =>
        prepareRows(db, tenantId, batch, { own: true }),
      ),
    );
  }
  throw error;
}

const bindingOf = (ownTenant: string) => ({ ownTenant, actor: "~import" });

const spanOf = ({ kind, rows }: Batch) => ({ kind: kind.name, count: rows.length, line: rows[0]?.line });
