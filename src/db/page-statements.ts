import { and, Column, getTableColumns, getTableName, is, type SQL, sql } from "drizzle-orm";
import type { PgColumn, PgTable, SelectedFields } from "drizzle-orm/pg-core";
import type { ColumnSet, NamedFields } from "./column-sets.ts";
import { columnsOf } from "./columns.ts";
import { type PagePlan, plannedFor } from "./keyset.ts";
import { eachParentAndTenant, eachTenant, listOfIds, ofThatTenant } from "./predicates.ts";
import { builtPerShape, type Prepared, type TenantDatabase } from "./tenant-database.ts";

/** A table whose rows belong to tenants. */
type TenantTable = PgTable & { readonly tenantId: PgColumn; readonly id: PgColumn };

/** What is wanted of all rows. */
export interface Wanted<Row> {
  readonly plan: PagePlan<Row>;
  readonly named: NamedFields | undefined;
  /** The condition of a filter, if there is one. */
  readonly matches: SQL | undefined;
  readonly limit: number;
  readonly offset: number;
}

/** The same page of each parent's rows. */
interface WantedOfParents<Row> {
  readonly plan: PagePlan<Row>;
  readonly named: NamedFields | undefined;
  /** Which rows are those of `parent.id`; with `more`, told by the plan's connection. */
  readonly condition: SQL;
  /** What is read of a row beside its columns. */
  readonly more?: SelectedFields;
}

interface PageStatementOptions {
  /** The names of columns that those are made of which are no columns of the table, beside its id and its tenant. */
  readonly madeOf?: readonly string[];
  /**
   * How pages of parents are planned. By default for each tenant, since to the rows of one that has few there are several ways;
   * with one plan where the planner has no statistics of tenants.
   */
  readonly planned?: Prepared;
}

/** What the placeholders stand for. */
interface Values {
  readonly tenants: readonly string[];
}

/**
 * The statements that pages of a table are read by. Each tenant that is read is a branch of its own, limited and in the order
 * of an index, and the branches are merged; see {@link eachTenant}. What is made of columns is made of the rows that are left then,
 * of which the branches of a list have twice as many.
 */
export function pageStatements<Row>(
  table: TenantTable,
  columnsFor: (names: ReadonlySet<string> | undefined) => ColumnSet<SelectedFields>,
  { madeOf = [], planned = "prepared custom" }: PageStatementOptions = {},
) {
  const stored = getTableColumns(table);
  const needed = Object.fromEntries(
    ["id", "tenantId", ...madeOf].map((name) => [name, stored[name] as PgColumn]),
  );

  const merged = (db: TenantDatabase, from: SQL, { plan, columns, condition, limit }: Branch<Row>) => {
    const read = Object.fromEntries(Object.entries(columns).filter(([, column]) => is(column, Column)));
    const isMade = Object.keys(read).length < Object.keys(columns).length;
    const rows = db
      .select({ ...read, ...(isMade ? needed : {}), sortKey: plan.sortKey })
      .from(table)
      .where(and(ofThatTenant(table.tenantId), condition, plan.condition(table.id)))
      .orderBy(...plan.branchOrder(table.id))
      .limit(plannedFor(limit))
      // What is made of columns names the table.
      .as(getTableName(table));
    const found = columnsOf(rows, read);
    return db
      .select({ ...columns, ...found })
      .from(from)
      .crossJoinLateral(rows)
      .orderBy(...plan.mergedOrder(sql`${found.id}`));
  };

  const listed = builtPerShape((db, wanted: Wanted<Row>, columns: SelectedFields) => {
    const { plan, matches, limit, offset } = wanted;
    const from = eachTenant(sql.placeholder("tenants"));
    return merged(db, from, { plan, columns, condition: matches, limit: limit + offset })
      .limit(plannedFor(limit))
      .offset(sql.placeholder("offset"));
  });
  const ofEachParent = builtPerShape((db, wanted: WantedOfParents<Row>, columns: SelectedFields) => {
    const { plan, condition, more } = wanted;
    const from = eachParentAndTenant(sql.placeholder("parents"), sql.placeholder("tenants"));
    return merged(db, from, { plan, columns: { ...columns, ...more }, condition, limit: plan.limit });
  }, planned);

  return {
    /** `limit` rows after the first `offset`. */
    async list(db: TenantDatabase, wanted: Wanted<Row>, values: Values): Promise<Row[]> {
      const { plan, matches, limit, offset } = wanted;
      const isPage = matches === undefined && offset === 0 && limit === plan.limit;
      const { shape, columns } = columnsFor(wanted.named?.all);
      const statement = listed(isPage ? shapeOf(plan, shape) : undefined, wanted, columns);
      // Drizzle does not know the columns of a table that it was not told.
      return (await db.run(statement, Object.assign({}, plan.values, values, { offset }))) as Row[];
    },

    /** The rows of the same page of each parent. */
    async ofParents<More = unknown>(
      db: TenantDatabase,
      wanted: WantedOfParents<Row>,
      values: Values & { readonly parents: readonly string[] },
    ): Promise<(Row & More)[]> {
      const { plan, named } = wanted;
      const { shape, columns } = columnsFor(named?.all);
      const statement = ofEachParent(shapeOf(plan, shape), wanted, columns);
      const given = Object.assign({}, plan.values, values, { parents: listOfIds(values.parents) });
      return (await db.run(statement, given)) as (Row & More)[];
    },
  };
}

interface Branch<Row> {
  readonly plan: PagePlan<Row>;
  readonly columns: SelectedFields;
  readonly condition: SQL | undefined;
  readonly limit: number;
}

function shapeOf({ shape }: Pick<PagePlan<unknown>, "shape">, columns: string): string | undefined {
  return shape === undefined ? undefined : `${shape} ${columns}`;
}
