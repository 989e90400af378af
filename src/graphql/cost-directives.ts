import {
  type FieldNode,
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  getNullableType,
  isObjectType,
  Kind,
} from "graphql";
import type { ListSize } from "./cost-declaration.ts";
import { countOf, declaredCost, lengthOf } from "./cost-sizes.ts";

type Field = GraphQLField<unknown, unknown>;

/** What a field costs, in the directives of Apollo's demand control, each with its arguments. */
export interface CostDirectives {
  readonly cost?: { readonly weight: number };
  readonly listSize?: {
    readonly assumedSize?: number;
    readonly slicingArguments?: readonly string[];
    /** Always false: one argument may be absent, and of two both may be given. */
    readonly requireOneSlicingArgument?: boolean;
    readonly sizedFields?: readonly string[];
  };
}

/** A field that is given no arguments: they are what they are by default. */
const BARE: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: "" } };

/**
 * What gateways are told of the costs that fields declare. They understand less: a weight does not depend on an argument, so
 * it is told for what that is by default; a field has one `@listSize`, of numbers and not of lists, so what it cannot tell of
 * the fields below is told there, as they are by default.
 */
export function costDirectives(types: readonly GraphQLObjectType[]): ReadonlyMap<Field, CostDirectives> {
  const fields = types.flatMap((type) => Object.values(type.getFields()));
  const below = new Map(fields.flatMap(sizesBelow));
  return new Map(
    fields.map((field) => [field, { ...listSizeOf(below.get(field)), ...costOf(field), ...sizeOf(field) }]),
  );
}

function costOf(field: Field): CostDirectives {
  const { weight, weightPer } = declaredCost(field);
  if (weight === undefined) return {};
  const times = weightPer === undefined ? 1 : (countOf(weightPer, field, BARE, {}) ?? 1);
  return { cost: { weight: weight * times } };
}

/** The one length that a field tells: its own, or the first of those below it. */
function toldSize(field: Field): ListSize | undefined {
  const { listSizes = [] } = declaredCost(field);
  return listSizes.find(({ sizedFields }) => sizedFields === undefined) ?? listSizes[0];
}

function sizeOf(field: Field): CostDirectives {
  const { assumedSize, slicingArguments = [], sizedFields } = toldSize(field) ?? {};
  const numbers = slicingArguments.filter((path) => isNumber(field, path));
  if (numbers.length === 0) return listSizeOf(assumedSize);
  return {
    listSize: {
      ...listSizeOf(assumedSize).listSize,
      slicingArguments: numbers,
      requireOneSlicingArgument: false,
      ...(sizedFields === undefined ? {} : { sizedFields }),
    },
  };
}

function listSizeOf(assumedSize: number | undefined): CostDirectives {
  return assumedSize === undefined ? {} : { listSize: { assumedSize } };
}

/** How long the fields below a field are by default, as far as it does not tell that itself. */
function sizesBelow(field: Field): [Field, number][] {
  const object = getNamedType(field.type);
  const untold = (declaredCost(field).listSizes ?? []).filter((size) => size !== toldSize(field));
  return untold.flatMap((size) => {
    const length = lengthOf(size, field, BARE, {});
    return (size.sizedFields ?? []).flatMap((name): [Field, number][] => {
      const sized = isObjectType(object) ? object.getFields()[name] : undefined;
      return sized === undefined || length === undefined ? [] : [[sized, length]];
    });
  });
}

function isNumber({ args }: Field, path: string): boolean {
  return args.some(({ name, type }) => name === path && String(getNullableType(type)) === "Int");
}
