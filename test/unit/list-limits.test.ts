import { parse } from "graphql";
import { describe, expect, it } from "vitest";
import { BadUserInputError } from "../../src/errors.ts";
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

describe("an input object with far more fields than its type is refused where it stands:", () => {
  const many = Object.fromEntries(Array.from({ length: 90_000 }, (_, at) => [`k${at}`, 1]));

  it.each<[type: string, value: unknown, path: readonly (string | number)[], most: number]>([
    ["AssetFilter", many, ["v"], 8],
    ["AssetFilter", { tags: many }, ["v", "tags"], 5],
    ["[CreateAssetInput!]!", [{ name: "n" }, many], ["v", 1], 10],
    ["[CreateAssetInput!]!", many, ["v"], 10],
  ])("%s", (type, v, inputPath, most) => {
    const refused = () => check(`query ($v: ${type}) { __typename }`, { v });
    expect(refused).toThrow(BadUserInputError);
    expect(refused).toThrow(
      expect.objectContaining({ inputPath, rule: `must not have more than ${most} fields` }),
    );
  });

  it("unlike what GraphQL tells itself, and JSON, which has any", () => {
    const ask = "query ($v: CreateAssetInput) { __typename }";
    check(ask, { v: { nope: 1 } });
    check(ask, { v: [many, many] });
    check(ask, { v: { name: "n", assetType: "t", properties: many } });
  });
});
