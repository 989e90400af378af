import { and, type SQL, sql } from "drizzle-orm";
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

/** What the placeholders stand for. */
interface Values {
  readonly tenants: readonly string[];
}

/**
 * The statements that pages of a table are read by. Each tenant that is read is a branch of its own, limited and in the order
 * of an index, and the branches are merged; see {@link eachTenant}.
 *
 * @param planned how pages of parents are planned. By default for each tenant, since to the rows of one that has few there are
 * several ways; with one plan where the planner has no statistics of tenants
 */
export function pageStatements<Row>(
  table: TenantTable,
  columnsFor: (names: ReadonlySet<string> | undefined) => ColumnSet<SelectedFields>,
  planned: Prepared = "prepared custom",
) {
  const merged = (db: TenantDatabase, from: SQL, { plan, columns, condition, limit }: Branch<Row>) => {
    const page = db
      .select({ ...columns, sortKey: plan.sortKey })
      .from(table)
      .where(and(ofThatTenant(table.tenantId), condition, plan.condition(table.id)))
      .orderBy(...plan.branchOrder(table.id))
      .limit(plannedFor(limit))
      .as("page");
    // All but the key that they are merged by.
    return db
      .select(columnsOf(page, columns))
      .from(from)
      .crossJoinLateral(page)
      .orderBy(...plan.mergedOrder());
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
