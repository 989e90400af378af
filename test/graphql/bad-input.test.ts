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
const edge = { upstreamAssetId: UNKNOWN_ID, downstreamAssetId: OTHER_ID, dependencyType: "DATA" };
const data = (assetId: string) => ({ assetId, dependencyType: "DATA" });
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
  ...(
    [
      ["a blank source", " ", "must not be blank"],
      ["256 characters of a source", "x".repeat(256), "must be at most 255 characters"],
      ["a NUL in a source", NUL, "must not contain a NUL character"],
      ["a lone surrogate in a source", LONE, UNWELL],
    ] as const
  ).flatMap(([what, source, rule]): BadMutation[] => [
    ["createAssetDependency", what, { ...edge, source }, ["source"], rule],
    [
      "createAssetDependencies",
      what,
      { dependencies: [{ ...edge, source }] },
      ["dependencies", 0, "source"],
      rule,
    ],
    ["deleteAssetDependency", what, { id: UNKNOWN_ID, source }, ["source"], rule],
    ["replaceUpstreams", what, { assetId: UNKNOWN_ID, upstream: [], source }, ["source"], rule],
  ]),
  ["deleteAssetDependency", "a malformed id", { id: "1" }, ["id"], "must be a UUID"],
  ["replaceUpstreams", "a malformed id", { assetId: "1", upstream: [] }, ["assetId"], "must be a UUID"],
  [
    "replaceUpstreams",
    "a malformed id among the upstreams",
    { assetId: UNKNOWN_ID, upstream: [data(OTHER_ID), data("x")] },
    ["upstream", 1, "assetId"],
    "must be a UUID",
  ],
  [
    "replaceUpstreams",
    "the asset itself",
    { assetId: UNKNOWN_ID, upstream: [data(OTHER_ID), data(UNKNOWN_ID.toUpperCase())] },
    ["upstream", 1, "assetId"],
    "must not be the downstream asset itself",
  ],
  [
    "replaceUpstreams",
    "one twice",
    {
      assetId: UNKNOWN_ID,
      upstream: [data(OTHER_ID), { ...data(OTHER_ID), dependencyType: "CONTROL" }, data(OTHER_ID)],
    },
    ["upstream", 2, "assetId"],
    "must not repeat",
  ],
  [
    "replaceUpstreams",
    "1,001 upstreams",
    { assetId: UNKNOWN_ID, upstream: Array.from({ length: 1001 }, () => data(OTHER_ID)) },
    ["upstream"],
    "must have at most 1000 items",
  ],
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
    expect(answer).toMatchObject({ status: 200, data: { [name]: null } });
    expect(answer.errors).toEqual([
      {
        message: `${shown(inputPath)} ${rule}`,
        path: [name],
        locations: [expect.anything()],
        extensions: { code: "BAD_USER_INPUT", inputPath },
      },
    ]);
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
