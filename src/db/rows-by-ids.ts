import { and, sql } from "drizzle-orm";
import type { PgColumn, PgTable, SelectedFields } from "drizzle-orm/pg-core";
import type { SelectResultFields } from "drizzle-orm/query-builders/select.types";
import { columnsOf } from "./columns.ts";
import { plannedFor } from "./keyset.ts";
import { isOneOf, listOfIds } from "./predicates.ts";
import type { TenantConnection } from "./tenant-connection.ts";
import type { TenantDatabase } from "./tenant-database.ts";

/**
 * The rows with some ids that one may see, in no particular order: what {@link visibleIds} tells are its placeholders.
 *
 * One look-up an id in the table's index of ids, behind a fence: as `id = ANY ($1)` PostgreSQL may as well read all the rows of a
 * tenant that has few, and its one plan for all would read all of a tenant that has many. To plan it for each tenant costs more
 * than to run it.
 */
export function selectByIds<Columns extends SelectedFields>(
  db: TenantDatabase,
  table: PgTable & { readonly tenantId: PgColumn; readonly id: PgColumn },
  columns: Columns,
): { prepare(name: string): { execute(): Promise<SelectResultFields<Columns>[]> } } {
  const found = db
    .select(columns as SelectedFields)
    .from(table)
    .where(and(isOneOf(table.tenantId, "text", sql.placeholder("tenants")), sql`${table.id} = wanted.id`))
    .offset(plannedFor(0))
    .as("found");
  const wanted = sql`unnest(${sql.placeholder("ids")}::uuid[]) AS wanted(id)`;
  // Drizzle does not know the columns of a subquery on a table that it was not told.
  return db
    .select(columnsOf(found, columns) as SelectedFields)
    .from(wanted)
    .crossJoinLateral(found) as never;
}

/** What {@link selectByIds} is run with. Takes UUIDs in lower case only: one that is given twice is looked up once. */
export function visibleIds({ readableTenants }: TenantConnection, ids: readonly string[]) {
  return { tenants: readableTenants, ids: listOfIds(ids.length > 1 ? [...new Set(ids)] : ids) };
}
