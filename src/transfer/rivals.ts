import { and, eq, getTableColumns } from "drizzle-orm";
import { isAmong, isOneOf } from "../db/predicates.ts";
import { GLOBAL_TENANT } from "../db/tenant.ts";
import type { TenantDatabase } from "../db/tenant-database.ts";
import { ConflictError } from "../errors.ts";
import type { Batch } from "./format.ts";
import { InvalidFileError } from "./invalid-file-error.ts";
import type { Kind } from "./kind.ts";
import type { PreparedRow } from "./prepared-rows.ts";

/** A tenant sees its own and global rows, so that an id would mean two. Throws ConflictError. */
export async function refuseGlobalIds(
  db: TenantDatabase,
  { kind }: Batch,
  rows: readonly PreparedRow[],
): Promise<void> {
  const { id, tenantId } = kind.table;
  const ids = rows.map(({ row }) => row.id);
  const taken = await db
    .select({ id })
    .from(kind.table)
    .where(and(eq(tenantId, GLOBAL_TENANT), isOneOf(id, "uuid", ids)));
  const first = rows.find(({ row }) => taken.some((global) => global.id === row.id));
  if (first !== undefined) throw new ConflictError(`line ${first.line}: id is that of a global ${kind.name}`);
}

/** The message of a row that the tenant has in the place of one of the file. */
export function rivalOf(kind: Kind, { line, row }: Pick<PreparedRow, "line" | "row">): ConflictError {
  return new ConflictError(`line ${line}: there is ${kind.describe(row)} already, under another id`);
}

/**
 * Refuses rows that others bar by what must not be twice in a tenant.
 * @throws ConflictError for one that the tenant has, InvalidFileError for one of the same batch
 */
export async function refuseRivals(
  db: TenantDatabase,
  ownTenant: string,
  { kind }: Batch,
  rows: readonly PreparedRow[],
): Promise<void> {
  const columns = Object.entries(getTableColumns(kind.table)).filter(([name]) => kind.unique.includes(name));
  const valuesOf = (values: Readonly<Record<string, unknown>>) => columns.map(([name]) => values[name]);
  const byValues = new Map<string, PreparedRow>();
  for (const each of rows) {
    const values = valuesOf(each.values);
    if (values.length === 0 || values.includes(null)) continue;
    const key = JSON.stringify(values);
    if (byValues.has(key))
      throw new InvalidFileError(each.line, `must not be ${kind.describe(each.row)} once more`);
    byValues.set(key, each);
  }
  if (byValues.size === 0) return;
  const tuples = [...byValues.values()].map(({ values }) => valuesOf(values));
  const among = isAmong(
    columns.map(([, column]) => column),
    tuples,
  );
  const rivals = await db
    .select(Object.fromEntries(columns))
    .from(kind.table)
    .where(and(eq(kind.table.tenantId, ownTenant), among));
  for (const rival of rivals) {
    const barred = byValues.get(JSON.stringify(valuesOf(rival)));
    if (barred !== undefined) throw rivalOf(kind, barred);
  }
}
