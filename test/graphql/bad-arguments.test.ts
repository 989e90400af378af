import { describe, expect, it } from "vitest";
import { UNKNOWN_ID } from "../support/factories.ts";
import { type Client, prepareApi } from "../support/graphql.ts";
import { createAsset, createWorkflow, type MutationName, mutation } from "../support/graphql-operations.ts";

const api = prepareApi();

const asset = (fields: object) => ({ name: "good", assetType: "table", ...fields });
const nestedList = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));

describe("an argument that breaks a rule is refused with its name, the rule and the input path:", () => {
  it.each([
    ['asset(id: "x") { id }', "id must be a UUID"],
    ['asset(id: "01890000-0000-7000-8000-00000000000") { id }', "id must be a UUID"],
    ['workflow(id: "x") { id }', "id must be a UUID"],
    ["execution(id: 7) { id }", "id must be a UUID"],
    ['lineage(assetId: "") { nodeCount }', "assetId must be a UUID"],
    ['assetByName(name: " ") { id }', "name must not be blank"],
    ['assetByName(name: "a\\u0000") { id }', "name must not contain a NUL character"],
    [`assetByName(name: "${"x".repeat(256)}") { id }`, "name must be at most 255 characters"],
    ['workflowByName(name: "") { id }', "name must not be blank"],
    ['workflowByName(name: "w", version: 0) { id }', "version must be at least 1"],
    ["assets(first: 0) { nodes { id } }", "first must be a whole number from 1 to 1000"],
    ["assets(first: -1) { nodes { id } }", "first must be a whole number from 1 to 1000"],
    ["assets(first: 1001) { nodes { id } }", "first must be a whole number from 1 to 1000"],
    ["assets(last: 0) { nodes { id } }", "last must be a whole number from 1 to 1000"],
    ["workflows(last: 1001) { nodes { id } }", "last must be a whole number from 1 to 1000"],
    ["executions(first: 1, last: 1) { nodes { id } }", "last must not be given together with first"],
    ['assets(after: "") { nodes { id } }', "after is not a cursor of this connection"],
    ['assets(after: "unknown") { nodes { id } }', "after is not a cursor of this connection"],
    ['workflows(before: "bnVsbA") { nodes { id } }', "before is not a cursor of this connection"],
  ])("{ %s }", async (field, message) => {
    const answer = await api.newTenant().send(`{ ${field} }`);
    const [inputPath = ""] = message.split(" ");
    expect(answer.status).toBe(200);
    expect(answer.errors).toMatchObject([
      {
        message,
        path: [/^\w+/.exec(field)?.[0]],
        extensions: { code: "BAD_USER_INPUT", inputPath: [inputPath] },
      },
    ]);
  });
});

describe("a cursor is refused", () => {
  const refusalOf = (client: Client, after: string, orderBy?: object) =>
    client.refusal(
      "query ($after: String, $orderBy: AssetOrder) { assets(after: $after, orderBy: $orderBy) { totalCount } }",
      { after, orderBy },
    );

  /** A cursor that was given, with its last parts, a key and an id, replaced. */
  const forged = (cursor: string, ...end: readonly unknown[]) => {
    const parts: unknown[] = JSON.parse(Buffer.from(cursor, "base64url").toString());
    const made = [...parts.slice(0, -2), ...end];
    return Buffer.from(JSON.stringify(made)).toString("base64url");
  };

  const cursorOf = async (client: Client, connection: string) => {
    const data = await client.query<{ page: { pageInfo: { endCursor: string } } }>(
      `{ page: ${connection} { pageInfo { endCursor } } }`,
    );
    return data.page.pageInfo.endCursor;
  };

  it.each([
    ["with no moment", ["now", UNKNOWN_ID]],
    ["with a day that no month has", ["2024-02-30T00:00:00.000Z", UNKNOWN_ID]],
    ["with a year before all calendars", ["0000-01-01T00:00:00.000Z", UNKNOWN_ID]],
    ["with no id", ["2024-02-03T00:00:00.000Z", "x"]],
    ["with less than it needs", ["2024-02-03T00:00:00.000Z"]],
    ["with more than it needs", ["2024-02-03T00:00:00.000Z", UNKNOWN_ID, 1]],
    ["with SQL", ["2024-02-03T00:00:00.000Z'; SELECT 1 --", UNKNOWN_ID]],
  ])("%s", async (_, end) => {
    const tenant = api.newTenant();
    await createAsset(tenant);
    const cursor = await cursorOf(tenant, "assets");
    expect(await refusalOf(tenant, forged(cursor, ...end))).toMatchObject({
      message: "after is not a cursor of this connection",
      path: ["assets"],
      extensions: { code: "BAD_USER_INPUT", inputPath: ["after"] },
    });
  });

  it("with a NUL in a name", async () => {
    const tenant = api.newTenant();
    await createAsset(tenant);
    const byName = { field: "NAME", direction: "ASC" };
    const cursor = await cursorOf(tenant, "assets(orderBy: { field: NAME, direction: ASC })");
    const error = await refusalOf(tenant, forged(cursor, "a\u0000b", UNKNOWN_ID), byName);
    expect(error.message).toBe("after is not a cursor of this connection");
  });

  it("of another order or of another connection", async () => {
    const tenant = api.newTenant();
    await createAsset(tenant);
    await createWorkflow(tenant);
    const byName = await cursorOf(tenant, "assets(orderBy: { field: NAME, direction: DESC })");
    expect((await refusalOf(tenant, byName)).message).toBe("after is a cursor of another order");
    const ofWorkflow = await cursorOf(tenant, "workflows");
    expect((await refusalOf(tenant, ofWorkflow)).message).toBe("after is not a cursor of this connection");
  });
});

describe("a value that does not fit the schema is refused before execution, and named:", () => {
  const inVariable = (name: MutationName, input: object) => ({
    document: mutation(name),
    variables: { input },
  });
  const page = { document: "query ($first: Int) { assets(first: $first) { totalCount } }" };
  it.each([
    ["an overflow", { ...page, variables: { first: 2_147_483_648 } }, /"\$first".*non 32-bit signed integer/],
    ["half a number", { ...page, variables: { first: 1.5 } }, /"\$first".*non-integer/],
    ["a number as text", { ...page, variables: { first: "1" } }, /"\$first".*non-integer/],
    [
      "an overflow in the document",
      { document: "{ assets(first: 99999999999) { totalCount } }" },
      /non 32-bit signed integer value: 99999999999/,
    ],
    [
      "a version that overflows",
      { document: '{ workflowByName(name: "w", version: 2147483648) { id } }' },
      /non 32-bit signed integer value: 2147483648/,
    ],
    [
      "an unknown state",
      inVariable("updateExecution", { id: UNKNOWN_ID, state: "DONE" }),
      /at "input\.state"; Value "DONE" does not exist in "ExecutionState" enum/,
    ],
    [
      "an unknown state in a filter",
      { document: "{ executions(filter: { states: [PENDING, DONE] }) { totalCount } }" },
      /Value "DONE" does not exist in "ExecutionState" enum/,
    ],
    [
      "an unknown type",
      inVariable("createAssetDependency", {
        upstreamAssetId: UNKNOWN_ID,
        downstreamAssetId: UNKNOWN_ID,
        dependencyType: "data",
      }),
      /at "input\.dependencyType".*"DependencyType" enum/,
    ],
    ["an unknown field", inVariable("createAsset", asset({ nam: 1 })), /Field "nam" is not defined/],
    [
      "a field that is missing",
      inVariable("createAsset", { name: "x" }),
      /Field "assetType" .* was not provided/,
    ],
    [
      "null for what is needed",
      inVariable("createAsset", asset({ name: null })),
      /at "input\.name".* not to be null/,
    ],
    [
      "a number for a text",
      inVariable("createAsset", asset({ name: 7 })),
      /at "input\.name".*non string value/,
    ],
    [
      "a moment that is none",
      inVariable("updateAsset", { id: UNKNOWN_ID, expectedUpdatedAt: "yesterday" }),
      /at "input\.expectedUpdatedAt"; DateTime cannot represent/,
    ],
    [
      "properties that are no object",
      inVariable("createAsset", asset({ properties: [1] })),
      /at "input\.properties"; JSONObject cannot represent a value that is no object\.$/,
    ],
    [
      "properties that no text can be made of",
      inVariable("createAsset", asset({ properties: [{ toString: 1 }] })),
      /at "input\.properties"; JSONObject cannot represent a value that is no object\.$/,
    ],
    [
      "properties that nest too deep to be told",
      inVariable("createAsset", asset({ properties: nestedList(4000) })),
      /at "input\.properties"; JSONObject cannot represent a value that is no object\.$/,
    ],
    [
      "a moment that nests too deep to be told",
      inVariable("updateAsset", { id: UNKNOWN_ID, expectedUpdatedAt: nestedList(4000) }),
      /at "input\.expectedUpdatedAt"; DateTime cannot represent a value that is no text\.$/,
    ],
    ["an id of its own", inVariable("createAsset", asset({ id: UNKNOWN_ID })), /Field "id" is not defined/],
  ])("%s", async (_, { document, ...rest }, message) => {
    const tenant = api.newTenant();
    const variables = "variables" in rest ? rest.variables : {};
    for (const [accept, status] of [
      ["application/json", 200],
      ["application/graphql-response+json", 400],
    ] as const) {
      const answer = await tenant.send(document, variables, { headers: { accept } });
      expect(answer.errors.map((error) => error.extensions.code)).toEqual(["BAD_USER_INPUT"]);
      expect(answer.errors[0]?.message).toMatch(message);
      expect(answer).toMatchObject({ status, data: undefined });
    }
  });
});
