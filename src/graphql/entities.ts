import { brandWithType, type ObjectRef } from "@pothos/core";
import { BadUserInputError, type InputPath } from "../errors.ts";
import { builder, type SchemaTypes } from "./builder.ts";
import type { Context } from "./context.ts";
import { cost } from "./cost-declaration.ts";

type ObjectType<Row> = ObjectRef<PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>, Row>;

/** How the objects of a type are found by one of its keys. */
interface EntityKey<Row> {
  readonly fields: readonly string[];
  find(representation: Representation, context: Context): Promise<Row | null>;
}

/** An object as another subgraph names it: the name of its type, and the fields of a key. */
type Representation = Readonly<Record<string, unknown>>;

/** Checks a value that came from outside. Throws a BadUserInputError that names `path`. */
type Reader<Value> = (value: unknown, ...path: InputPath) => Value;

interface Entity {
  readonly type: ObjectType<object>;
  readonly find: (representation: Representation, context: Context) => Promise<object | null>;
}

/** By the names of their types. */
const entities = new Map<unknown, Entity>();

/**
 * A key of a type: the fields that are in it, how each is read, and how an object is found by them. What is absent and what
 * is another tenant's are both null.
 */
export function key<Key extends object, Row>(
  fields: { readonly [Name in keyof Key & string]: Reader<Key[Name]> },
  find: (key: Key, context: Context) => Promise<Row | null>,
): EntityKey<Row> {
  const readers = Object.entries<Reader<unknown>>(fields);
  return {
    fields: readers.map(([name]) => name),
    find: (representation, context) => {
      const read = readers.map(([name, reader]) => [name, reader(representation[name], name)]);
      return find(Object.fromEntries(read) as Key, context);
    },
  };
}

/** Lets other subgraphs refer to the objects of a type. Of several keys that are given, the first counts. */
export function addEntity<Row extends object>(
  type: ObjectType<Row>,
  ...keys: readonly EntityKey<Row>[]
): void {
  const find = async (representation: Representation, context: Context): Promise<Row | null> => {
    const given = keys.find(({ fields }) => fields.every((name) => isGiven(representation[name])));
    if (given === undefined) {
      const choice = keys.map(({ fields }) => fields.join(" and ")).join(", or ");
      throw new BadUserInputError([], `must have ${choice}`);
    }
    const row = await given.find(representation, context);
    brandWithType(row, type);
    return row;
  };
  builder.asEntity(type, {
    key: keys.map(({ fields }) => builder.selection<Representation>(fields.join(" ") as never)),
    resolveReference: (representation, context) => find(representation, context),
  });
  entities.set(type.name, { type: type as unknown as ObjectType<object>, find });
}

const isGiven = (value: unknown) => value !== undefined && value !== null;

const AnyScalar = builder.scalarType("_Any", {
  description: "An object as another subgraph names it: its `__typename`, and the fields of one of its keys.",
  serialize: (value) => value,
});

const EntityUnion = builder.unionType("_Entity", {
  description: "What other subgraphs may refer to.",
  types: () => [...entities.values()].map(({ type }) => type),
});

builder.queryField("_entities", (t) =>
  t.field({
    type: [EntityUnion],
    nullable: { list: false, items: true },
    description:
      "For gateways: the objects that other subgraphs name, in their order; null for what the tenant may not see.",
    extensions: cost({ listSizes: [{ slicingArguments: ["representations"] }] }),
    args: {
      representations: t.arg({
        type: [AnyScalar],
        required: true,
        description: "Which objects, up to 1000. One that is malformed is refused by itself.",
      }),
    },
    resolve: (_, { representations }, context) =>
      representations.map((representation, index) => findEntity(representation, index, context)),
  }),
);

async function findEntity(representation: unknown, index: number, context: Context): Promise<object | null> {
  try {
    if (!isObject(representation)) throw new BadUserInputError([], "must be an object");
    const entity = entities.get(representation.__typename);
    if (entity === undefined)
      throw new BadUserInputError(["__typename"], `must be one of ${[...entities.keys()].sort().join(", ")}`);
    return await entity.find(representation, context);
  } catch (error) {
    throw error instanceof BadUserInputError ? error.within("representations", index) : error;
  }
}

function isObject(value: unknown): value is Representation {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
