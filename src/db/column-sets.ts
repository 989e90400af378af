import type { SelectedFields } from "drizzle-orm/pg-core";
import { type BuiltOnce, builtPerShape } from "./tenant-database.ts";

/** What is read of a table's rows. */
export interface ColumnSet<Columns> {
  /** Tells it from the other sets of the same table, in the shape of a statement. */
  readonly shape: string;
  /** Typed as if they were all, because a statement has rows of one type: what is not read is undefined in them. */
  readonly columns: Columns;
}

/** The names of fields that somebody asks for. */
export interface NamedFields {
  readonly all: ReadonlySet<string>;
  /** Those that are asked of what is not a row of a page, but may be a row that was found by its id. */
  readonly outsidePages: ReadonlySet<string>;
}

interface Uses<Name extends string> {
  /** Read whatever is asked for: ids, and what rows are found or grouped by. */
  readonly always: readonly Name[];
  /** What pages are ordered by: read for cursors. */
  readonly orderings: readonly Name[];
  /** Fields whose values are made of columns of other names. */
  readonly madeOf?: Readonly<Record<string, readonly Name[]>>;
  /** What takes a subquery a row. */
  readonly costly?: Name;
}

const CURSORS = ["cursor", "startCursor", "endCursor"];

/** So many sets of a table's columns are read at most: each means more statements for a session to keep prepared. */
const MOST_SETS = 20;

/**
 * Finds which columns of a table to read for fields that are asked for: those of their names, and those of other uses. Once there
 * are many sets, no new one is made, and the smallest that has all that is asked for is read.
 * @returns tells the columns for names of fields, by default for all
 */
export function columnSets<Columns extends SelectedFields>(
  all: Columns,
  { always, orderings, madeOf = {}, costly }: Uses<keyof Columns & string>,
): (named: ReadonlySet<string> | undefined) => ColumnSet<Columns> {
  const names = Object.keys(all);
  const sets = new Map<string, ColumnSet<Columns> & { readonly names: readonly string[] }>();
  const known = new WeakMap<ReadonlySet<string>, ColumnSet<Columns>>();

  const add = (kept: readonly string[]) => {
    const columns = Object.fromEntries(kept.map((name) => [name, all[name]])) as Columns;
    const set = { names: kept, shape: kept.join(), columns };
    sets.set(set.shape, set);
    return set;
  };
  const whole = add(names);
  // So that it is never read for want of another set.
  if (costly !== undefined) add(names.filter((name) => name !== costly));

  const find = (named: ReadonlySet<string>): ColumnSet<Columns> => {
    const needed = new Set<string>([...named, ...always]);
    const need = (columns: readonly string[]) => columns.forEach((name) => void needed.add(name));
    if (CURSORS.some((field) => named.has(field))) need(orderings);
    for (const [field, columns] of Object.entries(madeOf)) if (named.has(field)) need(columns);
    const wanted = names.filter((name) => needed.has(name));
    const same = sets.get(wanted.join());
    if (same !== undefined) return same;
    if (sets.size < MOST_SETS) return add(wanted);
    const enough = [...sets.values()].filter(
      (set) =>
        wanted.every((name) => set.names.includes(name)) &&
        (costly === undefined || set.names.includes(costly) === wanted.includes(costly)),
    );
    return enough.reduce((least, set) => (set.names.length < least.names.length ? set : least), whole);
  };

  return (named) => {
    if (named === undefined) return whole;
    const found = known.get(named) ?? find(named);
    known.set(named, found);
    return found;
  };
}

/** A statement that is built once for each set of columns; see {@link builtPerShape}. */
export function builtPerColumnSet<Columns, Rows>(
  ...how: Parameters<typeof builtPerShape<[Columns], Rows>>
): (set: ColumnSet<Columns>) => BuiltOnce<Rows> {
  const built = builtPerShape(...how);
  return ({ shape, columns }) => built(shape, columns);
}
