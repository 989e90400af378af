import { describe, expect, it } from "vitest";
import { UNKNOWN_ID } from "../support/factories.ts";
import { AT_ANY_COST, prepareApi } from "../support/graphql.ts";
import { createAsset } from "../support/graphql-operations.ts";
import { nextId } from "../support/lineage-store.ts";

const api = prepareApi(AT_ANY_COST);

type Wrong = readonly [args: string, message: string];

const list = (count: number) => JSON.stringify(Array.from({ length: count }, (_, index) => `${index}`));
const future = new Date(Date.now() + 3_600_000).toISOString();

const OF_EDGES: readonly Wrong[] = [
  ["dependencyTypes: [DATA, CONTROL, DATA]", "dependencyTypes[2] must not repeat"],
  [`asOf: "${future}"`, "asOf must not lie in the future"],
  ['asOf: "0000-01-01T00:00:00Z"', "asOf must lie in the years 1 to 9999"],
];

const OF_DEPTH: readonly Wrong[] = [
  ["maxDepth: -1", "maxDepth must be a whole number from 0 to 1000"],
  ["maxDepth: 1001", "maxDepth must be a whole number from 0 to 1000"],
];

const OF_NODES: readonly Wrong[] = [
  ["maxNodes: 0", "maxNodes must be a whole number from 1 to 10000"],
  ["maxNodes: 10001", "maxNodes must be a whole number from 1 to 10000"],
  ['filter: { assetTypes: ["a", "a"] }', "filter.assetTypes[1] must not repeat"],
  [`filter: { assetTypes: ["${"x".repeat(65)}"] }`, "filter.assetTypes[0] must be at most 64 characters"],
  ['filter: { owners: ["a", " "], mode: HIDE }', "filter.owners[1] must not be blank"],
  ['filter: { tags: ["a\\u0000"] }', "filter.tags[0] must not contain a NUL character"],
  [`filter: { tags: ${list(101)} }`, "filter.tags must have at most 100 items"],
];

const OF_EDGE_NUMBER: readonly Wrong[] = [
  ["maxEdges: -1", "maxEdges must be a whole number from 0 to 100000"],
  ["maxEdges: 100001", "maxEdges must be a whole number from 0 to 100000"],
];

const OF_LINEAGE = [...OF_EDGES, ...OF_DEPTH, ...OF_NODES, ...OF_EDGE_NUMBER];
const ONE = `assetId: "${UNKNOWN_ID}"`;

/** Where the value of a message stands: `filter.tags[1] must …`. */
function inputPathOf(message: string): (string | number)[] {
  const [path = ""] = message.split(" ", 1);
  return path
    .split(/[.[\]]+/)
    .flatMap((part) => (part === "" ? [] : [/^\d+$/.test(part) ? Number(part) : part]));
}

/** The only error of a document, whose field is at that path. */
async function expectRefused(document: string, path: readonly string[], message: string, variables = {}) {
  const error = await api.newTenant().refusal(document, variables);
  expect(error).toMatchObject({
    message,
    path,
    extensions: { code: "BAD_USER_INPUT", inputPath: inputPathOf(message) },
  });
}

describe("an argument that breaks a rule is refused, with its path, of", () => {
  it.each<Wrong>([['assetId: "x"', "assetId must be a UUID"], ...OF_LINEAGE])(
    "lineage: %s",
    async (args, message) => {
      const own = args.startsWith("assetId") ? args : `${ONE}, ${args}`;
      await expectRefused(`{ lineage(${own}) { nodeCount } }`, ["lineage"], message);
    },
  );

  it.each<Wrong>([
    [`assetIds: ["${UNKNOWN_ID}", "x"]`, "assetIds[1] must be a UUID"],
    [`assetIds: ["${UNKNOWN_ID}", "${UNKNOWN_ID}"]`, "assetIds[1] must not repeat"],
    ...OF_LINEAGE,
  ])("lineages: %s", async (args, message) => {
    const own = args.startsWith("assetIds") ? args : `assetIds: ["${UNKNOWN_ID}"], ${args}`;
    // A list that may not be null takes all data along.
    const error = await api.newTenant().refusal(`{ lineages(${own}) { nodeCount } }`);
    expect(error).toMatchObject({
      message,
      extensions: { code: "BAD_USER_INPUT", inputPath: inputPathOf(message) },
    });
  });

  it.each(OF_LINEAGE)("Asset.lineage: %s", async (args, message) => {
    const tenant = api.newTenant();
    const { id } = await createAsset(tenant);
    const document = `query ($id: ID!) { asset(id: $id) { id lineage(${args}) { nodeCount } } }`;
    const answer = await tenant.send(document, { id });
    expect(answer.data).toEqual({ asset: { id, lineage: null } });
    expect(answer.errors).toMatchObject([
      {
        message,
        path: ["asset", "lineage"],
        extensions: { code: "BAD_USER_INPUT", inputPath: inputPathOf(message) },
      },
    ]);
  });

  it.each<Wrong>([['assetId: ""', "assetId must be a UUID"], ...OF_EDGES, ...OF_DEPTH])(
    "lineageCounts: %s",
    async (args, message) => {
      const own = args.startsWith("assetId") ? args : `${ONE}, ${args}`;
      await expectRefused(`{ lineageCounts(${own}) { nodeCount } }`, ["lineageCounts"], message);
    },
  );

  it.each<Wrong>([['assetId: ""', "assetId must be a UUID"], ...OF_EDGES, ...OF_DEPTH, ...OF_NODES])(
    "impact: %s",
    async (args, message) => {
      const own = args.startsWith("assetId") ? args : `${ONE}, ${args}`;
      await expectRefused(`{ impact(${own}) { nodeCount } }`, ["impact"], message);
    },
  );

  it.each<Wrong>([
    [`from: "x", to: "${UNKNOWN_ID}"`, "from must be a UUID"],
    [`from: "${UNKNOWN_ID}", to: "x"`, "to must be a UUID"],
    ["first: 0", "first must be a whole number from 1 to 10"],
    ["first: 11", "first must be a whole number from 1 to 10"],
    ...OF_EDGES,
  ])("lineagePaths: %s", async (args, message) => {
    const own = args.startsWith("from") ? args : `from: "${UNKNOWN_ID}", to: "${UNKNOWN_ID}", ${args}`;
    await expectRefused(`{ lineagePaths(${own}) { hasMore } }`, ["lineagePaths"], message);
  });
});

describe("what does not fit the schema is refused before execution:", () => {
  it.each([
    [`lineage(${ONE}, depth: 5) { nodeCount }`, /Unknown argument "depth"/],
    [`lineage(${ONE}, maxDepth: null) { nodeCount }`, /"Int!".*found null/],
    [`lineage(${ONE}, maxEdges: 1.5) { nodeCount }`, /Int cannot represent non-integer value/],
    [`lineage(${ONE}, direction: SIDEWAYS) { nodeCount }`, /"LineageDirection" enum/],
    [`lineage(${ONE}, dependencyTypes: [FLOW]) { nodeCount }`, /"DependencyType" enum/],
    [`lineage(${ONE}, filter: { mode: SKIP }) { nodeCount }`, /"LineageFilterMode" enum/],
    [`lineage(${ONE}, filter: { names: ["a"] }) { nodeCount }`, /Field "names" is not defined/],
    [`lineage(${ONE}, asOf: "yesterday") { nodeCount }`, /DateTime cannot represent/],
    ["lineages { nodeCount }", /argument "assetIds".*required/],
    ["lineages(assetIds: [null]) { nodeCount }", /"ID!".*found null/],
    [`lineageCounts(${ONE}, maxNodes: 5) { nodeCount }`, /Unknown argument "maxNodes"/],
    [`impact(${ONE}, direction: BOTH) { nodeCount }`, /Unknown argument "direction"/],
    [`lineagePaths(from: "${UNKNOWN_ID}") { hasMore }`, /argument "to".*required/],
    [`lineagePaths(from: "${UNKNOWN_ID}", to: "${UNKNOWN_ID}", maxDepth: 1) { hasMore }`, /"maxDepth"/],
  ])("%s", async (field, message) => {
    const { sent } = api.statements;
    const before = sent.length;
    const error = await api.newTenant().refusal(`{ ${field} }`);
    expect(error.extensions.code).toBe("BAD_USER_INPUT");
    expect(error.message).toMatch(message);
    expect(sent.slice(before)).toEqual([]);
  });
});

describe("what is just allowed is answered:", () => {
  it.each([
    "maxDepth: 0, maxNodes: 1, maxEdges: 0",
    "maxDepth: 1000, maxNodes: 10000, maxEdges: 100000",
    `filter: { assetTypes: ${list(100)}, tags: ${list(100)}, owners: ${list(100)}, mode: HIDE }`,
    "filter: { assetTypes: [], tags: null }",
    "filter: null, dependencyTypes: null, asOf: null",
    "dependencyTypes: []",
  ])("%s", async (args) => {
    const tenant = api.newTenant();
    const { id } = await createAsset(tenant);
    const document = `query ($id: ID!, $ids: [ID!]!) {
      lineage(assetId: $id, ${args}) { nodeCount edgeCount }
      lineages(assetIds: $ids, ${args}) { nodeCount }
      asset(id: $id) { lineage(${args}) { nodeCount } }
    }`;
    const others = Array.from({ length: 99 }, nextId);
    expect(await tenant.query(document, { id, ids: [...others, id] })).toEqual({
      lineage: { nodeCount: 1, edgeCount: 0 },
      lineages: [...others.map(() => null), { nodeCount: 1 }],
      asset: { lineage: { nodeCount: 1 } },
    });
  });
});
