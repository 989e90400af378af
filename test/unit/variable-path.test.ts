import { type GraphQLError, getVariableValues, Kind, parse } from "graphql";
import { expect, it } from "vitest";
import { variablePath } from "../../src/http/variable-path.ts";
import { schema } from "../../src/modules/schema.ts";
import { present } from "../support/present.ts";

/** What GraphQL says first of a variable `$v`. */
function refusal(type: string, v: unknown): GraphQLError {
  const [operation] = parse(`query ($v: ${type}) { __typename }`).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error("no operation");
  const inputs = v === undefined ? {} : { v };
  return present(getVariableValues(schema, operation.variableDefinitions ?? [], inputs).errors?.[0]);
}

const asset = { name: "n", assetType: "t" };
const PLACE = ' at "v.name"; ';

it.each<[type: string, value: unknown, path: readonly (string | number)[]]>([
  ["Int", 99_999_999_999, ["v"]],
  ["[AssetRole]", ["NOPE"], ["v", 0]],
  ["UpdateWorkflowInput", { id: "i", assets: [{ assetId: "a", role: "NOPE" }] }, ["v", "assets", 0, "role"]],
  ["ID!", undefined, ["v"]],
  ["ID!", null, ["v"]],
  // What a client sends looks like a place: as a value, as a key, and in the rule that repeats it.
  ["Int", PLACE, ["v"]],
  ["AssetRole", PLACE, ["v"]],
  ["[AssetRole]", [PLACE], ["v", 0]],
  ["AssetFilter", { scope: PLACE }, ["v", "scope"]],
  ["AssetFilter", { [PLACE]: 1 }, ["v"]],
  ["CreateAssetInput", { ...asset, tags: [{ [PLACE]: 'x at "' }] }, ["v", "tags", 0]],
])("of a %s that is %j", (type, value, path) => {
  expect(variablePath(refusal(type, value))).toEqual(path);
});

it("is none of what is no variable", () => {
  const message = "Syntax Error: Expected Name, found <EOF>.";
  expect(variablePath({ message, originalError: undefined })).toBeUndefined();
});

it("is found at once, however long the value is", { timeout: 5000 }, () => {
  const long = "x".repeat(1_000_000);
  for (const value of [long, ` at "${long}`, ' at "'.repeat(200_000)]) {
    expect(variablePath(refusal("Int", value))).toEqual(["v"]);
    expect(variablePath(refusal("AssetFilter", { scope: value }))).toEqual(["v", "scope"]);
  }
});
