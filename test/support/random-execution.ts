import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  print,
  responsePathAsArray,
} from "graphql";

const TYPES = /* GraphQL */ `
  scalar Odd
  enum Colour { RED GREEN BLUE }
  input Filter { text: String! tags: [String!] colour: Colour = GREEN inner: Filter }
  interface Node { id: ID! name: String peer: Node peers(first: Int = 2): [Node!] }
  interface Coloured implements Node {
    id: ID! name: String peer: Node peers(first: Int = 2): [Node!] colour: Colour
  }
  type Table implements Node & Coloured {
    id: ID! name: String peer: Node peers(first: Int = 2): [Node!] colour: Colour
    rows: Int! odd: Odd odds: [Odd!]! matrix: [[Int!]]! view: View views: [View!]! seen: String!
  }
  type View implements Node {
    id: ID! name: String peer: Node peers(first: Int = 2): [Node!]
    isFresh: Boolean! share: Float table: Table! tables: [[Table!]!] things: [Thing]
    echo(text: String = "t", n: Int, colour: Colour, filter: Filter, ids: [ID!]): String
  }
  type Strict { id: ID! thing: Thing! strict: Strict odd: Odd! }
  union Thing = Table | View | Strict
  type Query {
    node(id: ID!): Node coloured: Coloured table: Table tables(first: Int): [Table!]! view: View! things: [Thing!]
    strict: Strict stricts: [Strict] seen: String
    echo(text: String = "t", n: Int, colour: Colour, filter: Filter, ids: [ID!]): String
  }
`;

/** Numbers from 0 to 1 that depend on a seed alone. */
export type Dice = () => number;

export function diceOf(seed: number | string): Dice {
  let state = 2_166_136_261;
  for (const letter of String(seed)) state = Math.imul(state ^ letter.charCodeAt(0), 16_777_619);
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const pick = <T>(dice: Dice, from: readonly [T, ...T[]]): T =>
  // What is picked may be null or undefined.
  from[Math.floor(dice() * from.length)] as T;

/** What a resolver throws. */
export class Wrong extends Error {
  readonly world: World;
  /** Whether all is executed for the second time. */
  readonly isAnew: boolean;

  constructor(world: World, place: string) {
    super(`wrong at ${place}`);
    this.world = world;
    this.isAnew = world.isAnew;
  }
}

/** What resolvers are given: what they do depends on the seed and on where they stand, so that two executions are alike. */
export class World {
  /** How many resolvers were called. */
  calls = 0;
  /** Whether all is executed for the second time. */
  isAnew = false;
  /** Whether that began before the first time was over. */
  hasOverlapped = false;
  readonly seed: number;
  /** How often something goes wrong, 0 to 1. */
  readonly trouble: number;
  /** How many resolvers are at work. */
  #atWork = 0;
  readonly #places = new Set<string>();

  constructor(seed: number, trouble: number) {
    this.seed = seed;
    this.trouble = trouble;
  }

  /** A resolver is called. */
  enter(place: string): void {
    this.calls += 1;
    if (this.#places.has(place) && !this.isAnew) {
      this.isAnew = true;
      this.hasOverlapped = this.#atWork > 0;
    }
    this.#places.add(place);
  }

  /** What stands at a place: now or later, right or wrong. */
  give(type: GraphQLOutputType, place: string): unknown {
    const dice = diceOf(`${this.seed} ${place}`);
    if (dice() < 0.3) return this.#later(() => this.#value(type, place, dice), dice);
    return this.#value(type, place, dice);
  }

  async #later(value: () => unknown, dice: Dice): Promise<unknown> {
    this.#atWork += 1;
    try {
      for (let turns = dice() * 4; turns > 0; turns -= 1) await undefined;
      return value();
    } finally {
      this.#atWork -= 1;
    }
  }

  #value(type: GraphQLOutputType, place: string, dice: Dice): unknown {
    if (dice() < this.trouble) return this.#wrong(place, dice);
    if (isNonNullType(type)) return this.#right(type.ofType, place, dice);
    return dice() < 0.2 ? pick(dice, [null, undefined]) : this.#right(type, place, dice);
  }

  #wrong(place: string, dice: Dice): unknown {
    const error = new Wrong(this, place);
    if (dice() < 0.4) throw error;
    return pick<unknown>(dice, [error, null, Number.NaN, Symbol("wrong"), { __typename: "Nothing" }, -1]);
  }

  #right(type: GraphQLOutputType, place: string, dice: Dice): unknown {
    if (isListType(type)) {
      const items = Array.from({ length: Math.floor(dice() * 4) }, (_, at) => {
        const give = () => this.give(type.ofType, `${place}.${at}`);
        // In a list, what throws is what is rejected later.
        return dice() < 0.2 ? this.#later(give, dice) : this.#item(give);
      });
      return dice() < 0.1 ? new Set(items) : items;
    }
    if (isObjectType(type)) return { __typename: type.name };
    if (isAbstractType(type)) {
      const names = { Node: ["Table", "View"], Coloured: ["Table"], Thing: ["Table", "View", "Strict"] };
      const [first = "", ...others] = names[type.name as keyof typeof names];
      return { __typename: pick(dice, [first, ...others]) };
    }
    if (isEnumType(type)) return pick<unknown>(dice, [1, "g", "BLUE"]);
    const leaves: Record<string, unknown> = {
      ID: pick<unknown>(dice, [`id of ${place}`, 17]),
      String: pick<unknown>(dice, [`text ${place}`, "", 3, true]),
      Int: Math.floor(dice() * 100),
      Float: dice(),
      Boolean: dice() < 0.5,
      Odd: 2 * Math.floor(dice() * 5) + 1,
    };
    return leaves[getNamedType(type).name];
  }

  #item(give: () => unknown): unknown {
    try {
      return give();
    } catch (error) {
      return error;
    }
  }
}

/** A schema with all kinds of types, whose resolvers ask their {@link World}. */
export function worldSchema(): GraphQLSchema {
  const schema = buildSchema(TYPES);
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith("__")) continue;
    if (isObjectType(type))
      for (const field of Object.values(type.getFields())) giveResolver(field, type.name);
    if (isObjectType(type) && type.name === "Strict")
      type.isTypeOf = (value, world: World) => {
        const dice = diceOf(`${world.seed} strict`)();
        const is = (value as { __typename?: unknown }).__typename === "Strict";
        return dice < 0.2 ? Promise.resolve(is) : is;
      };
    if (isInterfaceType(type) && type.name === "Node")
      type.resolveType = (value: { __typename: string }, world: World) =>
        diceOf(`${world.seed} node`)() < 0.2 ? Promise.resolve(value.__typename) : value.__typename;
    if (isEnumType(type)) {
      Object.assign(type.getValue("RED") ?? {}, { value: 1 });
      Object.assign(type.getValue("GREEN") ?? {}, { value: "g" });
    }
    if (type.name === "Odd")
      Object.assign(type, {
        serialize(value: unknown) {
          if (typeof value !== "number" || value % 2 === 0) throw new Error("not odd");
          return value === 7 ? undefined : { odd: value };
        },
      });
  }
  return schema;
}

function giveResolver(field: GraphQLField<unknown, World>, owner: string): void {
  // Without one, the objects have no such property: it is null.
  if (owner === "View" && field.name === "name") return;
  field.resolve = (_source, args, world, info) => {
    const place = responsePathAsArray(info.path).join(".");
    world.enter(place);
    if (field.name === "echo") return JSON.stringify(args);
    if (field.name === "seen") return told(info);
    return world.give(field.type, place);
  };
}

function told({ fieldNodes, path, returnType, operation, fragments, schema, ...info }: GraphQLResolveInfo) {
  const nodes = fieldNodes.map((node) => `${print(node)}@${node.loc?.start}`);
  const { name, operation: kind } = operation;
  const names = [Object.keys(fragments), schema.getQueryType()?.name, returnType, name?.value, kind];
  return JSON.stringify([
    nodes,
    path,
    names,
    info.fieldName,
    String(info.parentType),
    info.variableValues,
    info.rootValue,
  ]);
}

/** What is sent to be executed. */
export interface RandomRequest {
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const VARIABLES =
  "($yes: Boolean!, $no: Boolean = false, $n: Int = 2, $text: String, $colour: Colour, $filter: Filter, $id: ID!)";

/** A query of the schema. It need not be valid: a key may stand for two fields. */
export function randomRequest(schema: GraphQLSchema, dice: Dice): RandomRequest {
  const fragments: string[] = [];
  const spread = (type: string, depth: number): string => {
    // A second time, unless it would be within itself.
    const known = fragments.findIndex((text) => text.split(" ", 4)[3] === type);
    if (known >= 0 && dice() < 0.5) return `...F${known}${condition(dice)}`;
    const at = fragments.push("") - 1;
    fragments[at] = `fragment F${at} on ${type} ${selection(type, depth - 1)}`;
    return `...F${at}${condition(dice)}`;
  };
  const one = (name: string, depth: number): string => {
    const type = schema.getType(name);
    if (dice() < 0.1) return `${alias(dice)}__typename`;
    const others = isAbstractType(type) ? schema.getPossibleTypes(type).map((possible) => possible.name) : [];
    const narrow = pick(dice, [name, ...others]);
    if (dice() < 0.12 || type === undefined || !("getFields" in type))
      return depth < 1 ? "__typename" : `... on ${narrow}${condition(dice)} ${selection(narrow, depth - 1)}`;
    if (dice() < 0.1 && depth > 0 && fragments.length < 6) return spread(narrow, depth);
    const fields = Object.values(type.getFields()) as GraphQLField<unknown, unknown>[];
    const leaves = fields.filter((field) => !isCompositeType(getNamedType(field.type)));
    const [first, ...more] = depth > 0 ? fields : leaves;
    if (first === undefined || isInputObjectType(type)) return "__typename";
    const field = pick(dice, [first, ...more]);
    const below = getNamedType(field.type);
    const selected = isCompositeType(below) ? ` ${selection(below.name, depth - 1)}` : "";
    return `${alias(dice)}${field.name}${given(field.args, dice)}${condition(dice)}${selected}`;
  };
  const selection = (type: string, depth: number): string =>
    `{ ${Array.from({ length: 1 + Math.floor(dice() * 4) }, () => one(type, depth)).join(" ")} }`;
  const query = `query Q${VARIABLES} ${selection("Query", 4)}`;
  const variables = {
    yes: dice() < 0.5,
    ...(dice() < 0.5 ? { no: dice() < 0.5 } : {}),
    ...(dice() < 0.5 ? { n: pick(dice, [1, null]) } : {}),
    ...(dice() < 0.5 ? { text: "given" } : {}),
    ...(dice() < 0.5 ? { colour: pick(dice, ["RED", "BLUE"]) } : {}),
    ...(dice() < 0.5 ? { filter: { text: "f", inner: { text: "g", tags: ["x"] } } } : {}),
    ...(dice() < 0.95 ? { id: "7" } : {}),
  };
  return { text: [query, ...fragments].join("\n"), variables };
}

const alias = (dice: Dice) => (dice() < 0.25 ? `${pick(dice, ["a", "b", "c", "name"])}: ` : "");

function condition(dice: Dice): string {
  if (dice() < 0.8) return "";
  const conditions = [
    "@skip(if: $yes)",
    "@include(if: $yes)",
    "@skip(if: $no)",
    "@include(if: true)",
    "@skip(if: true)",
  ];
  return ` ${pick(dice, ["@include(if: $no)", ...conditions])}`;
}

function given(args: readonly GraphQLArgument[], dice: Dice): string {
  const taken = args.filter(({ type }) => isNonNullType(type) || dice() < 0.5);
  if (taken.length === 0) return "";
  return `(${taken.map(({ name, type }) => `${name}: ${literal(getNullableType(type), dice)}`).join(", ")})`;
}

function literal(type: GraphQLInputType, dice: Dice): string {
  const variables = { ID: "$id", Int: "$n", String: "$text", Colour: "$colour", Filter: "$filter" };
  if (isListType(type)) return pick(dice, ['["1", $id]', '"one"', "[]"]);
  const { name } = getNamedType(type);
  if (dice() < 0.4) return variables[name as keyof typeof variables];
  const inner = '{ text: "x", tags: ["a"], colour: $colour }';
  const literals = {
    ID: "3",
    Int: "3",
    String: '"x"',
    Colour: "BLUE",
    Filter: `{ text: "y", inner: ${inner} }`,
  };
  return literals[name as keyof typeof literals];
}
