import { z } from "zod";
import { MAX_ACTOR_LENGTH } from "../db/tenant.ts";
import { BadUserInputError, type InputPath } from "../errors.ts";

/** A JSON object of the user's own. */
export type JsonObject = { [key: string]: unknown };

/** Most bytes of a `properties` object, as JSON in UTF-8. */
export const MAX_PROPERTIES_BYTES = 64 * 1024;
/** Deepest nesting of a `properties` object. */
const MAX_PROPERTIES_DEPTH = 64;
/** Most rows that one bulk operation takes. */
export const MAX_BULK_ROWS = 1000;
/** Most tags of one asset or workflow. */
export const MAX_TAGS = 100;

const NUL = "\u0000";

/** PostgreSQL's text holds no NUL (22021), and a lone surrogate would silently become U+FFFD. */
const storable = z
  .string("must be a string")
  .refine((value) => !value.includes(NUL), "must not contain a NUL character")
  .refine((value) => value.isWellFormed(), "must be well-formed Unicode; it contains a lone surrogate");

/** Text of at most `maximum` characters (code points, as PostgreSQL counts them), perhaps empty. */
export const text = (maximum: number) =>
  storable.refine((value) => characters(value) <= maximum, `must be at most ${maximum} characters`);

/** Text of 1 to `maximum` characters that is not blank. */
export const label = (maximum: number) =>
  text(maximum).refine((value) => value.trim() !== "", "must not be blank");

/** A UUID in its canonical form, in lower case as PostgreSQL prints it. */
export const id = z
  .string("must be a UUID")
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, "must be a UUID")
  .transform((value) => value.toLowerCase());

export const name = label(255);
export const owner = label(255);
export const description = text(10_000);
export const tag = label(128);
export const actor = label(MAX_ACTOR_LENGTH);
/** Who asserts an edge: `api`, `dbt:<project>`, or a name that a client has chosen. */
export const source = label(255);

/** A set of tags: at most {@link MAX_TAGS}, none twice. */
export const tags = distinct(tag).max(MAX_TAGS, `must be at most ${MAX_TAGS} tags`);

/** A moment as a `Date`, from year 1 to 9999, which PostgreSQL and RFC 3339 both can tell. */
export const moment = z
  .date("must be a date and time")
  .refine(
    (value) => value.getUTCFullYear() >= 1 && value.getUTCFullYear() <= 9999,
    "must lie in the years 1 to 9999",
  );

/** What a client read last, to be refused when it has changed since. */
export const expectedUpdatedAt = moment.nullish();

/** A user's own JSON object, at most {@link MAX_PROPERTIES_BYTES} and {@link MAX_PROPERTIES_DEPTH} levels. */
export const properties = z
  .custom<JsonObject>((value) => isPlainObject(value), "must be a JSON object")
  .superRefine((value, context) => {
    const broken = brokenJsonRule(value);
    if (broken !== undefined) context.addIssue({ code: "custom", message: broken });
  })
  // GraphQL makes objects without a prototype of literals in a document, and Drizzle fails on those.
  .transform((value): JsonObject => ({ ...value }));

/** `properties` of a new or changed row: null clears them, which leaves an empty object. */
export const propertiesOrNone = properties.nullish().transform((value) => (value === null ? {} : value));

/** A list without repetition; the second of two equal values is the one complained of. */
export function distinct<T extends z.ZodType>(item: T) {
  return z.array(item, "must be a list").superRefine(refuseRepetition((value) => value));
}

/**
 * A check that no two items of a list have the same key.
 * @param field where in an item the key stands; default: the item is the key
 */
export function refuseRepetition<Item>(keyOf: (item: Item) => unknown, ...field: string[]) {
  return (items: readonly Item[], context: z.RefinementCtx): void => {
    const seen = new Set<unknown>();
    items.forEach((item, index) => {
      const key = keyOf(item);
      if (seen.has(key))
        context.addIssue({ code: "custom", path: [index, ...field], message: "must not repeat" });
      seen.add(key);
    });
  };
}

/** Alternatives of a filter: at most 100, none twice. */
export const choice = <T extends z.ZodType>(item: T) =>
  distinct(item).max(100, "must have at most 100 items").nullish();

/** 1 to {@link MAX_BULK_ROWS} items of a bulk operation. */
export const bulk = <T extends z.ZodType>(item: T) =>
  z
    .array(item, "must be a list")
    .min(1, "must have at least one item")
    .max(MAX_BULK_ROWS, `must have at most ${MAX_BULK_ROWS} items`);

/**
 * Checks a value against a schema and returns what may be stored.
 * @param path where the value stands in what the caller gave
 * @throws BadUserInputError with the path and the rule of the first thing that is wrong
 */
export function parseInput<T extends z.ZodType>(
  schema: T,
  value: unknown,
  path: InputPath = [],
): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  if (issue === undefined) throw new BadUserInputError(path, "is not valid");
  const segments = issue.path.filter((segment) => typeof segment !== "symbol");
  if (issue.code === "unrecognized_keys") {
    throw new BadUserInputError([...path, ...segments, issue.keys[0] ?? "?"], "is not a field of this input");
  }
  throw new BadUserInputError([...path, ...segments], issue.message);
}

/**
 * Checks an id that came from outside.
 * @throws BadUserInputError when it is not a UUID
 */
export function parseId(value: unknown, ...path: InputPath): string {
  return parseInput(id, value, path);
}

/**
 * Checks a name that came from outside.
 * @throws BadUserInputError when nothing can have that name
 */
export function parseName(value: unknown, ...path: InputPath): string {
  return parseInput(name, value, path);
}

/** A name as searches and the order by name see it: compatibility forms folded, lower case. */
export function searchKey(value: string): string {
  return value.normalize("NFKC").toLowerCase();
}

function characters(value: string): number {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}

function isPlainObject(value: unknown): value is JsonObject {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Looks level by level rather than by recursion, so that nesting cannot exhaust the stack. */
function brokenJsonRule(root: JsonObject): string | undefined {
  let level: unknown[] = [root];
  let extraDigits = 0;
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > MAX_PROPERTIES_DEPTH) return `must be nested at most ${MAX_PROPERTIES_DEPTH} levels deep`;
    const next: unknown[] = [];
    for (const value of level) {
      const rule = brokenLeafRule(value);
      if (rule !== undefined) return rule;
      if (typeof value === "number") extraDigits += digitsBeyondJson(value);
      if (typeof value === "object" && value !== null) {
        // One by one: spread into a call, a long list would exhaust the stack.
        for (const [key, child] of Object.entries(value)) next.push(key, child);
      }
    }
    level = next;
  }
  return Buffer.byteLength(JSON.stringify(root)) + extraDigits <= MAX_PROPERTIES_BYTES
    ? undefined
    : `must be at most ${MAX_PROPERTIES_BYTES} bytes of JSON`;
}

/** `1e308` is short in JSON, but PostgreSQL keeps and writes all its digits. */
function digitsBeyondJson(value: number): number {
  return Number(/e[+-](\d+)$/.exec(String(value))?.[1] ?? 0);
}

function brokenLeafRule(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      return storable.safeParse(value).error?.issues[0]?.message;
    case "number":
      return Number.isFinite(value) ? undefined : "must contain only finite numbers";
    case "boolean":
      return undefined;
    case "object":
      return value === null || Array.isArray(value) || isPlainObject(value)
        ? undefined
        : "must contain only JSON values";
    default:
      return "must contain only JSON values";
  }
}
