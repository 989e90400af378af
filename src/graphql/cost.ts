import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type FragmentSpreadNode,
  type GraphQLField,
  type GraphQLNamedOutputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  getOperationAST,
  isAbstractType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  valueFromASTUntyped,
} from "graphql";
import { countOf, declaredCost, lengthOf } from "./cost-sizes.ts";
import type { Variables } from "./list-limits.ts";

type Field = GraphQLField<unknown, unknown>;
type Sizes = ReadonlyMap<string, number>;

const META_FIELDS = new Map<string, Field>(
  [SchemaMetaFieldDef, TypeMetaFieldDef, TypeNameMetaFieldDef].map((field) => [field.name, field]),
);
const NO_SIZES: Sizes = new Map();
const MUTATION_WEIGHT = 10;
/** A list that declares nothing: directives, and their arguments. */
const UNDECLARED_SIZE = 10;
/** Selections that are looked at. A document within the limits has some thousands, unless it was made to merge many. */
const MOST_STEPS = 50_000;

/**
 * The most that an operation of a valid document can cost, by its text and its variables alone. Each value that its answer can have counts 1,
 * or its field's weight, times the lengths of the lists that it stands in. What is selected twice counts once, what `@skip`
 * and `@include` leave out not at all. Variables that do not fit count as if they were absent: GraphQL will tell.
 * @returns 0 where there is no such operation; Infinity where counting was given up
 */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Variables,
): number {
  const operation = getOperationAST(document, operationName);
  const type = operation && schema.getRootType(operation.operation);
  if (!operation || !type) return 0;
  const key = countedIn(operation, variables);
  const known = knownCosts.get(operation) ?? new Map<string, number>();
  const before = key === undefined ? undefined : known.get(key);
  if (before !== undefined) return before;
  const measure = new Measure(schema, document, operation, variables);
  const sum = measure.ofSets(type, [operation.selectionSet], NO_SIZES);
  const cost = measure.gaveUp ? Number.POSITIVE_INFINITY : sum;
  if (key !== undefined && known.size < MOST_KNOWN) knownCosts.set(operation, known.set(key, cost));
  return cost;
}

/** What an operation costs with such variables. */
const knownCosts = new WeakMap<OperationDefinitionNode, Map<string, number>>();

/** Of one operation, costs with so many different variables are remembered. */
const MOST_KNOWN = 50;

/** All that counts of an operation's variables: of texts, that they are there. Undefined where there are lists and objects. */
function countedIn({ variableDefinitions = [] }: OperationDefinitionNode, variables: Variables) {
  let counted = "";
  for (const { variable } of variableDefinitions) {
    const { value: name } = variable.name;
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (typeof value === "object" && value !== null) return undefined;
    counted += typeof value === "string" ? "text " : `${value} `;
  }
  return counted;
}

class Measure {
  readonly #schema: GraphQLSchema;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #variables: Record<string, unknown>;
  /** What stands below a field that is selected once: as part of a fragment it may stand in many places. */
  readonly #known = new Map<Field, Map<FieldNode, number>>();
  #steps = 0;

  constructor(
    schema: GraphQLSchema,
    { definitions }: DocumentNode,
    { variableDefinitions = [] }: OperationDefinitionNode,
    variables: Variables,
  ) {
    this.#schema = schema;
    const fragments = definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
    this.#fragments = new Map(fragments.map((each) => [each.name.value, each]));
    // Names are the client's: what every object has, such as `constructor`, is no value of theirs.
    this.#variables = { __proto__: null, ...variables };
    for (const { variable, defaultValue } of variableDefinitions) {
      const { value: name } = variable.name;
      if (defaultValue !== undefined && this.#variables[name] === undefined)
        this.#variables[name] = valueFromASTUntyped(defaultValue);
    }
  }

  get gaveUp(): boolean {
    return this.#steps > MOST_STEPS;
  }

  /** @param sizes how many values the fields of the type have, where their parent says so */
  ofSets(type: GraphQLNamedOutputType, sets: readonly SelectionSetNode[], sizes: Sizes): number {
    if (isAbstractType(type)) {
      const possible = this.#schema.getPossibleTypes(type);
      return Math.max(0, ...possible.map((each) => this.ofSets(each, sets, sizes)));
    }
    if (!isObjectType(type)) return 0;
    const fields = new Map<string, FieldNode[]>();
    const spread = new Set<string>();
    for (const set of sets) this.#collect(type, set, fields, spread);
    if (this.gaveUp) return 0;
    let sum = 0;
    for (const nodes of fields.values()) sum += this.#ofField(type, nodes, sizes);
    return sum;
  }

  /** The fields that a type's object answers, by the name that they have in the answer. */
  #collect(
    type: GraphQLObjectType,
    { selections }: SelectionSetNode,
    fields: Map<string, FieldNode[]>,
    spread: Set<string>,
  ): void {
    for (const selection of selections) {
      this.#steps += 1;
      if (this.gaveUp) return;
      if (this.#isLeftOut(selection)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value;
        const same = fields.get(key);
        if (same === undefined) fields.set(key, [selection]);
        else same.push(selection);
        continue;
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#newly(selection, spread);
      if (fragment !== undefined && this.#holds(fragment.typeCondition?.name.value, type))
        this.#collect(type, fragment.selectionSet, fields, spread);
    }
  }

  #newly({ name: { value } }: FragmentSpreadNode, spread: Set<string>): FragmentDefinitionNode | undefined {
    if (spread.has(value)) return undefined;
    spread.add(value);
    return this.#fragments.get(value);
  }

  #holds(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const wanted = this.#schema.getType(condition);
    return isAbstractType(wanted) && this.#schema.isSubType(wanted, type);
  }

  #isLeftOut({ directives = [] }: SelectionNode): boolean {
    return directives.some(({ name, arguments: [condition] = [] }) => {
      const value = condition && valueFromASTUntyped(condition.value, this.#variables);
      return (name.value === "skip" && value === true) || (name.value === "include" && value === false);
    });
  }

  #ofField(parent: GraphQLObjectType, nodes: readonly FieldNode[], sizes: Sizes): number {
    const [node] = nodes;
    const name = node?.name.value ?? "";
    const field = parent.getFields()[name] ?? META_FIELDS.get(name);
    if (node === undefined || field === undefined) return 0;
    const {
      weight = parent === this.#schema.getMutationType() ? MUTATION_WEIGHT : 1,
      weightPer,
      listSizes = [],
    } = declaredCost(field);
    const of = listSizes.find(({ sizedFields }) => sizedFields === undefined);
    const size = sizes.get(name) ?? (of && lengthOf(of, field, node, this.#variables));
    const times = weightPer === undefined ? 1 : (countOf(weightPer, field, node, this.#variables) ?? 1);
    const value = weight * Math.max(1, times) + this.#below(field, nodes);
    return value * (size ?? (isListType(getNullableType(field.type)) ? UNDECLARED_SIZE : 1));
  }

  /** What each value of a field costs besides its own weight. */
  #below(field: Field, nodes: readonly FieldNode[]): number {
    const [node] = nodes;
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    if (node === undefined || sets.length === 0) return 0;
    const known = this.#known.get(field) ?? new Map<FieldNode, number>();
    this.#known.set(field, known);
    const before = nodes.length === 1 ? known.get(node) : undefined;
    if (before !== undefined) return before;
    const sizes = new Map<string, number>();
    for (const listSize of declaredCost(field).listSizes ?? []) {
      const length = lengthOf(listSize, field, node, this.#variables);
      for (const name of listSize.sizedFields ?? []) if (length !== undefined) sizes.set(name, length);
    }
    const below = this.ofSets(getNamedType(field.type), sets, sizes);
    if (nodes.length === 1) known.set(node, below);
    return below;
  }
}
