import { and, type SQL, sql } from "drizzle-orm";
import type { PgColumn, PgTable, SelectedFields } from "drizzle-orm/pg-core";
import { type PagePlan, plannedFor } from "./keyset.ts";
import { eachParentAndTenant, eachTenant, ofThatTenant } from "./predicates.ts";
import { builtPerShape, type TenantDatabase } from "./tenant-database.ts";

/** A table whose rows belong to tenants. */
type TenantTable = PgTable & { readonly tenantId: PgColumn; readonly id: PgColumn };

/** What is wanted of all rows. */
export interface Wanted<Row> {
  readonly plan: PagePlan<Row>;
  /** The condition of a filter, if there is one. */
  readonly matches: SQL | undefined;
  readonly limit: number;
  readonly offset: number;
}

/** What the placeholders stand for: the tenants that are read, and those of the columns. */
type Values = Readonly<Record<string, unknown>> & { readonly tenants: readonly string[] };

/** A row as it comes out of its branch. */
type Found<Row> = readonly { readonly page: Row & { readonly sortKey?: unknown } }[];

/**
 * The statements that pages of a table are read by. Each tenant that is read is a branch of its own, limited and in the order
 * of an index, and the branches are merged; see {@link eachTenant}.
 */
export function pageStatements<Row>(table: TenantTable, columns: SelectedFields) {
  const merged = (db: TenantDatabase, from: SQL, { plan, ...branch }: Branch<Row>) =>
    db
      .select()
      .from(from)
      .crossJoinLateral(
        db
          .select({ ...columns, ...branch.more, sortKey: plan.sortKey })
          .from(table)
          .where(and(ofThatTenant(table.tenantId), branch.condition, plan.condition(table.id)))
          .orderBy(...plan.branchOrder(table.id))
          .limit(plannedFor(branch.limit))
          .as("page"),
      )
      .orderBy(...plan.mergedOrder());

  const listed = builtPerShape((db, { plan, matches, limit, offset }: Wanted<Row>) =>
    merged(db, eachTenant(sql.placeholder("tenants")), { plan, condition: matches, limit: limit + offset })
      .limit(plannedFor(limit))
      .offset(sql.placeholder("offset")),
  );
  const ofEachParent = builtPerShape((db, plan: PagePlan<Row>, condition: SQL, more: SelectedFields) => {
    const from = eachParentAndTenant(sql.placeholder("parents"), sql.placeholder("tenants"));
    return merged(db, from, { plan, condition, limit: plan.limit, more });
  });

  return {
    /** `limit` rows after the first `offset`. */
    async list(db: TenantDatabase, wanted: Wanted<Row>, values: Values): Promise<Row[]> {
      const { plan, matches, limit, offset } = wanted;
      const isPage = matches === undefined && offset === 0 && limit === plan.limit;
      const statement = listed(isPage ? plan.shape : undefined, wanted);
      return rowsOf<Row>(await db.run(statement, { ...plan.values, ...values, offset }));
    },

    /**
     * The same page of each parent's rows.
     * @param condition which rows are those of `parent.id`; with `more`, told by the plan's connection
     * @param more what is read of a row beside its columns
     */
    async ofParents<More = unknown>(
      db: TenantDatabase,
      plan: PagePlan<Row>,
      { condition, more = {} }: { readonly condition: SQL; readonly more?: SelectedFields },
      values: Values & { readonly parents: readonly string[] },
    ): Promise<(Row & More)[]> {
      const statement = ofEachParent(plan.shape, plan, condition, more);
      return rowsOf<Row & More>(await db.run(statement, { ...plan.values, ...values }));
    },
  };
}

interface Branch<Row> {
  readonly plan: PagePlan<Row>;
  readonly condition: SQL | undefined;
  readonly limit: number;
  readonly more?: SelectedFields;
}

/** Drizzle does not know the columns of a table that it was not told. */
function rowsOf<Row>(found: unknown): Row[] {
  return (found as Found<Row>).map(({ page: { sortKey: _, ...row } }) => row as Row);
}
