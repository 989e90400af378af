import { z } from "zod";
import { shownTenant, TENANT_ID_PATTERN } from "../db/tenant.ts";
import { BadUserInputError } from "../errors.ts";
import { parseInput } from "../modules/fields.ts";
import { InvalidFileError } from "./invalid-file-error.ts";
import type { Kind, Row } from "./kind.ts";
import { KINDS } from "./kinds.ts";
import { type Line, readLines } from "./lines.ts";

const FORMAT = "servo-storage tenant";
/** Changes when a reader of the one could not read the other. */
const VERSION = 1;
/** What the last line is marked with. */
export const TRAILER = "end";

/** Most rows of a batch, and the length of their text from which on it takes no more. */
const BATCH_ROWS = 500;
const BATCH_CHARACTERS = 1024 * 1024;

const headerShape = z.looseObject({
  format: z.literal(FORMAT, `must be ${JSON.stringify(FORMAT)}: the file is no export of a tenant`),
  version: z.literal(VERSION, `must be ${VERSION}, the only one that this program reads`),
  schema: z.string("must be a string"),
  tenant: z.string("must be a string or null").regex(TENANT_ID_PATTERN, "must be a tenant id").nullable(),
  exportedAt: z.string("must be a string"),
});

/**
 * The first line: what the file is, `schema` the newest migration of its database, `tenant` null for the system, `exportedAt`
 * in UTC.
 */
export type Header = z.output<typeof headerShape>;

export function createHeader(ownTenant: string, schema: string): Header {
  const tenant = shownTenant(ownTenant);
  return { format: FORMAT, version: VERSION, schema, tenant, exportedAt: new Date().toISOString() };
}

/** Rows of one kind that follow each other, checked. */
export interface Batch {
  readonly kind: Kind;
  readonly rows: readonly { readonly line: number; readonly row: Row }[];
}

/**
 * The header of a file.
 * @throws InvalidFileError where it has none of this format
 */
export async function readHeader(path: string): Promise<Header> {
  for await (const line of readLines(path)) return parse(headerShape, line, readObject(line));
  throw new InvalidFileError(0, "the file is empty");
}

/**
 * The rows of a file, batch by batch, each looked at as it comes: the file is known to be whole when the last batch is
 * followed by the end.
 * @throws InvalidFileError with the line and the field of what is wrong, or for a file that was cut off
 */
export async function* readBatches(path: string): AsyncGenerator<Batch> {
  const counts = Object.fromEntries(KINDS.map(({ name }) => [name, 0]));
  const rest = [...KINDS];
  let rows: { line: number; row: Row }[] = [];
  let size = 0;
  let lastKey = "";
  let isWhole = false;
  for await (const line of readLines(path)) {
    const { kind: name, ...fields } = readObject(line);
    if (line.number === 1) {
      parse(headerShape, line, fields);
      continue;
    }
    if (isWhole) throw new InvalidFileError(line.number, "must not follow the line that counts the others");
    isWhole = name === TRAILER;
    if (isWhole) parse(trailerOf(counts), line, fields);
    const [kind] = rest;
    const isFull = rows.length === BATCH_ROWS || size >= BATCH_CHARACTERS;
    if (kind !== undefined && rows.length > 0 && (isFull || name !== kind.name)) {
      yield { kind, rows };
      rows = [];
      size = 0;
    }
    if (isWhole) continue;
    const current = seek(rest, name, line);
    if (current !== kind) lastKey = "";
    const row = parse(current.shape, line, fields);
    const key = current.keyOf(row).join(" ");
    if (key <= lastKey) throw new InvalidFileError(line.number, "id must come after that of the line before");
    lastKey = key;
    counts[current.name] = (counts[current.name] ?? 0) + 1;
    size += line.text.length;
    rows.push({ line: line.number, row });
  }
  if (!isWhole)
    throw new InvalidFileError(0, "the file is cut off: its last line, which counts the others, is missing");
}

/** The kind of a line; those before it cannot come any more. */
function seek(rest: Kind[], name: unknown, { number }: Line): Kind {
  const place = rest.findIndex((kind) => kind.name === name);
  rest.splice(0, Math.max(0, place));
  const [kind] = rest;
  if (place !== -1 && kind !== undefined) return kind;
  const names = KINDS.map((known) => known.name).join(", ");
  throw new InvalidFileError(number, `kind must be one of ${names}, in this order, or ${TRAILER}`);
}

function trailerOf(counts: Readonly<Record<string, number>>) {
  const entries = Object.entries(counts).map(([name, count]) => [
    name,
    z.literal(count, `must be ${count}, as many as the file has: lines were lost or added`),
  ]);
  return z.strictObject({ counts: z.strictObject(Object.fromEntries(entries)) });
}

function readObject({ number, text, isCut }: Line): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    if (isCut) throw new InvalidFileError(number, "the file is cut off in the middle of this line");
  }
  throw new InvalidFileError(number, "must be one JSON object");
}

function parse<T extends z.ZodType>(shape: T, { number }: Line, value: unknown): z.output<T> {
  try {
    return parseInput(shape, value);
  } catch (error) {
    throw error instanceof BadUserInputError ? new InvalidFileError(number, error.message) : error;
  }
}
