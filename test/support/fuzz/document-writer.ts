import fc from "fast-check";
import {
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isUnionType,
  parseType,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  typeFromAST,
} from "graphql";
import { schema } from "../../../src/modules/schema.ts";
import { present } from "../present.ts";
import { fitting, hintOf, MOSTLY_PLAIN } from "./values.ts";

/** What a client asks, as it stands in a body. */
export interface Operation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
}

const MAX_DEPTH = 4;
const SIDES = 2 ** 20;
// One die for all: fast-check looks each call's arguments up in a list. Biased, all that is rare would come at once.
const throwDie = () => fc.noBias(fc.nat({ max: SIDES - 1 }));
/** Types whose fields may have other types in the same place. Entities agree in nearly all that they share. */
const MEMBERS = new Set(
  Object.values(schema.getTypeMap())
    .filter(isUnionType)
    .filter(({ name }) => name !== "_Entity")
    .flatMap((union) => union.getTypes()),
);
const PAGE_EDGES = ["last", "after", "before"];

type Field = GraphQLField<unknown, unknown>;

/** Values by the name of their type, which the generator can tell apart when it shrinks. */
function valuesOf(type: string, hint: string): fc.Arbitrary<unknown> {
  const parsed = typeFromAST(schema, parseType(type));
  if (!isInputType(parsed)) throw new Error(`${type} is no input`);
  return fitting(parsed, hint, MOSTLY_PLAIN);
}

/** Writes documents that the schema takes, of all that its types have. */
export class DocumentWriter {
  readonly #pick: fc.GeneratorValue;
  readonly #variables: { readonly name: string; readonly type: string }[] = [];
  readonly #values: Record<string, unknown> = {};
  readonly #fragments: { readonly name: string; readonly on: string; readonly text: string }[] = [];
  #made = 0;

  constructor(pick: fc.GeneratorValue) {
    this.#pick = pick;
  }

  write(): Operation {
    const asked = this.#operation();
    if (!this.chance(12)) {
      const named = this.chance(50) ? { operationName: "Asked" } : {};
      return { query: asked, variables: this.#values, ...named };
    }
    // What defines the other operation's variables and fragments is not this one's.
    const other = new DocumentWriter(this.#pick).#operation("Other");
    const query = this.chance(50) ? `${asked}\n${other}` : `${other}\n${asked}`;
    return { query, variables: this.#values, operationName: "Asked" };
  }

  /** True so many times of a hundred; false where it can be, when a failure is made small. */
  chance(percent: number): boolean {
    return this.below(100) >= 100 - percent;
  }

  /** A number from 0 to one less. */
  below(end: number): number {
    return Math.floor((this.#pick(throwDie) / SIDES) * end);
  }

  oneOf<T>(all: readonly T[]): T {
    return present(all[this.below(all.length)]);
  }

  #operation(name = "Asked"): string {
    const [kind, root] = this.chance(30)
      ? (["mutation", schema.getMutationType()] as const)
      : (["query", schema.getQueryType()] as const);
    const selection = this.#selection(present(root), MAX_DEPTH, name);
    const variables = this.#variables.map((each) => `$${each.name}: ${each.type}`).join(", ");
    const head = `${kind} ${name}${variables === "" ? "" : `(${variables})`}`;
    return [`${head} ${selection}`, ...this.#fragments.map(({ text }) => text)].join("\n");
  }

  #selection(parent: GraphQLCompositeType, depth: number, prefix: string): string {
    const parts = Array.from({ length: 1 + this.below(3) }, () => this.#part(parent, depth, prefix));
    return `{ ${parts.join(" ")} }`;
  }

  #part(parent: GraphQLCompositeType, depth: number, prefix: string): string {
    if (isUnionType(parent)) {
      const member = this.oneOf(parent.getTypes());
      return `... on ${member.name}${this.#directive()} ${this.#selection(member, depth, prefix)}`;
    }
    if (depth > 0 && this.chance(8)) {
      const condition = this.chance(50) ? ` on ${parent.name}` : "";
      return `...${condition}${this.#directive()} ${this.#selection(parent, depth - 1, prefix)}`;
    }
    if (depth > 0 && this.chance(8)) return `...${this.#fragment(parent, depth, prefix)}${this.#directive()}`;
    return this.#field(present("getFields" in parent ? parent : undefined), depth, prefix);
  }

  /** A fragment that is there already or a new one: none is spread before it is complete, so that there is no cycle. */
  #fragment(parent: GraphQLCompositeType, depth: number, prefix: string): string {
    const known = this.#fragments.filter(({ on }) => on === parent.name);
    if (known.length > 0 && this.chance(50)) return this.oneOf(known).name;
    const name = this.#name(`${prefix}Part`);
    const text = `fragment ${name} on ${parent.name} ${this.#selection(parent, depth - 1, prefix)}`;
    this.#fragments.push({ name, on: parent.name, text });
    return name;
  }

  #field(parent: Pick<GraphQLObjectType, "name" | "getFields">, depth: number, prefix: string): string {
    const field = this.#chooseField(parent, depth);
    const given = field.args.filter((argument) => this.#wants(argument));
    const named = given.map((argument) => {
      const value = this.#value(argument.type, hintOf(field.name, argument.name));
      return `${argument.name}: ${value}`;
    });
    const type = getNamedType(field.type);
    // One answer's name must not stand for two things.
    const mustAlias = named.length > 0 || MEMBERS.has(parent as GraphQLObjectType);
    const alias = mustAlias || this.chance(15) ? `${this.#name("a")}: ` : "";
    const passed = named.length > 0 ? `(${named.join(", ")})` : "";
    const selection = isCompositeType(type) ? ` ${this.#selection(type, depth - 1, prefix)}` : "";
    return `${alias}${field.name}${passed}${this.#directive()}${selection}`;
  }

  #chooseField(parent: Pick<GraphQLObjectType, "name" | "getFields">, depth: number): Field {
    const isQuery = parent.name === "Query";
    if (isQuery && this.chance(4)) return this.oneOf([SchemaMetaFieldDef, TypeMetaFieldDef]);
    const fields = Object.values(parent.getFields());
    const inner = fields.filter(({ type }) => isCompositeType(getNamedType(type)));
    const leaves = fields.filter((field) => !inner.includes(field));
    // Each level of a type of the type system lists many more.
    const mayDescend = depth > (parent.name.startsWith("__") ? MAX_DEPTH - 2 : 0) && inner.length > 0;
    if (mayDescend && (leaves.length === 0 || this.chance(50))) return this.oneOf(inner);
    return this.oneOf([...leaves, TypeNameMetaFieldDef]);
  }

  #wants(argument: GraphQLArgument): boolean {
    if (isRequiredArgument(argument)) return true;
    if (argument.name === "first") return this.chance(80);
    return this.chance(PAGE_EDGES.includes(argument.name) ? 4 : 20);
  }

  /** A literal or a variable, and in an object or a list both. */
  #value(type: GraphQLInputType, hint: string, mayBeVariable = true): string {
    if (mayBeVariable && this.chance(25)) return this.#variable(type, hint);
    if (isNonNullType(type)) return this.#value(type.ofType, hint, false);
    if (isListType(type)) {
      const length = this.below(4);
      return `[${Array.from({ length }, () => this.#value(type.ofType, hint)).join(", ")}]`;
    }
    if (isEnumType(type)) return this.oneOf(type.getValues()).name;
    if (!isInputObjectType(type)) return this.#literal(this.#pick(valuesOf, type.name, hint));
    const fields = Object.values(type.getFields());
    const given = type.isOneOf
      ? [this.oneOf(fields)]
      : fields.filter((field) => isNonNullType(field.type) || this.chance(30));
    const named = given.map((field) => {
      const inner = this.#value(field.type, hintOf(hint, field.name), !type.isOneOf);
      return `${field.name}: ${inner}`;
    });
    return `{${named.join(", ")}}`;
  }

  #variable(type: GraphQLInputType, hint: string): string {
    const name = this.#name("v");
    this.#variables.push({ name, type: String(type) });
    this.#values[name] = this.#pick(valuesOf, String(type), hint);
    return `$${name}`;
  }

  #literal(value: unknown): string {
    if (typeof value === "string" && !/["\\]|[^ -~]/.test(value) && this.chance(10)) return `"""${value}"""`;
    if (Array.isArray(value)) return `[${value.map((item) => this.#literal(item)).join(", ")}]`;
    if (typeof value !== "object" || value === null) return JSON.stringify(value);
    const named = Object.entries(value).filter(([key]) => /^[_A-Za-z]\w*$/.test(key));
    return `{${named.map(([key, item]) => `${key}: ${this.#literal(item)}`).join(", ")}}`;
  }

  #directive(): string {
    if (!this.chance(6)) return "";
    const condition = this.chance(50) ? this.#variable(BOOLEAN, "if") : String(this.chance(50));
    return ` @${this.oneOf(["skip", "include"])}(if: ${condition})`;
  }

  #name(prefix: string): string {
    this.#made += 1;
    return `${prefix}${this.#made}`;
  }
}

const BOOLEAN = present(schema.getDirective("skip")?.args[0]).type;
