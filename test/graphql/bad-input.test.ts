import { describe, expect, it } from "vitest";
import { UNKNOWN_ID } from "../support/factories.ts";
import { prepareApi } from "../support/graphql.ts";
import { createAsset, type MutationName, mutation } from "../support/graphql-operations.ts";

const api = prepareApi();

const NUL = "a\u0000b";
const LONE = "a\ud800b";
const OTHER_ID = "01890000-0000-7000-8000-000000000001";

const UNWELL = "must be well-formed Unicode; it contains a lone surrogate";

type BadMutation = readonly [
  mutation: MutationName,
  what: string,
  input: object,
  inputPath: readonly (string | number)[],
  rule: string,
];

const asset = (fields: object) => ({ name: "good", assetType: "table", ...fields });
const nested = (depth: number): object => (depth === 0 ? {} : { deeper: nested(depth - 1) });

const BAD_MUTATIONS: readonly BadMutation[] = [
  ["createAsset", "an empty name", asset({ name: "" }), ["name"], "must not be blank"],
  ["createAsset", "a blank name", asset({ name: " \t\u2003" }), ["name"], "must not be blank"],
  [
    "createAsset",
    "256 characters",
    asset({ name: "x".repeat(256) }),
    ["name"],
    "must be at most 255 characters",
  ],
  ["createAsset", "a NUL byte", asset({ name: NUL }), ["name"], "must not contain a NUL character"],
  ["createAsset", "a lone surrogate", asset({ name: LONE }), ["name"], UNWELL],
  ["createAsset", "a blank type", asset({ assetType: " " }), ["assetType"], "must not be blank"],
  [
    "createAsset",
    "a long type",
    asset({ assetType: "x".repeat(65) }),
    ["assetType"],
    "must be at most 64 characters",
  ],
  ["createAsset", "a blank owner", asset({ owner: "" }), ["owner"], "must not be blank"],
  [
    "createAsset",
    "a long description",
    asset({ description: "x".repeat(10_001) }),
    ["description"],
    "must be at most 10000 characters",
  ],
  ["createAsset", "tags that repeat", asset({ tags: ["a", "b", "a"] }), ["tags", 2], "must not repeat"],
  ["createAsset", "a blank tag", asset({ tags: ["a", ""] }), ["tags", 1], "must not be blank"],
  ["createAsset", "a NUL in a tag", asset({ tags: [NUL] }), ["tags", 0], "must not contain a NUL character"],
  [
    "createAsset",
    "101 tags",
    asset({ tags: Array.from({ length: 101 }, (_, index) => `t${index}`) }),
    ["tags"],
    "must be at most 100 tags",
  ],
  [
    "createAsset",
    "large properties",
    asset({ properties: { x: "y".repeat(65_536) } }),
    ["properties"],
    "must be at most 65536 bytes of JSON",
  ],
  [
    "createAsset",
    "deep properties",
    asset({ properties: nested(64) }),
    ["properties"],
    "must be nested at most 64 levels deep",
  ],
  [
    "createAsset",
    "a NUL in properties",
    asset({ properties: { list: [{ key: NUL }] } }),
    ["properties"],
    "must not contain a NUL character",
  ],
  ["createAsset", "a lone surrogate as key", asset({ properties: { [LONE]: 1 } }), ["properties"], UNWELL],
  ["updateAsset", "a malformed id", { id: "x", owner: "me" }, ["id"], "must be a UUID"],
  ["updateAsset", "an id with a NUL", { id: NUL, owner: "me" }, ["id"], "must be a UUID"],
  ["updateAsset", "nothing to change", { id: UNKNOWN_ID }, [], "must change at least one field"],
  [
    "updateAsset",
    "a moment before all calendars",
    { id: UNKNOWN_ID, owner: "me", expectedUpdatedAt: "0000-01-01T00:00:00Z" },
    ["expectedUpdatedAt"],
    "must lie in the years 1 to 9999",
  ],
  ["deleteAsset", "a malformed id", { id: "" }, ["id"], "must be a UUID"],
  ["deleteAsset", "an id in braces", { id: `{${UNKNOWN_ID}}` }, ["id"], "must be a UUID"],
  [
    "upsertAssets",
    "a blank name",
    { assets: [asset({}), asset({ name: " " })] },
    ["assets", 1, "name"],
    "must not be blank",
  ],
  ["createWorkflow", "a blank name", { name: " " }, ["name"], "must not be blank"],
  [
    "createWorkflow",
    "256 characters",
    { name: "😀".repeat(256) },
    ["name"],
    "must be at most 255 characters",
  ],
  ["createWorkflow", "a NUL byte", { name: NUL }, ["name"], "must not contain a NUL character"],
  ["createWorkflow", "a lone surrogate", { name: LONE }, ["name"], UNWELL],
  ["createWorkflow", "tags that repeat", { name: "w", tags: ["a", "a"] }, ["tags", 1], "must not repeat"],
  [
    "createWorkflow",
    "a malformed asset id",
    { name: "w", assets: [{ assetId: "x", role: "INPUT" }] },
    ["assets", 0, "assetId"],
    "must be a UUID",
  ],
  [
    "createWorkflow",
    "1,001 assets",
    { name: "w", assets: Array.from({ length: 1001 }, () => ({ assetId: UNKNOWN_ID, role: "INPUT" })) },
    ["assets"],
    "must have at most 1000 items",
  ],
  ["createWorkflowVersion", "a blank name", { name: "" }, ["name"], "must not be blank"],
  ["updateWorkflow", "a malformed id", { id: "1", owner: "me" }, ["id"], "must be a UUID"],
  ["updateWorkflow", "nothing to change", { id: UNKNOWN_ID }, [], "must change at least one field"],
  ["deleteWorkflow", "a malformed id", { id: "1" }, ["id"], "must be a UUID"],
  ["createExecution", "a malformed id", { workflowId: "1" }, ["workflowId"], "must be a UUID"],
  [
    "createExecution",
    "a NUL in the key",
    { workflowId: UNKNOWN_ID, idempotencyKey: NUL },
    ["idempotencyKey"],
    "must not contain a NUL character",
  ],
  ["updateExecution", "a malformed id", { id: "1", state: "RUNNING" }, ["id"], "must be a UUID"],
  [
    "updateExecution",
    "a long error message",
    { id: UNKNOWN_ID, errorMessage: "x".repeat(10_001) },
    ["errorMessage"],
    "must be at most 10000 characters",
  ],
  [
    "updateExecution",
    "a moment before all calendars",
    { id: UNKNOWN_ID, startedAt: "0000-12-31T23:59:59Z" },
    ["startedAt"],
    "must lie in the years 1 to 9999",
  ],
  ["deleteExecution", "a malformed id", { id: "1" }, ["id"], "must be a UUID"],
  [
    "createAssetDependency",
    "a malformed id",
    { upstreamAssetId: "x", downstreamAssetId: UNKNOWN_ID, dependencyType: "DATA" },
    ["upstreamAssetId"],
    "must be a UUID",
  ],
  [
    "createAssetDependencies",
    "one twice",
    {
      dependencies: [1, 2].map(() => ({
        upstreamAssetId: UNKNOWN_ID,
        downstreamAssetId: OTHER_ID,
        dependencyType: "DATA",
      })),
    },
    ["dependencies", 1],
    "must not repeat",
  ],
  ["deleteAssetDependency", "a malformed id", { id: "1" }, ["id"], "must be a UUID"],
];

const shown = (path: readonly (string | number)[]) =>
  path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`))
    .join("")
    .replace(/^\./, "");

describe("a value that breaks a rule is refused with the field, the rule and the input path:", () => {
  it.each(BAD_MUTATIONS)("%s with %s", async (name, _, input, path, rule) => {
    const tenant = api.newTenant();
    const answer = await tenant.send(mutation(name), { input });
    const inputPath = ["input", ...path];
    expect(answer).toMatchObject({ status: 200, data: null });
    expect(answer.errors).toEqual([
      {
        message: `${shown(inputPath)} ${rule}`,
        path: [name],
        locations: [expect.anything()],
        extensions: { code: "BAD_USER_INPUT", inputPath },
      },
    ]);
  });

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

  const cursor = (...parts: readonly unknown[]) => Buffer.from(JSON.stringify(parts)).toString("base64url");

  it.each([
    ["of another order", cursor("name:asc", "a", UNKNOWN_ID), "after is a cursor of another order"],
    ["with no moment", cursor("createdAt:desc", "now", UNKNOWN_ID)],
    ["with a day that no month has", cursor("createdAt:desc", "2024-02-30T00:00:00.000Z", UNKNOWN_ID)],
    ["with a year before all calendars", cursor("createdAt:desc", "0000-01-01T00:00:00.000Z", UNKNOWN_ID)],
    ["with no id", cursor("createdAt:desc", "2024-02-03T00:00:00.000Z", "x")],
    ["with more than it needs", cursor("createdAt:desc", "2024-02-03T00:00:00.000Z", UNKNOWN_ID, 1)],
    ["with SQL", cursor("createdAt:desc", "2024-02-03T00:00:00.000Z'; SELECT 1 --", UNKNOWN_ID)],
  ])("a made-up cursor %s", async (_, after, message = "after is not a cursor of this connection") => {
    const error = await api
      .newTenant()
      .refusal("query ($after: String) { assets(after: $after) { nodes { id } } }", { after });
    expect(error).toMatchObject({
      message,
      path: ["assets"],
      extensions: { code: "BAD_USER_INPUT", inputPath: ["after"] },
    });
  });

  it("a made-up cursor with a NUL in a name", async () => {
    const error = await api
      .newTenant()
      .refusal(
        "query ($after: String) { assets(after: $after, orderBy: { field: NAME, direction: ASC }) { totalCount } }",
        { after: cursor("name:asc", NUL, UNKNOWN_ID) },
      );
    expect(error.message).toBe("after is not a cursor of this connection");
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
        downstreamAssetId: OTHER_ID,
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
      /at "input\.properties"; JSONObject cannot represent non-object value/,
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

it("the longest values that are allowed are stored", async () => {
  const fields = {
    name: "😀".repeat(255),
    assetType: "é".repeat(64),
    owner: "o".repeat(255),
    description: "d".repeat(10_000),
    tags: Array.from({ length: 100 }, (_, index) => `${String(index).padStart(3, "0")}${"😀".repeat(125)}`),
    properties: { x: "y".repeat(65_536 - '{"x":""}'.length) },
  };
  expect(await createAsset(api.newTenant(), fields)).toMatchObject(fields);
});
