import { beforeAll, describe, expect, it } from "vitest";
import { AT_ANY_COST, prepareApi } from "../support/graphql.ts";
import {
  createAssets,
  createExecution,
  createWorkflow,
  link,
  mutate,
} from "../support/graphql-operations.ts";
import { present } from "../support/present.ts";

const api = prepareApi(AT_ANY_COST);
const FEW = 5;
const MANY = 50;

/** A tenant with so many rows of each kind, each linked to others of its own. */
async function fill(tenantId: string, rows: number): Promise<void> {
  const client = api.asTenant(tenantId);
  const name = (index: number) => `asset_${String(index).padStart(2, "0")}`;
  const names = Array.from({ length: rows + 2 }, (_, index) => name(index));
  const tagged = names.map((each, index) => ({ name: each, assetType: "table", tags: [`t${index}`, "all"] }));
  const { assets } = await mutate<{ assets: readonly { id: string }[] }>(client, "upsertAssets", {
    assets: tagged,
  });
  const ids = assets.map(({ id }) => id);
  await link(
    client,
    ids
      .slice(2)
      .flatMap((id, index) => [[ids[index] ?? "", id] as const, [ids[index + 1] ?? "", id] as const]),
  );
  for (const id of ids.slice(2)) {
    const workflow = await createWorkflow(client, { assets: [{ assetId: id, role: "OUTPUT" }] });
    for (let run = 0; run < 2; run += 1) await createExecution(client, workflow.id);
  }
}

beforeAll(async () => {
  await fill("few", FEW);
  await fill("many", MANY);
});

/** The statements of a document over few and over many rows, and the ids that the larger answer holds. */
async function statementsOf(document: string, variablesOf: (tenantId: string) => Promise<object>) {
  const [few, many] = [await variablesOf("few"), await variablesOf("many")];
  let answer = {};
  const inFew = await api.statements.during(() => api.asTenant("few").query(document, few));
  const inMany = await api.statements.during(async () => {
    answer = await api.asTenant("many").query(document, many);
  });
  const rows = JSON.stringify(answer).split('"id":').length - 1;
  return { few: inFew.toSorted(), many: inMany.toSorted(), rows };
}

const rowsOf = async (tenantId: string) => ({ rows: tenantId === "few" ? FEW : MANY });

const rootOf = async (tenantId: string) => {
  const data = await api
    .asTenant(tenantId)
    .query<{ assetByName: { id: string } }>('{ assetByName(name: "asset_00") { id } }');
  return { id: data.assetByName.id };
};

describe("a page takes the same statements for 5 rows and for 50", () => {
  it.each([
    [
      "executions with their workflows",
      "query ($rows: Int!) { executions(first: $rows) { nodes { id workflow { id name } } } }",
      ["execution.page", "workflow.findManyByIds"],
    ],
    [
      "assets with tags, upstream and workflows",
      `query ($rows: Int!) { assets(first: $rows) { nodes {
        id tags upstream { nodes { id upstream { id name tags } } } workflows { nodes { id } }
      } } }`,
      ["asset.findManyByIds", "asset.page", "dependency.pagesByAsset", "workflow.pagesByAsset"],
    ],
    [
      "assets with downstream",
      `query ($rows: Int!) { assets(first: $rows) { nodes {
        id downstream { nodes { id downstream { id name tags } } }
      } } }`,
      ["asset.findManyByIds", "asset.page", "dependency.pagesByAsset"],
    ],
    [
      "assets with the numbers of their rows",
      `query ($rows: Int!) { assets(first: $rows) { totalCount nodes {
        id upstream(first: 1) { totalCount } downstream(first: 1) { totalCount } workflows(first: 1) { totalCount }
      } } }`,
      [
        "asset.count",
        "asset.page",
        "dependency.countsByAsset",
        "dependency.countsByAsset",
        "dependency.pagesByAsset",
        "dependency.pagesByAsset",
        "workflow.countsByAsset",
        "workflow.pagesByAsset",
      ],
    ],
    [
      "workflows with assets, executions and their latest one",
      `query ($rows: Int!) { workflows(first: $rows) { nodes {
        id assets { asset { id name } } latestExecution { id } executions(first: 5) { nodes { id } }
      } } }`,
      [
        "asset.findManyByIds",
        "execution.pagesByWorkflow",
        "execution.pagesByWorkflow",
        "workflow.findLinks",
        "workflow.page",
      ],
    ],
    [
      "three levels down",
      `query ($rows: Int!) { assets(first: $rows) { nodes {
        id upstream { nodes { upstream { id upstream { nodes { upstream { id workflows { nodes { id
          latestExecution { id workflow { id } } } } } } } } } }
      } } }`,
      [
        // The assets of the second level are among those of the first.
        "asset.findManyByIds",
        "asset.page",
        "dependency.pagesByAsset",
        "dependency.pagesByAsset",
        "execution.pagesByWorkflow",
        "workflow.findManyByIds",
        "workflow.pagesByAsset",
      ],
    ],
  ])("%s", async (_, document, expected) => {
    const { few, many, rows } = await statementsOf(document, rowsOf);
    expect(many).toEqual(expected);
    expect(few).toEqual(many);
    expect(rows).toBeGreaterThanOrEqual(MANY);
  });
});

it("a page takes no more statements when two of its fields lead to the same rows", async () => {
  const document = `query ($rows: Int!) { assets(first: $rows) { nodes {
    id upstream { nodes { upstream { id } } } downstream { nodes { downstream { id } } }
  } } }`;
  const { few, many } = await statementsOf(document, rowsOf);
  // Whether both sides' assets are read at once depends on when their pages arrive.
  const once = ["asset.findManyByIds", "asset.page", "dependency.pagesByAsset", "dependency.pagesByAsset"];
  const twice = ["asset.findManyByIds", ...once];
  for (const names of [few, many]) expect([once, twice]).toContainEqual(names);
});

describe("a lineage", () => {
  const lineage = (fields: string) =>
    `query ($id: ID!) { lineage(assetId: $id, direction: BOTH, maxDepth: 100) { ${fields} } }
    ${fields.includes("...Id") ? "fragment Id on Asset { id }" : ""}`;

  it.each([
    ["depths alone", "nodes { depth } nodeCount completeness maxDepthReached", []],
    ["the number of edges", "edgeCount", ["lineage.findEdges"]],
    ["edges and their number", "edgeCount edges { id dependencyType }", ["lineage.findEdges"]],
    [
      "ids and depths",
      "root { id } nodes { depth asset { id __typename } } edges { id upstream { ...Id } downstream { ... on Asset { id } } }",
      ["lineage.findEdges"],
    ],
    ["nodes with their assets", "nodes { depth asset { id name tags } }", ["asset.findManyByIds"]],
    [
      "nodes and edges with their assets",
      "root { id } nodes { asset { id } } edges { upstream { id name } downstream { id name } }",
      ["asset.findManyByIds", "lineage.findEdges"],
    ],
  ])("reads no more than it is asked for: %s", async (_, fields, expected) => {
    const { few, many } = await statementsOf(lineage(fields), rootOf);
    expect(few).toEqual(many);
    expect(many.filter((name) => name !== "lineage.walk")).toEqual(expected);
    expect(many.filter((name) => name === "lineage.walk")).toHaveLength(1);
  });

  it("walks once in one direction", async () => {
    const { id } = await rootOf("many");
    const document = "query ($id: ID!) { lineage(assetId: $id, direction: DOWNSTREAM) { nodeCount } }";
    const names = await api.statements.during(() => api.asTenant("many").query(document, { id }));
    expect(names).toEqual(["lineage.walk"]);
  });
});

describe("totalCount", () => {
  it.each([
    ["assets", "asset.count"],
    ["workflows", "workflow.count"],
    ["executions", "execution.count"],
  ])("of %s is counted when it is selected, once", async (field, statement) => {
    const client = api.asTenant("few");
    const without = await api.statements.during(() => client.query(`{ ${field} { nodes { id } } }`));
    const selected = await api.statements.during(() =>
      client.query(`{ ${field} { totalCount again: totalCount nodes { id } } }`),
    );
    expect(without.filter((name) => name.includes("count"))).toEqual([]);
    expect(selected.filter((name) => name.includes("count")).slice(0, 1)).toEqual([statement]);
  });
});

describe("the connection", () => {
  it.each([
    "{ __typename }",
    "mutation { __typename }",
    "{ __schema { types { name fields { name } } } }",
    '{ __type(name: "Asset") { name } }',
    "query ($never: Boolean = false) { assets @include(if: $never) { totalCount } }",
  ])("is not taken for %s", async (document) => {
    const { asTenant, database, statements } = api.open();
    await asTenant("few").query(document);
    expect(statements.sent).toEqual([]);
    expect(database.pool.totalCount).toBe(0);
  });

  it("is not taken for an operation that is refused before it is executed", async () => {
    const { asTenant, database } = api.open();
    const client = asTenant("few");
    await client.send("{ nope }");
    await client.send("{");
    await client.send("query ($id: ID!) { asset(id: $id) { id } }");
    await client.send('{ asset(id: "x") { id } }');
    await client.send("{ assets(first: 0) { nodes { id } } }");
    expect(database.pool.totalCount).toBe(0);
  });

  it("is one for all that an operation reads", async () => {
    const { asTenant, database } = api.open();
    await asTenant("many").query(
      "{ a: assets { totalCount nodes { upstream { totalCount } } } w: workflows { totalCount } e: executions { totalCount } }",
    );
    expect(database.pool.totalCount).toBe(1);
  });
});

it("each statement bears the name of its operation", async () => {
  const { nodes } = await api
    .asTenant("few")
    .query<{ assets: { nodes: readonly { id: string }[] } }>("{ assets(first: 1) { nodes { id } } }")
    .then(({ assets }) => assets);
  await api.asTenant("few").query("query ($id: ID!) { asset(id: $id) { id } }", { id: present(nodes[0]).id });
  await createAssets(api.asTenant("few"), ["last"]);
  for (const sql of api.statements.sent) expect(sql).toMatch(/^\/\* [a-z]+\.[a-zA-Z]+ \*\/ /);
});
