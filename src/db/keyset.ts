import { and, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { z } from "zod";
import { BadUserInputError } from "../errors.ts";
import { groupByKey } from "../group-by-key.ts";

/** Most rows of one page, and the number given when nobody asks for one. */
export const MAX_PAGE_SIZE = 1000;
export const DEFAULT_PAGE_SIZE = 50;

export type Direction = "asc" | "desc";

/** Relay's paging arguments: `first` (with `after`) pages forwards, `last` (with `before`) backwards. */
export interface PageRequest {
  /** 1 to 1000. Default 50, unless `last` is given. */
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  /** 1 to 1000; not together with `first`. */
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/**
 * One page in the order asked for. A row's cursor stays valid while other rows come and go; it is written when it is asked for, or
 * the page is written as JSON.
 */
export interface Page<Row> {
  readonly items: readonly { readonly cursor: string; readonly row: Row }[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/** A row on a page. Of most rows nobody asks for the cursor. */
class PageItem<Row> {
  readonly row: Row;
  readonly #cursorOf: (row: Row) => string;

  constructor(row: Row, cursorOf: (row: Row) => string) {
    this.row = row;
    this.#cursorOf = cursorOf;
  }

  get cursor(): string {
    return this.#cursorOf(this.row);
  }

  /** So that a page that is sent on as JSON has its cursors. */
  toJSON(): { readonly cursor: string; readonly row: Row } {
    return { cursor: this.cursor, row: this.row };
  }
}

/** A column or expression that pages can be ordered by; ties are broken by id, so the order is total. */
export interface Ordering<Row> {
  readonly key: PgColumn | SQL;
  readonly type: "timestamptz" | "text";
  /** The key's value of a row, as PostgreSQL reads it back. */
  readonly valueOf: (row: Row) => string;
}

/** Where a page begins and ends, ready to be put into a statement. */
export interface PagePlan<Row> {
  /** What the text of the statement depends on, of all that the plan puts into it; undefined for an unusual size. */
  readonly shape: string | undefined;
  /** What the statement is run with: the values of the placeholders that the plan puts into it. */
  readonly values: Readonly<Record<string, unknown>>;
  /** One row more than the page has, to know whether another follows. */
  readonly limit: number;
  /** The rows between the cursors, for `WHERE`. */
  condition(id: PgColumn): SQL | undefined;
  /** The key, to be selected as `sort_key`, by which the branches of several tenants are merged. */
  readonly sortKey: SQL.Aliased<unknown>;
  /** The order within the branch of one tenant, for `ORDER BY`. */
  branchOrder(id: PgColumn): SQL[];
  /** The order over all branches, for `ORDER BY`. */
  mergedOrder(id: SQL): SQL[];
  /** Makes the page of the rows that the statement returned. */
  page(rows: readonly Row[]): Page<Row>;
}

/**
 * Plans a page over an ordering by name.
 * @param connection what is paged, so that a cursor of something else is told apart
 * @throws BadUserInputError for a size outside 1 to 1000, `first` with `last`, an unknown order (from JavaScript, where no
 * compiler has looked), or a cursor that is not of this order
 */
export function planPage<Row extends { readonly id: string }, Name extends string>(
  connection: string,
  request: PageRequest,
  orderings: Readonly<Record<Name, Ordering<Row>>>,
  { field, direction }: { readonly field: Name; readonly direction: Direction },
): PagePlan<Row> {
  const { first, last } = request;
  if (isGiven(first) && isGiven(last))
    throw new BadUserInputError(["last"], "must not be given together with first");
  const backwards = isGiven(last);
  const size = backwards ? pageSize("last", last) : pageSize("first", first ?? DEFAULT_PAGE_SIZE);
  const ordering = Object.hasOwn(orderings, field) ? orderings[field] : undefined;
  if (ordering === undefined) {
    const rule = `must be one of ${Object.keys(orderings).join(", ")}`;
    throw new BadUserInputError(["orderBy", "field"], rule);
  }
  if (!["asc", "desc"].includes(direction))
    throw new BadUserInputError(["orderBy", "direction"], "must be one of asc, desc");
  const label = { connection, order: `${field}:${direction}` };
  const after = readCursor("after", request.after, label, ordering.type);
  const before = readCursor("before", request.before, label, ordering.type);
  const scan = (direction === "asc") !== backwards ? sql.raw("ASC") : sql.raw("DESC");
  const bound = (end: "after" | "before", operator: ">" | "<", id: PgColumn) =>
    sql`(${ordering.key}, ${id}) ${sql.raw(operator)}
      (${sql.placeholder(`${end}Key`)}::${sql.raw(ordering.type)}, ${sql.placeholder(`${end}Id`)}::uuid)`;
  const isBounded = { after: after !== undefined, before: before !== undefined };
  return {
    limit: size + 1,
    shape: isUsual(size) ? JSON.stringify([label, size, backwards, isBounded]) : undefined,
    values: { afterKey: after?.value, afterId: after?.id, beforeKey: before?.value, beforeId: before?.id },
    condition: (id) =>
      and(
        isBounded.after ? bound("after", direction === "asc" ? ">" : "<", id) : undefined,
        isBounded.before ? bound("before", direction === "asc" ? "<" : ">", id) : undefined,
      ),
    sortKey: sql`${ordering.key}`.as("sort_key"),
    branchOrder: (id) => [sql`${ordering.key} ${scan}`, sql`${id} ${scan}`],
    mergedOrder: (id) => [sql`sort_key ${scan}`, sql`${id} ${scan}`],
    page(rows) {
      const cursorOf = (row: Row) => writeCursor(label, ordering.valueOf(row), row.id);
      const kept = rows.slice(0, size);
      if (backwards) kept.reverse();
      const more = rows.length > size;
      return {
        items: kept.map((row) => new PageItem(row, cursorOf)),
        hasNextPage: backwards ? before !== undefined : more,
        hasPreviousPage: backwards ? more : after !== undefined,
      };
    },
  };
}

/** So that statements of all sizes that somebody thinks of do not take the place of those that come again. */
function isUsual(size: number): boolean {
  return size === 25 || (size % 10 === 0 && size <= 100);
}

/** A limit that PostgreSQL knows when it plans, also of a statement that it keeps prepared: it would reckon with all rows. */
export function plannedFor(limit: number): number {
  return sql.raw(String(Math.trunc(limit))) as unknown as number;
}

/** Pages of many parents, of rows that come in the order of the plan. */
export function pagesByParent<Row>(
  plan: PagePlan<Row>,
  rows: readonly { readonly parentId: string; readonly row: Row }[],
): Map<string, Page<Row>> {
  const groups = groupByKey(rows, ({ parentId }) => parentId);
  return new Map([...groups].map(([parentId, group]) => [parentId, plan.page(group.map(({ row }) => row))]));
}

/** A page without rows, of a parent that has none. */
export const EMPTY_PAGE: Page<never> = { items: [], hasNextPage: false, hasPreviousPage: false };

interface Cursor {
  readonly value: string;
  readonly id: string;
}

const cursorShape = z.tuple([z.string(), z.string(), z.string(), z.guid()]);

/** What a cursor is of: a connection, in an order. */
interface Label {
  readonly connection: string;
  readonly order: string;
}
const MOMENT = /^(?:infinity|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)$/;

function writeCursor({ connection, order }: Label, value: string, id: string): string {
  return Buffer.from(JSON.stringify([connection, order, value, id])).toString("base64url");
}

function readCursor(
  field: string,
  text: string | null | undefined,
  { connection, order }: Label,
  type: Ordering<never>["type"],
): Cursor | undefined {
  if (!isGiven(text)) return undefined;
  const parsed = cursorShape.safeParse(parseJson(Buffer.from(text, "base64url").toString("utf8")));
  if (!parsed.success) throw new BadUserInputError([field], "is not a cursor of this connection");
  const [of, writtenOrder, value, id] = parsed.data;
  if (of !== connection) throw new BadUserInputError([field], "is not a cursor of this connection");
  if (writtenOrder !== order) throw new BadUserInputError([field], "is a cursor of another order");
  const valid = type === "timestamptz" ? MOMENT.test(value) && isMoment(value) : isStorable(value);
  if (!valid) throw new BadUserInputError([field], "is not a cursor of this connection");
  return { value, id };
}

function pageSize(field: string, size: number): number {
  if (Number.isInteger(size) && size >= 1 && size <= MAX_PAGE_SIZE) return size;
  throw new BadUserInputError([field], `must be a whole number from 1 to ${MAX_PAGE_SIZE}`);
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}

/** A day that is in the calendar, of a year that PostgreSQL knows: `Date` alone takes 30 February for 1 March. */
function isMoment(value: string): boolean {
  if (value === "infinity") return true;
  const moment = new Date(value);
  return moment.getUTCFullYear() >= 1 && moment.toISOString() === value;
}

function isStorable(value: string): boolean {
  return !value.includes("\u0000") && value.isWellFormed();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
