import { and, eq, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { isOneOf } from "../db/predicates.ts";

/** The columns of a table whose rows imports claim. */
interface ClaimedTable {
  readonly tenantId: PgColumn;
  readonly id: PgColumn;
  readonly importedBy: PgColumn;
  readonly createdBy: PgColumn;
}

/** Own rows with these ids that an import does not claim yet. */
export function unclaimed(
  table: ClaimedTable,
  tenantId: string,
  importer: string,
  ids: readonly string[],
): SQL | undefined {
  return and(
    eq(table.tenantId, tenantId),
    isOneOf(table.id, "uuid", ids),
    sql`NOT ${importer} = ANY(${table.importedBy})`,
  );
}

/**
 * Own rows, but for those with these ids, that an import claims, or that it made and nobody claims: those that were in use
 * when it gave them up.
 */
export function claimedBeside(
  table: ClaimedTable,
  tenantId: string,
  importer: string,
  ids: readonly string[],
): SQL | undefined {
  return and(
    eq(table.tenantId, tenantId),
    sql`(${importer} = ANY(${table.importedBy}) OR (${table.createdBy} = ${importer} AND ${table.importedBy} = '{}'))`,
    sql`NOT ${isOneOf(table.id, "uuid", ids)}`,
  );
}

/** The claims with one more. */
export const withClaim = (importedBy: PgColumn, importer: string) =>
  sql<string[]>`array_append(${importedBy}, ${importer})`;

/** The claims but one. */
export const withoutClaim = (importedBy: PgColumn, importer: string) =>
  sql<string[]>`array_remove(${importedBy}, ${importer})`;
