import { getTableColumns, is, type Placeholder, SQL, sql } from "drizzle-orm";
import type { PgColumn, PgTable } from "drizzle-orm/pg-core";

type ColumnName<Table extends PgTable> = keyof Table["_"]["columns"] & string;

/** What columns are filled with. */
type Filling<Table extends PgTable> = { readonly [Name in ColumnName<Table>]?: SQL | Placeholder };

/** Whose a row is, and who makes it: `tenantId` and `actor` are given when it is inserted. */
export const givenOwner = {
  tenantId: sql.placeholder("tenantId"),
  createdBy: sql.placeholder("actor"),
  updatedBy: sql.placeholder("actor"),
};

/** Placeholders of the columns' own names, for one row whose values are given when it is inserted. */
export function givenRow<Name extends string>(...names: readonly Name[]): Record<Name, Placeholder<Name>> {
  return Object.fromEntries(names.map((name) => [name, sql.placeholder(name)])) as Record<
    Name,
    Placeholder<Name>
  >;
}

/**
 * Rows that are given as one parameter, `rows`: a JSON list of objects with these columns, by the names that they have here.
 * Written out with a parameter a value, a thousand rows would take Drizzle longer than the database.
 */
export function givenRows<Table extends PgTable, Name extends ColumnName<Table>>(
  table: Table,
  names: readonly Name[],
): { readonly values: Record<Name, SQL>; readonly from: SQL } {
  const columns: Record<string, PgColumn> = getTableColumns(table);
  const typed = names.map((name) => sql.raw(`"${name}" ${columns[name]?.getSQLType()}`));
  const values = names.map((name) => [name, sql.raw(`given."${name}"`)]);
  return {
    values: Object.fromEntries(values) as Record<Name, SQL>,
    from: sql`json_to_recordset(${sql.placeholder("rows")}::json) AS given(${sql.join(typed, sql`, `)})`,
  };
}

/**
 * The `SELECT` of an `INSERT`: what each column is filled with, its default where nothing is said, and what it is taken from.
 * @throws Error for a column that must be filled, and has no default
 */
export function selectInto<Table extends PgTable>(table: Table, filling: Filling<Table>, from: SQL): SQL {
  const values: Partial<Record<string, SQL | Placeholder>> = filling;
  const filled = Object.entries<PgColumn>(getTableColumns(table)).map(([name, column]) => {
    const value = values[name] ?? defaultOf(column);
    return sql`(${value})::${sql.raw(column.getSQLType())}`;
  });
  return sql`SELECT ${sql.join(filled, sql`, `)} FROM ${from}`;
}

function defaultOf(column: PgColumn): SQL {
  if (column.defaultFn !== undefined || column.onUpdateFn !== undefined)
    throw new Error(`${column.name}: a function makes its default`);
  if (column.default === undefined) {
    if (column.notNull) throw new Error(`${column.name} must be filled`);
    return sql`NULL`;
  }
  return is(column.default, SQL) ? column.default : sql`${sql.param(column.default, column)}`;
}
