import { Column, is, noopDecoder, SQL, Subquery } from "drizzle-orm";
import type { NodePgSession } from "drizzle-orm/node-postgres";

type NoSchema = Record<string, never>;

/** The columns of a statement as Drizzle knows them. */
export type Fields = NonNullable<Parameters<NodePgSession<NoSchema, NoSchema>["prepareQuery"]>[1]>;

interface Decoder {
  mapFromDriverValue(value: unknown): unknown;
}

/** Where a value goes, and how it is read. */
interface Place {
  /** Of the objects that it is in; most often none. */
  readonly within: readonly string[];
  readonly name: string;
  /** Undefined for what is taken as `pg` gives it. */
  readonly decoder: Decoder | undefined;
}

/** What reads rows of these columns: it finds out once how, where Drizzle does for each value. No column is nullable for a join. */
export function rowReader(fields: Fields): (rows: unknown[][]) => unknown {
  const places = fields.map(({ path, field }): Place => {
    return { within: path.slice(0, -1), name: path.at(-1) ?? "", decoder: decoderOf(field) };
  });
  return (rows) => rows.map((row) => readRow(places, row));
}

function readRow(places: readonly Place[], row: readonly unknown[]): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (let index = 0; index < places.length; index += 1) {
    const { within, name, decoder } = places[index] as Place;
    const value = row[index];
    const node = within.length === 0 ? found : nodeAt(found, within);
    node[name] = decoder === undefined || value === null ? value : decoder.mapFromDriverValue(value);
  }
  return found;
}

function nodeAt(found: Record<string, unknown>, path: readonly string[]): Record<string, unknown> {
  let node = found;
  for (const name of path) {
    node[name] ??= {};
    node = node[name] as Record<string, unknown>;
  }
  return node;
}

function decoderOf(field: Fields[number]["field"]): Decoder | undefined {
  if (is(field, Column)) return changes(field) ? unproxied(field) : undefined;
  const sql = is(field, SQL) ? field : is(field, Subquery) ? field._.sql : (field as SQL.Aliased).sql;
  const { decoder } = sql as unknown as { readonly decoder: Decoder };
  return decoder === noopDecoder ? undefined : decoder;
}

function changes(column: Column): boolean {
  return column.mapFromDriverValue !== Column.prototype.mapFromDriverValue;
}

/** A column of a subquery is a proxy, through which each look-up takes long: the same without it. */
function unproxied(column: Column): Decoder {
  return Object.assign(Object.create(Object.getPrototypeOf(column)), column) as Decoder;
}
