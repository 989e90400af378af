import type { Direction, PageRequest } from "../../../../src/db/keyset.ts";
import { type CursorMeaning, Cursors } from "./cursors.ts";
import { badInput, Refusal } from "./refusals.ts";
import { Later } from "./told.ts";
import type { View } from "./world.ts";

interface Ordered {
  readonly id: string;
}

export interface Order {
  readonly field: string;
  readonly direction: Direction;
}

export const NEWEST_FIRST: Order = { field: "createdAt", direction: "desc" };

/** A key as a cursor keeps it: moments and names are then in the order of their bytes, and what is not yet is last. */
function keyOf(row: Ordered, field: string): string {
  if (field === "name") return searchKey(String(Reflect.get(row, "name")));
  const value: unknown = Reflect.get(row, field);
  const moment = value instanceof Later ? value.value : value;
  if (moment === null) return "infinity";
  if (!(moment instanceof Date))
    throw new Refusal("INTERNAL_SERVER_ERROR", `${field} of ${row.id} is not known`);
  return moment.toISOString();
}

/** A name as searches see it. */
const searchKey = (name: string): string => name.normalize("NFKC").toLowerCase();

export const compareBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

const compare = (a: readonly [string, string], b: readonly [string, string]): number =>
  compareBytes(a[0], b[0]) || compareBytes(a[1], b[1]);

export function inOrder<R extends Ordered>(rows: readonly R[], { field, direction }: Order): R[] {
  const places = rows.map((row) => ({ row, place: [keyOf(row, field), row.id] as const }));
  const sign = direction === "asc" ? 1 : -1;
  return places.sort((a, b) => sign * compare(a.place, b.place)).map(({ row }) => row);
}

export interface ModelPage<R> {
  readonly items: readonly { readonly cursor: string; readonly row: R }[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

export const NO_ROWS: ModelPage<never> = { items: [], hasNextPage: false, hasPreviousPage: false };

/** Reads what is asked of a page; `of` then cuts it out of rows. */
export function planPage(view: View, connection: string, request: PageRequest, order: Order) {
  const { first, last } = request;
  if (isGiven(first) && isGiven(last)) throw badInput(["last"], "must not be given together with first");
  const size = isGiven(last) ? pageSize("last", last) : pageSize("first", first ?? 50);
  const label = `${order.field}:${order.direction}`;
  const after = view.world.cursors.read("after", request.after, connection, label);
  const before = view.world.cursors.read("before", request.before, connection, label);
  const backwards = isGiven(last);
  const sign = order.direction === "asc" ? 1 : -1;
  const isPast = (row: Ordered, cursor: CursorMeaning) =>
    sign * compare([keyOf(row, order.field), row.id], [cursor.key, cursor.id]);

  function of<R extends Ordered>(rows: readonly R[]): ModelPage<R> {
    const between = inOrder(rows, order).filter(
      (row) =>
        (after === undefined || isPast(row, after) > 0) && (before === undefined || isPast(row, before) < 0),
    );
    const kept = backwards ? between.slice(-size) : between.slice(0, size);
    const more = between.length > size;
    return {
      items: kept.map((row) => ({
        row,
        cursor: Cursors.token({ connection, order: label, key: keyOf(row, order.field), id: row.id }),
      })),
      hasNextPage: backwards ? before !== undefined : more,
      hasPreviousPage: backwards ? more : after !== undefined,
    };
  }
  return { of };
}

/** The same page of many parents; those without rows are left out. */
export function pagesByParent<R extends Ordered>(
  plan: ReturnType<typeof planPage>,
  parentIds: readonly string[],
  rowsOf: (parentId: string) => readonly R[],
): Map<string, ModelPage<R>> {
  const pages = parentIds.map((id) => [id, plan.of(rowsOf(id))] as const);
  return new Map(pages.filter(([, { items }]) => items.length > 0));
}

/** How many rows each parent has; those without are left out. */
export function countsByParent(ids: readonly string[], count: (id: string) => number): Map<string, number> {
  return new Map(ids.map((id) => [id, count(id)] as const).filter(([, size]) => size > 0));
}

export interface Window {
  readonly limit?: number;
  readonly offset?: number;
}

export function parseWindow({ limit = 50, offset = 0 }: Window) {
  if (limit < 1) throw badInput(["limit"], "must be at least 1");
  if (limit > 1000) throw badInput(["limit"], "must be at most 1000");
  if (offset < 0) throw badInput(["offset"], "must not be negative");
  return <R>(rows: readonly R[]): R[] => rows.slice(offset, offset + limit);
}

function pageSize(field: string, size: number): number {
  if (size >= 1 && size <= 1000) return size;
  throw badInput([field], "must be a whole number from 1 to 1000");
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}

export interface NameConditions {
  readonly exact?: string | null;
  readonly prefix?: string | null;
  readonly contains?: string | null;
}

export function nameMatches(name: string, conditions: NameConditions | null | undefined): boolean {
  const { exact, prefix, contains } = conditions ?? {};
  return (
    (!isGiven(exact) || name === exact) &&
    (!isGiven(prefix) || searchKey(name).startsWith(searchKey(prefix))) &&
    (!isGiven(contains) || searchKey(name).includes(searchKey(contains)))
  );
}

/** Whether one of some alternatives holds, or none are given. */
export function isOneOf(value: string | null, some: readonly string[] | null | undefined): boolean {
  return !isGiven(some) || (value !== null && some.includes(value));
}

export interface TagConditions {
  readonly any?: readonly string[] | null;
  readonly all?: readonly string[] | null;
}

export function tagsMatch(tags: readonly string[], conditions: TagConditions | null | undefined): boolean {
  const { any, all } = conditions ?? {};
  return (
    (!isGiven(any) || any.some((tag) => tags.includes(tag))) && (all ?? []).every((tag) => tags.includes(tag))
  );
}
