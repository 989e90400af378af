import {
  type GraphQLAbstractType,
  GraphQLID,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  GraphQLString,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import { type Answer, IRREGULAR, isIterable, isPromise, type Path, type Run, valuesIn } from "./run.ts";

/** Resolves one field of an object into its answer. */
export type ResolveField = (run: Run, source: unknown, answer: Answer, path: Path | undefined) => void;

/** The fields that are selected of an object, in the order of the answer. */
export type FieldsOf = (type: GraphQLObjectType) => readonly ResolveField[];

/**
 * Makes of what a resolver gave what the answer shows; what is awaited in it comes in later.
 * @param info of the field; needed only where {@link asksForInfo}
 * @throws whatever, where it is not regular
 */
export type Complete = (
  run: Run,
  value: unknown,
  path: Path | undefined,
  info: GraphQLResolveInfo | undefined,
) => unknown;

/**
 * Completes what is awaited. Meanwhile its place is held, so that the answer keeps its order. It stands alone because a
 * function in which another is made is slower at each call, also where it makes none.
 */
export function completeLater<Key extends string | number>(
  run: Run,
  complete: Complete,
  value: PromiseLike<unknown>,
  answer: Record<Key, unknown>,
  key: Key,
  path: Path | undefined,
  info: GraphQLResolveInfo | undefined,
): void {
  answer[key] = undefined;
  run.wait(value, (found) => {
    answer[key] = complete(run, found, path, info);
  });
}

/** Whether the type of what a field gives is found by functions, which may want to know of the field. */
export function asksForInfo(type: GraphQLOutputType): boolean {
  if (isNonNullType(type) || isListType(type)) return asksForInfo(type.ofType);
  return isAbstractType(type) || (isObjectType(type) && type.isTypeOf != null);
}

/** How the values of a type are completed. */
export function completionOf(
  type: GraphQLOutputType,
  schema: GraphQLSchema,
  fieldsOf: FieldsOf,
  isNullable = true,
): Complete {
  if (isNonNullType(type)) return completionOf(type.ofType, schema, fieldsOf, false);
  if (isLeafType(type)) return leafCompletion(type, isNullable);
  const complete = isListType(type)
    ? listCompletion(completionOf(type.ofType, schema, fieldsOf))
    : isAbstractType(type)
      ? abstractCompletion(type, schema, fieldsOf)
      : objectCompletion(type, fieldsOf);
  return (run, value, path, info) =>
    value === null || value === undefined ? nothing(isNullable) : complete(run, value, path, info);
}

function nothing(isNullable: boolean): null {
  if (isNullable) return null;
  throw IRREGULAR;
}

/** Of JSON that has more values, it is enough to know that. */
const MOST_COUNTED = 10_000;

function leafCompletion(type: GraphQLLeafType, isNullable: boolean): Complete {
  // What these make of a text is that text.
  const takesText = type === GraphQLString || type === GraphQLID;
  return (run, value) => {
    if (takesText && typeof value === "string") return value;
    if (value === null || value === undefined) return nothing(isNullable);
    if (value instanceof Error) throw IRREGULAR;
    const serialized: unknown = type.serialize(value);
    if (serialized === null || serialized === undefined) throw IRREGULAR;
    if (isPromise(serialized)) refuse(run, serialized);
    if (typeof serialized === "object") run.values += valuesIn(serialized, MOST_COUNTED);
    return serialized;
  };
}

function listCompletion(completeItem: Complete): Complete {
  return (run, value, path, info) => {
    if (!isIterable(value)) throw IRREGULAR;
    const items: readonly unknown[] = Array.isArray(value) ? value : Array.from(value);
    run.values += items.length;
    const answer: unknown[] = [];
    let key = 0;
    try {
      for (; key < items.length; key += 1) {
        const item = items[key];
        const itemPath = { prev: path, key, typename: undefined };
        if (isPromise(item)) completeLater(run, completeItem, item, answer, key, itemPath, info);
        else answer.push(completeItem(run, item, itemPath, info));
      }
    } catch (error) {
      run.abandon(items.slice(key + 1));
      throw error;
    }
    return answer;
  };
}

function objectCompletion(type: GraphQLObjectType, fieldsOf: FieldsOf): Complete {
  // Found when they are first needed: of what is never there, nothing is planned.
  let fields: readonly ResolveField[] | undefined;
  return (run, source, path, info) => {
    if (source instanceof Error) throw IRREGULAR;
    if (type.isTypeOf != null) {
      if (info === undefined) throw IRREGULAR;
      const isOfType = type.isTypeOf(source, run.contextValue, info);
      if (isOfType !== true) refuse(run, isOfType);
    }
    fields ??= fieldsOf(type);
    return resolveFields(run, fields, source, path);
  };
}

/** Resolves all fields of an object. */
export function resolveFields(
  run: Run,
  fields: readonly ResolveField[],
  source: unknown,
  path: Path | undefined,
): Answer {
  const answer: Answer = {};
  run.values += fields.length;
  for (const resolveField of fields) resolveField(run, source, answer, path);
  return answer;
}

function abstractCompletion(type: GraphQLAbstractType, schema: GraphQLSchema, fieldsOf: FieldsOf): Complete {
  const completions = new Map<string, Complete>();
  const completionFor = (name: string): Complete => {
    const found = schema.getType(name);
    if (!isObjectType(found) || !schema.isSubType(type, found)) throw IRREGULAR;
    const completion = objectCompletion(found, fieldsOf);
    completions.set(name, completion);
    return completion;
  };
  return (run, value, path, info) => {
    if (value instanceof Error || info === undefined) throw IRREGULAR;
    const name =
      type.resolveType == null ? typeNameIn(value) : type.resolveType(value, run.contextValue, info, type);
    if (typeof name !== "string") return refuse(run, name);
    const complete = completions.get(name) ?? completionFor(name);
    return complete(run, value, path, info);
  };
}

/** As the reference does it first; that it also asks each possible type whether it is the one, is left to it. */
function typeNameIn(value: unknown): unknown {
  return typeof value === "object" && value !== null && "__typename" in value ? value.__typename : undefined;
}

/** What a function of the schema gave is not regular; where it is a promise, it must have ended before all is done again. */
function refuse(run: Run, given: unknown): never {
  run.abandon(given);
  throw IRREGULAR;
}
