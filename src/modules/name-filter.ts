import { and, eq, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { z } from "zod";
import { searchKey, text } from "./fields.ts";

/** Conditions on a name; all that are given must hold. */
export const nameFilter = z
  .strictObject({
    /** The whole name, as it is written. */
    exact: text(255).nullish(),
    /** The begin of the name, in upper or lower case. */
    prefix: text(255).nullish(),
    /** A part of the name, in upper or lower case. */
    contains: text(255).nullish(),
  })
  .nullish();

/** The condition of a name filter on a table with a name and its search key. */
export function nameMatches(
  table: { readonly name: PgColumn; readonly nameSearch: PgColumn },
  filter: z.output<typeof nameFilter>,
): SQL | undefined {
  const { exact, prefix, contains } = filter ?? {};
  return and(
    isText(exact) ? eq(table.name, exact) : undefined,
    isText(prefix) ? sql`${table.nameSearch} ^@ ${searchKey(prefix)}` : undefined,
    isText(contains) ? sql`strpos(${table.nameSearch}, ${searchKey(contains)}) > 0` : undefined,
  );
}

function isText(value: string | null | undefined): value is string {
  return value !== null && value !== undefined;
}
