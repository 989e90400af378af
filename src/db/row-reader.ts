import { Column, is, SQL, Subquery } from "drizzle-orm";
import type { NodePgSession } from "drizzle-orm/node-postgres";

type NoSchema = Record<string, never>;

/** The columns of a statement as Drizzle knows them. */
export type Fields = NonNullable<Parameters<NodePgSession<NoSchema, NoSchema>["prepareQuery"]>[1]>;

interface Decoder {
  mapFromDriverValue(value: unknown): unknown;
}

/** Where a value goes, and how it is read. */
interface Place {
  readonly path: readonly string[];
  readonly read: (value: unknown) => unknown;
}

/** What reads rows of these columns: it finds out once how, where Drizzle does for each value. No column is nullable for a join. */
export function rowReader(fields: Fields): (rows: unknown[][]) => unknown {
  const places: Place[] = fields.map(({ path, field }) => {
    const decoder = decoderOf(field);
    return { path, read: (value) => decoder.mapFromDriverValue(value) };
  });
  return (rows) => rows.map((row) => readRow(places, row));
}

function readRow(places: readonly Place[], row: readonly unknown[]): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (let index = 0; index < places.length; index += 1) {
    const { path, read } = places[index] as Place;
    const value = row[index];
    let node = found;
    for (let depth = 0; depth < path.length - 1; depth += 1) {
      const name = path[depth] as string;
      node[name] ??= {};
      node = node[name] as Record<string, unknown>;
    }
    node[path[path.length - 1] as string] = value === null ? null : read(value);
  }
  return found;
}

function decoderOf(field: Fields[number]["field"]): Decoder {
  if (is(field, Column)) return field;
  const sql = is(field, SQL) ? field : is(field, Subquery) ? field._.sql : (field as SQL.Aliased).sql;
  return (sql as unknown as { readonly decoder: Decoder }).decoder;
}
