import { parse } from "graphql";
import { expect, it } from "vitest";
import { checkLists, type Variables } from "../../src/graphql/list-limits.ts";
import { LIMIT_DEFAULTS } from "../../src/limits.ts";
import { schema } from "../../src/modules/schema.ts";

function check(document: string, variables: Variables, operationName?: string): void {
  checkLists(schema, parse(document), operationName, variables, LIMIT_DEFAULTS);
}

it("the variables of that operation are looked at that is executed, and no others", () => {
  const document =
    "query A($a: [String!]) { __typename } query B($b: [ID!]) { __typename } query C { __typename }";
  const variables = { a: Array(10_001).fill("x"), b: Array(101).fill("x") };
  expect(() => check(document, variables, "A")).toThrow("MAX_LIST_ITEMS");
  expect(() => check(document, variables, "B")).toThrow("MAX_IDS_PER_LOOKUP");
  for (const name of ["C", "D", undefined]) check(document, variables, name);
});
