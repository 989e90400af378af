import { type FieldNode, type GraphQLField, valueFromASTUntyped } from "graphql";
import type { FieldCost, ListSize } from "./cost-declaration.ts";
import { INTROSPECTION_COSTS } from "./cost-introspection.ts";
import type { Variables } from "./list-limits.ts";

type Field = GraphQLField<unknown, unknown>;

/** Every page is as long as it is asked to be, or 50 rows. */
const PAGE: ListSize = {
  assumedSize: 50,
  slicingArguments: ["first", "last"],
  sizedFields: ["edges", "nodes"],
};

/** No field takes a larger number: it refuses that itself, with the rule and the path. */
const LARGEST = 100_000;

const known = new WeakMap<Field, FieldCost>();

/** What a field declares to cost. Pages need not declare how long they are. */
export function declaredCost(field: Field): FieldCost {
  const before = known.get(field);
  if (before !== undefined) return before;
  const { cost = INTROSPECTION_COSTS.get(field) ?? {} } = field.extensions as { readonly cost?: FieldCost };
  const isPage = ["first", "last"].every((name) => field.args.some((arg) => arg.name === name));
  const declared = isPage ? { ...cost, listSizes: [PAGE, ...(cost.listSizes ?? [])] } : cost;
  known.set(field, declared);
  return declared;
}

/** How long a list is at most. */
export function lengthOf(
  { assumedSize, slicingArguments = [] }: ListSize,
  field: Field,
  node: FieldNode,
  variables: Variables,
): number | undefined {
  const given = slicingArguments.flatMap((path) => countOf(path, field, node, variables) ?? []);
  return given.length > 0 ? Math.max(...given) : assumedSize;
}

/** The number that an argument is, or of the items that it has; undefined where it is absent, or neither. */
export function countOf(
  path: string,
  { args }: Field,
  { arguments: given = [] }: FieldNode,
  variables: Variables,
): number | undefined {
  const [name, ...within] = path.split(".");
  const written = given.find((argument) => argument.name.value === name);
  let value = written && valueFromASTUntyped(written.value, variables);
  value ??= args.find((arg) => arg.name === name)?.defaultValue;
  for (const key of within) value = memberOf(value, key);
  if (Array.isArray(value)) return value.length;
  if (typeof value === "object" && value !== null) return 1;
  return typeof value === "number" ? Math.min(Math.max(0, value), LARGEST) : undefined;
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Variables)[key]
    : undefined;
}
