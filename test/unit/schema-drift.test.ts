import { readFileSync } from "node:fs";
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from "graphql";
import { describe, expect, test } from "vitest";
import { printSortedSchema } from "../../src/graphql/print-schema.ts";
import { printSubgraph } from "../../src/graphql/print-subgraph.ts";
import { schema } from "../../src/modules/schema.ts";
import { API_CONTRACT, findBreaches } from "../support/api-contract.ts";

interface Described {
  readonly description?: string | null | undefined;
}

test.each([
  ["schema.graphql", printSortedSchema],
  ["subgraph.graphql", printSubgraph],
])("%s is the schema of the code", (name, print) => {
  expect(print(schema)).toBe(readFileSync(new URL(`../../${name}`, import.meta.url), "utf8"));
});

describe("descriptions", () => {
  test("everything in the schema has one", () => {
    expect(findUndescribed(schema)).toEqual([]);
  });

  test("what has none is found: types, fields, arguments, input fields and enum values", () => {
    const bare = buildSchema('"d" type Query { a(b: I, c: E): S } input I { f: Int } enum E { V } scalar S');
    expect(findUndescribed(bare)).toEqual([
      "Query.a",
      "Query.a(b)",
      "Query.a(c)",
      "I",
      "I.f",
      "E",
      "E.V",
      "S",
    ]);
  });
});

describe("the contract of the API", () => {
  test("the schema keeps it", () => {
    expect(findBreaches(schema, API_CONTRACT)).toEqual([]);
  });

  test.each([
    ["a missing type", "type B { c: Int }", "B: no such type"],
    ["a missing field", "type Query { b: Int }", "Query.b: missing"],
    ["another nullability", "type Query { a: Int }", "Query.a: Int!, not Int"],
    ["a missing argument", "type Query { a(x: Int): Int! }", "Query.a(x): missing"],
    ["another type of an argument", "type Query { f(x: ID!): Int }", "Query.f(x): Int!, not ID!"],
    ["a lost default", "type Query { f(x: Int! = 1): Int }", "Query.f(x): default"],
    [
      "an argument that must be given",
      "type Query { f: Int }",
      "Query.f(x): required, but not in the contract",
    ],
    ["an input field that must be given", "input I { b: Int }", "I(a): required, but not in the contract"],
    ["another enum value", "enum E { V }", "E: V W"],
  ])("%s is a breach", (_, contract, breach) => {
    const changed = buildSchema(
      "type Query { a: Int!, f(x: Int!): Int, e: E } input I { a: Int!, b: Int } enum E { V W }",
    );
    expect(findBreaches(changed, contract)).toEqual([breach]);
  });

  test("what the schema has beyond it is none", () => {
    const grown = buildSchema("type Query { a(x: Int, y: Int! = 1): Int!, b: Int }");
    expect(findBreaches(grown, "type Query { a: Int! }")).toEqual([]);
  });
});

/** Where a description is missing, as in `Query.assets(first)`. */
function findUndescribed(examined: GraphQLSchema): string[] {
  return Object.values(examined.getTypeMap())
    .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
    .flatMap((type) => [[type.name, type] as const, ...membersOf(type)])
    .filter(([, { description }]) => !description)
    .map(([path]) => path);
}

function membersOf(type: GraphQLNamedType): (readonly [string, Described])[] {
  if (isEnumType(type)) return type.getValues().map((value) => [`${type.name}.${value.name}`, value]);
  if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) => {
    const path = `${type.name}.${field.name}`;
    const args: readonly GraphQLArgument[] = "args" in field ? field.args : [];
    return [[path, field] as const, ...args.map((arg) => [`${path}(${arg.name})`, arg] as const)];
  });
}
