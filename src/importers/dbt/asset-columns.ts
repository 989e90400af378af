import type { Resource } from "./manifest-shape.ts";
import { jsonBytes, type TextFitter } from "./storable-text.ts";

/** A column as `properties.dbt.columns` lists it. */
interface Column {
  name: string;
  type?: string;
  description?: string;
}

/** A resource's columns, as far as there is room for them. */
interface FittedColumns {
  /** The fields of `properties.dbt` that tell the columns; none for a resource that declares none. */
  fields: { columns?: Column[]; columnsOmitted?: number };
  /** Whether descriptions or columns had to go. */
  shortened: boolean;
}

/** Room for `,"columns":` and `,"columnsOmitted":123456` around the columns themselves. */
const ENVELOPE_BYTES = 48;

/**
 * A resource's columns, in the order in which the project declares them. If they do not fit, their descriptions go
 * first (a person looks for names and types); if that is not enough, the first ones that fit are kept.
 * @param maxBytes most bytes that the result may add to an object, as JSON in UTF-8
 */
export function readColumns(resource: Resource, texts: TextFitter, maxBytes: number): FittedColumns {
  const columns = Object.entries(resource.columns ?? {}).flatMap(([key, column]): Column[] => {
    const name = texts.fit(column.name ?? key);
    if (name === undefined) return [];
    const type = texts.fit(column.data_type);
    const description = texts.fit(column.description);
    return [{ name, ...(type && { type }), ...(description && { description }) }];
  });
  if (columns.length === 0) return { fields: {}, shortened: false };

  const room = maxBytes - ENVELOPE_BYTES;
  if (jsonBytes(columns) <= room) return { fields: { columns }, shortened: false };
  const brief = columns.map(({ description: _, ...column }) => column);
  if (jsonBytes(brief) <= room) return { fields: { columns: brief }, shortened: true };
  let used = 2;
  const kept = brief.filter((column) => {
    used += jsonBytes(column) + 1;
    return used <= room;
  });
  return { fields: { columns: kept, columnsOmitted: columns.length - kept.length }, shortened: true };
}
