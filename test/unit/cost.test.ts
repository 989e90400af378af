import {
  executeSync,
  type GraphQLObjectType,
  getIntrospectionQuery,
  getNamedType,
  getNullableType,
  isListType,
  isObjectType,
  parse,
  validate,
} from "graphql";
import { describe, expect, it } from "vitest";
import { DEFAULT_PAGE_SIZE } from "../../src/db/keyset.ts";
import { costOf } from "../../src/graphql/cost.ts";
import { declaredCost } from "../../src/graphql/cost-sizes.ts";
import { LIMIT_DEFAULTS } from "../../src/limits.ts";
import { schema } from "../../src/modules/schema.ts";
import { present } from "../support/present.ts";
import { valuesIn } from "../support/values-in.ts";

const { maxCost } = LIMIT_DEFAULTS;

function price(text: string, variables: Record<string, unknown> = {}, operationName?: string): number {
  const document = parse(text);
  expect(validate(schema, document)).toEqual([]);
  return costOf(schema, document, operationName, variables);
}

const list = <T>(length: number, item: (index: number) => T) => Array.from({ length }, (_, at) => item(at));

const VALUES =
  "id tenantId name assetType description owner tags properties createdAt createdBy updatedAt updatedBy";

const WALK = /* GraphQL */ `
  lineage(assetId: $id, maxNodes: 10000, maxEdges: 100000) {
    completeness
    nodes { depth asset { id name assetType owner } }
    edges { upstream { name } downstream { name } dependencyType }
  }`;

it("depends on the variables each time that a document is asked for", () => {
  const document = parse(
    "query ($n: Int = 8, $id: ID, $all: Boolean = true) { assets(first: $n) { nodes { id } } asset(id: $id) { id name @include(if: $all) } }",
  );
  const costs = [
    { n: 1 },
    { n: 2, id: "x" },
    {},
    { n: 1, id: "y" },
    { n: 1, all: false },
    { n: "1" },
    { n: 1 },
  ];
  expect(costs.map((variables) => costOf(schema, document, undefined, variables))).toEqual([
    6, 8, 20, 6, 5, 104, 6,
  ]);
});

describe("a value costs 1 for each place that it can have in the answer:", () => {
  it.each<[document: string, cost: number, variables?: Record<string, unknown>]>([
    ["{ __typename }", 1],
    ['{ asset(id: "x") { id name } }', 3],
    ["{ assets { nodes { id } } }", 1 + DEFAULT_PAGE_SIZE * 2],
    ["{ assets(first: 10) { nodes { id } } }", 1 + 10 * 2],
    ["{ assets(last: 10) { edges { cursor node { id } } pageInfo { endCursor } } }", 1 + 10 * 4 + 2],
    ["{ assets(first: 10) { n: nodes { id } nodes { id } } }", 1 + 2 * 10 * 2],
    ["query ($n: Int) { assets(first: $n) { nodes { id } } }", 1 + 7 * 2, { n: 7 }],
    ["query ($n: Int = 8) { assets(first: $n) { nodes { id } } }", 1 + 8 * 2],
    ["query ($n: Int = 8) { assets(first: $n) { nodes { id } } }", 1 + DEFAULT_PAGE_SIZE * 2, { n: null }],
    ["query ($n: Int) { assets(first: $n) { nodes { id } } }", 1 + DEFAULT_PAGE_SIZE * 2, { n: "many" }],
    ["query ($n: Int) { assets(first: $n) { nodes { id } } }", 1, { n: -5 }],
    ["query ($n: Int) { assets(first: $n) { nodes { id } } }", 1 + 100_000 * 2, { n: 2_147_483_647 }],
    [
      "{ assets(first: 10) { nodes { upstream(first: 3) { nodes { upstream { name } } } } } }",
      1 + 10 * (1 + 1 + 3 * 3),
    ],
    ["{ assets(first: 10) { nodes { tags } } }", 1 + 10 * (1 + 20)],
    [
      '{ asset(id: "x") { partitionConfig { ... on TimePartition { start } ... on StaticPartition { keys } } } }',
      1 + 1 + 300,
    ],
    ["{ assets(first: 10) { nodes { properties description } } }", 1 + 10 * (1 + 500 + 40)],
    ["{ executions(first: 10) { nodes { errorMessage } } }", 1 + 10 * (1 + 40)],
    ['{ lineage(assetId: "x") { nodes { depth } } }', 2 * 500 + 500 * 2],
    [
      '{ lineage(assetId: "x", maxNodes: 7) { cycles { depth } edges { bridged } } }',
      2 * 7 + 7 * 2 + 10_000 * 2,
    ],
    [
      '{ lineages(assetIds: ["x", "y"], maxNodes: 3, maxEdges: 5) { nodes { depth } edges { bridged } } }',
      2 * (2 * 3 + 3 * 2 + 5 * 2),
    ],
    [
      "query ($ids: [ID!]!) { lineages(assetIds: $ids, maxNodes: 3) { nodeCount } }",
      4 * (2 * 3 + 1),
      { ids: list(4, String) },
    ],
    ['{ impact(assetId: "x", maxNodes: 3) { nodes { isStale } } }', 20 * 3 + 3 * 2],
    [
      "query ($of: [_Any!]!) { _entities(representations: $of) { ... on Asset { id tags } ... on Workflow { id } } }",
      7 * (1 + 1 + 20),
      { of: list(7, String) },
    ],
    ['{ _entities(representations: [{ __typename: "Asset", name: "x" }]) { __typename } }', 2],
    ["mutation ($id: ID!) { deleteAsset(input: { id: $id }) { deletedId } }", 10 + 1],
    [
      "mutation ($input: UpsertAssetsInput!) { upsertAssets(input: $input) { assets { id } } }",
      20 * 10 + 20 * 2,
      { input: { assets: list(20, String) } },
    ],
    [
      'mutation { upsertAssets(input: { assets: [{ name: "a", assetType: "t" }, { name: "b", assetType: "t" }] }) { assets { id } } }',
      2 * 10 + 2 * 2,
    ],
    [
      "{ ...A ...A assets(first: 2) { nodes { id } } } fragment A on Query { assets(first: 2) { nodes { id name } } }",
      1 + 2 * 3,
    ],
    [
      "query ($no: Boolean!) { a: assets(first: 2) @include(if: $no) { nodes { id } } b: assets @skip(if: true) { nodes { id } } __typename }",
      1,
      { no: false },
    ],
    ["query ($yes: Boolean! = true) { assets(first: 2) @include(if: $yes) { nodes { id } } }", 1 + 2 * 2],
  ])("%s", (document, cost, variables) => {
    expect(price(document, variables)).toBe(cost);
  });

  it("in the operation that is asked for", () => {
    const document = "query A { __typename } query B { assets(first: 1) { nodes { id } } }";
    expect(price(document, {}, "A")).toBe(1);
    expect(price(document, {}, "B")).toBe(3);
    expect(price(document, {}, "C")).toBe(0);
  });
});

describe("a value costs the same however it is given, by whatever name:", () => {
  const Names = [
    "n",
    "constructor",
    "toString",
    "valueOf",
    "hasOwnProperty",
    "__proto__",
    "__defineGetter__",
  ];

  it.each<[what: string, type: string, value: unknown, ask: (value: string) => string]>([
    ["a page", "Int", 1000, (value) => `{ assets(first: ${value}) { nodes { id } } }`],
    [
      "a walk",
      "Int!",
      10_000,
      (value) => `{ lineage(assetId: "x", maxNodes: ${value}) { nodes { depth } } }`,
    ],
    ["a list", "[ID!]!", ["x", "y"], (value) => `{ lineages(assetIds: ${value}) { nodeCount } }`],
    ["a condition", "Boolean!", false, (value) => `{ assets @include(if: ${value}) { nodes { id } } }`],
  ])("%s", (_, type, value, ask) => {
    const literal = JSON.stringify(value);
    const cost = price(ask(literal));
    for (const name of Names) {
      // As JSON.parse makes it: `__proto__` is a member like any other.
      const sent = JSON.parse(`{ "${name}": ${literal} }`);
      const asked = ask(`$${name}`);
      expect(price(`query ($${name}: ${type}) ${asked}`, sent)).toBe(cost);
      expect(price(`query ($${name}: ${type} = ${literal}) ${asked}`)).toBe(cost);
      expect(price(`query ($${name}: ${type} = ${literal}) ${asked}`, sent)).toBe(cost);
    }
  });
});

describe("the introspection costs no less than its answer has values:", () => {
  it.each([
    getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true, specifiedByUrl: true }),
    "{ __schema { types { name } } }",
    "{ __schema { types { fields { name type { ofType { fields { name type { name ofType { name } } } } } } } } }",
    "{ __schema { types { fields { args { type { ofType { inputFields { name } } } } } } } }",
    "{ __schema { types { enumValues { name } inputFields { name } interfaces { name } possibleTypes { name } } } }",
    "{ __schema { queryType { fields { name args { name } } } mutationType { fields { name args { name } } } } }",
    "{ __schema { directives { locations args { name } } } }",
    ...["Asset", "Workflow", "Query", "Mutation", "__Type"].map(
      (name) => `{ __type(name: "${name}") { fields { name args { name type { name } } } } }`,
    ),
    ...["ExecutionState", "__DirectiveLocation"].map(
      (name) => `{ __type(name: "${name}") { enumValues { name } } }`,
    ),
  ])("%s", (document) => {
    const { data } = executeSync({ schema, document: parse(document) });
    expect(valuesIn(data)).toBeGreaterThan(1);
    expect(valuesIn(data)).toBeLessThanOrEqual(price(document));
  });
});

describe("the default limit", () => {
  it.each<[what: string, document: string, variables?: Record<string, unknown>]>([
    ["the largest walk with a modest selection", `query ($id: ID!) { ${WALK} }`],
    ["introspection", getIntrospectionQuery()],
    ["introspection by a gateway", "{ _service { sdl } }"],
    [
      "a thousand entities with all that they have in them",
      `query ($of: [_Any!]!) { _entities(representations: $of) {
        ... on Asset { ${VALUES} }
        ... on Workflow { ${VALUES.replace("assetType", "version")} }
        ... on Execution { id state startedAt completedAt durationMs errorMessage }
      } }`,
      { of: list(1000, String) },
    ],
    [
      "a hundred lineages without their edges",
      "query ($ids: [ID!]!) { lineages(assetIds: $ids) { nodes { depth asset { id name } } } }",
      { ids: list(100, String) },
    ],
    [
      "all counts of a lineage",
      '{ lineageCounts(assetId: "x", maxDepth: 1000) { byDepth { depth count } byOwner { owner count } byAssetType { assetType count } } }',
    ],
    [
      "the largest bulk",
      "mutation ($input: UpsertAssetsInput!) { upsertAssets(input: $input) { assets { id name tags } } }",
      { input: { assets: list(1000, String) } },
    ],
    [
      "a page of 1,000 with counts of their upstreams",
      "{ assets(first: 900) { totalCount nodes { id upstream(first: 1) { totalCount } } } }",
    ],
    [
      "a page of 1,000 with all that an asset has in it",
      `{ assets(first: 1000) { totalCount nodes { ${VALUES} partitionConfig {
        ... on TimePartition { start granularity timezone }
        ... on StaticPartition { keys }
        ... on RangePartition { from: start end interval }
      } } } }`,
    ],
    [
      "pages of pages of pages",
      "{ assets { nodes { upstream { nodes { upstream { upstream { nodes { upstream { name } } } } } } } } }",
    ],
  ])("lets %s pass", (_, document, variables) => {
    expect(price(document, variables)).toBeLessThanOrEqual(maxCost);
  });

  it.each<[what: string, document: string, variables?: Record<string, unknown>]>([
    [
      "ten of the largest walks",
      `query ($id: ID!) { ${list(10, (at) => WALK.replace("lineage", `w${at}: lineage`)).join("")} }`,
    ],
    [
      "a hundred lineages with 10,000 edges each",
      "query ($ids: [ID!]!) { lineages(assetIds: $ids) { edges { upstream { name } downstream { name } } } }",
      { ids: list(100, String) },
    ],
    [
      "a hundred walks of which little is told",
      `query ($id: ID!) { ${list(100, (at) => `w${at}: lineage(assetId: $id, maxNodes: 10000) { nodeCount }`).join(" ")} }`,
    ],
    [
      "five counts without a budget",
      `query ($id: ID!) { ${list(5, (at) => `c${at}: lineageCounts(assetId: $id) { nodeCount }`).join(" ")} }`,
    ],
    [
      "10,000 times the same properties",
      '{ asset(id: "x") { downstream(first: 100) { nodes { upstream { downstream(first: 100) { nodes { upstream { properties } } } } } } } }',
    ],
    [
      "the properties of a large lineage",
      '{ lineage(assetId: "x", maxNodes: 2000) { nodes { asset { properties } } } }',
    ],
    [
      "a page of 1,000 of pages of 1,000",
      "{ assets(first: 1000) { nodes { upstream(first: 1000) { nodes { id } } } } }",
    ],
  ])("refuses %s", (_, document, variables) => {
    expect(price(document, variables)).toBeGreaterThan(maxCost);
  });
});

describe("counting is quick for", () => {
  it("fragments that double 40 times: what stands in one of them is counted once", () => {
    const fragments = list(
      40,
      (at) =>
        `fragment F${at} on Asset { a: upstream(first: 1) { nodes { upstream { ...F${at + 1} } } } b: upstream(first: 1) { nodes { upstream { ...F${at + 1} } } } }`,
    );
    const document = `{ asset(id: "x") { ...F0 } } ${fragments.join(" ")} fragment F40 on Asset { id }`;
    const cost = price(document);
    expect(cost).toBeGreaterThan(2 ** 40);
    expect(cost).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  it("fragments that merge in more and more ways: it is given up", () => {
    const below = (name: string, at: number) =>
      `upstream(first: 1) { nodes { upstream { ...${name}${at + 1} } } }`;
    const both = (at: number) => `upstream(first: 1) { nodes { upstream { ...A${at + 1} ...B${at + 1} } } }`;
    const fragments = list(30, (at) =>
      ["A", "B"]
        .map((name) => `fragment ${name}${at} on Asset { p: ${below(name, at)} q: ${both(at)} }`)
        .join(" "),
    );
    const document = `{ asset(id: "x") { ...A0 } } ${fragments.join(" ")} fragment A30 on Asset { id } fragment B30 on Asset { name }`;
    expect(costOf(schema, parse(document), undefined, {})).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("what fields declare", () => {
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => isObjectType(type) && !type.name.startsWith("__"),
  ) as GraphQLObjectType[];
  const fields = types.flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })));
  const sizes = fields.flatMap(({ type, field }) =>
    (declaredCost(field).listSizes ?? []).map((size) => ({ type, field, size })),
  );

  it("is a length of every list: its own, or from the field whose object it stands in", () => {
    const sized = sizes.flatMap(
      ({ type, field, size: { sizedFields } }) =>
        sizedFields?.map((name) => `${getNamedType(field.type)}.${name}`) ?? [`${type}.${field.name}`],
    );
    const lists = fields
      .filter(({ field }) => isListType(getNullableType(field.type)))
      .map(({ type, field }) => `${type}.${field.name}`);
    expect(lists.filter((name) => !sized.includes(name))).toEqual([]);
  });

  it("names fields and arguments that there are", () => {
    for (const { field, size } of sizes) {
      const { sizedFields = [], slicingArguments = [] } = size;
      const object = getNamedType(field.type);
      for (const name of sizedFields)
        expect(isObjectType(object) && Object.keys(object.getFields())).toContain(name);
      for (const path of slicingArguments)
        expect(field.args.map(({ name }) => name)).toContain(path.split(".")[0]);
    }
    for (const { field } of fields) {
      const [name] = declaredCost(field).weightPer?.split(".") ?? [];
      if (name !== undefined) expect(field.args.map((arg) => arg.name)).toContain(name);
    }
  });

  it("is more than 1 where the database walks or counts", () => {
    const query = present(schema.getQueryType()).getFields();
    for (const name of ["lineage", "lineages", "lineageCounts", "lineagePaths", "impact"])
      expect(declaredCost(present(query[name])).weight).toBeGreaterThan(1);
    for (const { field } of fields.filter(({ field: { name } }) => name === "totalCount"))
      expect(declaredCost(field).weight).toBe(1000);
  });
});
