import { getIntrospectionQuery, parse } from "graphql";
import { describe, expect, it } from "vitest";
import { costOf } from "../../src/graphql/cost.ts";
import type { Limits } from "../../src/limits.ts";
import { schema } from "../../src/modules/schema.ts";
import { readAnswer } from "../support/answer.ts";
import { UNKNOWN_ID } from "../support/factories.ts";
import { prepareApi } from "../support/graphql.ts";
import { createAssets, link } from "../support/graphql-operations.ts";
import { present } from "../support/present.ts";
import { valuesIn } from "../support/values-in.ts";

const api = prepareApi({ limits: { maxBodyBytes: 33_554_432 } });

const nest = (times: number, open: string, inner: string, close: string) =>
  open.repeat(times) + inner + close.repeat(times);
const list = <T>(length: number, item: (index: number) => T) => Array.from({ length }, (_, at) => item(at));

/** Fragments of which each spreads the next one twice: `times` doublings of the last one's fields. */
const doubling = (times: number, inner: string) =>
  [
    `{ asset(id: "${UNKNOWN_ID}") { upstream { nodes { ...F0 } } } }`,
    ...list(
      times,
      (at) =>
        `fragment F${at} on AssetDependency { a: upstream { upstream { nodes { ...F${at + 1} } } } b: upstream { upstream { nodes { ...F${at + 1} } } } }`,
    ),
    `fragment F${times} on AssetDependency { ${inner} }`,
  ].join("\n");

const LINEAGES = "query ($ids: [ID!]!) { lineages(assetIds: $ids) { nodeCount } }";
const ENTITIES = "query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }";
const AN_ASSET = { __typename: "Asset", id: UNKNOWN_ID };
const TAGGED = "query ($tags: [String!]) { assets(filter: { tags: { any: $tags } }) { totalCount } }";
const CREATE = "mutation ($input: CreateAssetInput!) { createAsset(input: $input) { asset { id } } }";

/** Stands for a list within lists, 100,000 of them, which JSON.stringify could not write. */
const DEEP = "DEEP";

type Asked = readonly [document: string, variables?: object];
type Hostile = [what: string, document: string, limit: string, variables?: object];

describe("refused with LIMIT_EXCEEDED, the limit's name and no statement:", () => {
  it.each<Hostile>([
    ["selections nested 20,000 deep", nest(20_000, "{ a ", "", "}"), "MAX_DEPTH"],
    ["inline fragments nested 20,000 deep", `{ ${nest(20_000, "... { ", "__typename", "}")} }`, "MAX_DEPTH"],
    [
      "a list literal nested 20,000 deep",
      `{ assets(first: ${nest(20_000, "[", "", "]")}) { totalCount } }`,
      "MAX_DEPTH",
    ],
    ["brackets that are never closed", "{[(".repeat(20_000), "MAX_DEPTH"],
    [
      "a list type nested 20,000 deep",
      `query ($v: ${nest(20_000, "[", "ID", "]")}) { __typename }`,
      "MAX_DEPTH",
    ],
    [
      "fragments spread in each other 20 times",
      `{ ...F0 } ${list(30, (at) => `fragment F${at} on Query { ...F${at + 1} }`).join(" ")} fragment F30 on Query { __typename }`,
      "MAX_DEPTH",
    ],
    ["fragments that double 40 times", doubling(40, "id"), "MAX_DEPTH"],
    ["10,000 aliases", `{ ${list(10_000, (at) => `a${at}: __typename`).join(" ")} }`, "MAX_ALIASES"],
    ["100,000 directives", `{ __typename ${"@skip(if: false) ".repeat(100_000)} }`, "MAX_DIRECTIVES"],
    ["5,000 repeated fields", `{ ${"__typename ".repeat(5000)} }`, "MAX_TOKENS"],
    [
      "100,000 ids in the document",
      `{ lineages(assetIds: ["${list(100_000, String).join('","')}"]) { nodeCount } }`,
      "MAX_TOKENS",
    ],
    [
      "101 ids in the document",
      `{ lineages(assetIds: ["${list(101, String).join('","')}"]) { nodeCount } }`,
      "MAX_IDS_PER_LOOKUP",
    ],
    ["100,000 ids", LINEAGES, "MAX_IDS_PER_LOOKUP", { ids: list(100_000, String) }],
    ["101 ids", LINEAGES, "MAX_IDS_PER_LOOKUP", { ids: list(101, () => UNKNOWN_ID) }],
    ["100,000 representations", ENTITIES, "MAX_ENTITIES_PER_LOOKUP", { of: list(100_000, () => ({})) }],
    ["100,000 tags", TAGGED, "MAX_LIST_ITEMS", { tags: list(100_000, String) }],
    [
      "100,000 tags in an input",
      CREATE,
      "MAX_LIST_ITEMS",
      { input: { name: "n", assetType: "t", tags: list(100_000, String) } },
    ],
  ])("%s", async (_, document, limit, variables) => {
    const before = api.statements.sent.length;
    const answer = await api.asTenant("acme").send(document, variables);
    expect(answer).toMatchObject({ status: 400, data: undefined });
    expect(answer.errors).toMatchObject([
      { message: expect.stringMatching(`\\(${limit}\\)\\.$`), extensions: { code: "LIMIT_EXCEEDED" } },
    ]);
    expect(api.statements.sent.slice(before)).toEqual([]);
  });
});

it("20 MB of variables are refused with the body that they stand in", async () => {
  const { asTenant, statements } = api.open({ limits: {} });
  const variables = { tags: list(2_000_000, () => "12345678") };
  expect(await asTenant("acme").send(TAGGED, variables)).toMatchObject({
    status: 413,
    data: undefined,
    errors: [
      {
        message: "The request body has more than 1048576 bytes (MAX_BODY_BYTES).",
        extensions: { code: "LIMIT_EXCEEDED" },
      },
    ],
  });
  expect(statements.sent).toEqual([]);
});

it("a document whose fields repeat so often that graphql gives up is refused", async () => {
  const document = `{ asset(id: "${UNKNOWN_ID}") { ${"name ".repeat(1500)} } }`;
  expect(await api.asTenant("acme").refusal(document)).toMatchObject({
    message: "The document repeats its fields so often that checking it was given up; ask for each once.",
    extensions: { code: "LIMIT_EXCEEDED" },
  });
});

it("a fragment that spreads itself is told of as such", async () => {
  const document = "{ ...A } fragment A on Query { __typename ...B } fragment B on Query { ...A }";
  expect(await api.asTenant("acme").refusal(document)).toMatchObject({
    message: 'Cannot spread fragment "A" within itself via "B".',
    extensions: { code: "BAD_USER_INPUT" },
  });
});

describe("a limit is the most that passes:", () => {
  const spread = "{ ...A } fragment A on Query { assets { totalCount } }";
  it.each<[limit: string, limits: Partial<Limits>, fits: Asked, isTooMuch: Asked]>([
    ["MAX_TOKENS", { maxTokens: 4 }, ["{ __typename __typename }"], ["{ __typename __typename __typename }"]],
    ["MAX_DEPTH", { maxDepth: 2 }, ["{ assets { totalCount } }"], ["{ ... { assets { totalCount } } }"]],
    ["MAX_DEPTH", { maxDepth: 3 }, [spread], [`${spread.replace("{ ...A }", "{ ... { ...A } }")}`]],
    [
      "MAX_DEPTH",
      { maxDepth: 3 },
      ["{ assets(filter: {}) { totalCount } }"],
      ["{ assets(filter: { tags: {} }) { totalCount } }"],
    ],
    [
      "MAX_ALIASES",
      { maxAliases: 1 },
      ["query ($n: Int) { a: assets(first: $n) { totalCount } }"],
      ["{ a: __typename b: __typename }"],
    ],
    ["MAX_DIRECTIVES", { maxDirectives: 0 }, ["{ __typename }"], ["{ __typename @skip(if: true) }"]],
    [
      "MAX_LIST_ITEMS",
      { maxListItems: 1 },
      ['{ assets(filter: { types: ["a"] }) { totalCount } }'],
      ['{ assets(filter: { types: ["a", "b"] }) { totalCount } }'],
    ],
    ["MAX_LIST_ITEMS", { maxListItems: 1 }, [TAGGED, { tags: ["a"] }], [TAGGED, { tags: ["a", "b"] }]],
    ["MAX_LIST_ITEMS", { maxListItems: 1 }, [TAGGED, { tags: "a" }], [TAGGED, { tags: ["a", "b"] }]],
    [
      "MAX_IDS_PER_LOOKUP",
      { maxIdsPerLookup: 1 },
      [LINEAGES, { ids: [UNKNOWN_ID] }],
      [LINEAGES, { ids: ["", ""] }],
    ],
    [
      "MAX_ENTITIES_PER_LOOKUP",
      { maxEntitiesPerLookup: 1 },
      [ENTITIES, { of: [AN_ASSET] }],
      [ENTITIES, { of: [AN_ASSET, AN_ASSET] }],
    ],
    [
      "MAX_ENTITIES_PER_LOOKUP",
      { maxEntitiesPerLookup: 1, maxListItems: 1 },
      [`{ _entities(representations: [{ __typename: "Asset", name: "x" }]) { __typename } }`],
      ["{ _entities(representations: [1, 2]) { __typename } }"],
    ],
  ])("%s %o", async (limit, limits, [document, variables], isTooMuch) => {
    const client = api.open({ limits }).asTenant("acme");
    await client.query(document, variables);
    const { message, extensions } = await client.refusal(...isTooMuch);
    expect(message).toContain(`(${limit})`);
    expect(extensions).toEqual({ code: "LIMIT_EXCEEDED" });
  });
});

describe("the cost of an operation", () => {
  const Walk = `lineage(assetId: "${UNKNOWN_ID}", maxNodes: 10000, maxEdges: 100000) {
    nodes { depth asset { id name assetType owner } }
    edges { upstream { name } downstream { name } dependencyType }
  }`;

  it("lets the largest walk pass, and refuses ten of them before any statement", async () => {
    const { asTenant, statements } = api.open();
    const client = asTenant("acme");
    expect(await client.query(`{ ${Walk} }`)).toEqual({ lineage: null });
    const before = statements.sent.length;
    const walks = list(10, (at) => `walk${at}: ${Walk}`);
    expect(await client.send(`{ ${walks.join(" ")} }`)).toMatchObject({
      status: 400,
      data: undefined,
      errors: [
        {
          message: "The operation costs 6900000; the most is 1000000 (MAX_COST).",
          extensions: { code: "LIMIT_EXCEEDED" },
        },
      ],
    });
    expect(statements.sent.length).toBe(before);
  });

  it("leaves variables that do not fit to GraphQL", async () => {
    const document = "query ($first: Int) { assets(first: $first) { nodes { id } } }";
    expect(await api.asTenant("acme").refusal(document, { first: [[]] })).toMatchObject({
      extensions: { code: "BAD_USER_INPUT", inputPath: ["first"] },
    });
  });

  it("is never less than the values of its answer", async () => {
    const tenant = api.newTenant();
    const assets = await createAssets(
      tenant,
      list(30, (at) => `asset_${at}`),
    );
    const ids = assets.map(({ id }) => id);
    await link(
      tenant,
      ids.slice(1).map((id) => [present(ids[0]), id] as const),
    );
    for (const document of [
      "{ assets { totalCount nodes { id tags downstream { totalCount nodes { downstream { name } sources } } } } }",
      `{ lineage(assetId: "${ids[0]}") { nodes { depth asset { name } } edges { id upstream { id } sources } cycles { depth } } }`,
      `{ lineages(assetIds: ${JSON.stringify(ids)}) { nodes { depth hasMoreUpstream } edges { dependencyType } } }`,
      `{ impact(assetId: "${ids[0]}") { nodes { asset { name } isStale blockedBy { id } } } }`,
    ]) {
      const cost = costOf(schema, parse(document), undefined, {});
      expect(valuesIn(await tenant.query(document))).toBeLessThanOrEqual(cost);
    }
  });
});

describe("left alone is", () => {
  it.each<[what: string, ...Asked]>([
    ["introspection", getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true })],
    ["a comment of 500,000 brackets", `{ __typename } # ${"(".repeat(500_000)}`],
    [
      "a list in a JSON object",
      CREATE,
      { input: { name: "listed", assetType: "t", properties: { of: list(12_000, () => 1) } } },
    ],
    [
      "a fragment that is spread 300 times",
      `{ ${"...A ".repeat(300)} } fragment A on Query { assets { nodes { id } } }`,
    ],
  ])("%s", async (_, document, variables) => {
    await api.asTenant("acme").query(document, variables);
  });

  it.each<[what: string, document: string, variables: object]>([
    ["a variable nested 100,000 deep", LINEAGES, { ids: DEEP }],
    [
      "a JSON object nested 100,000 deep",
      CREATE,
      { input: { name: "n", assetType: "t", properties: { deep: DEEP } } },
    ],
    [
      "variables that nobody declares",
      "{ assets { totalCount } }",
      { deep: DEEP, wide: list(100_000, String) },
    ],
  ])("for GraphQL and the fields to judge, %s", async (what, document, variables) => {
    const body = JSON.stringify({ query: document, variables }).replaceAll(
      '"DEEP"',
      nest(100_000, "[", "", "]"),
    );
    const response = await api.fetch("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json", "x-tenant-id": "acme" },
      body,
    });
    const { errors } = await readAnswer(response);
    const codes = errors.map(({ extensions }) => extensions.code);
    expect(codes).toEqual(what.startsWith("variables") ? [] : ["BAD_USER_INPUT"]);
  });
});
