import { beforeAll, describe, expect, it } from "vitest";
import { AT_ANY_COST, prepareApi } from "../support/graphql.ts";
import { chain, type StoredShape, storeShape } from "../support/lineage-shapes.ts";
import { present } from "../support/present.ts";

const api = prepareApi(AT_ANY_COST);
let shallow: StoredShape;
let deep: StoredShape;

/** A chain each of whose assets, for up to so many, a workflow writes that has run twice. */
async function storeChain(size: number, written: number): Promise<StoredShape> {
  const shape = await storeShape(api.store, chain(size));
  await api.store.asTenant(shape.tenantId, async ({ workflows, executions }) => {
    for (const assetId of shape.ids.slice(0, written)) {
      const { id } = await workflows.insert({ name: assetId, assets: [{ assetId, role: "output" }] });
      await executions.insert({ workflowId: id });
      const last = await executions.insert({ workflowId: id });
      await executions.update(last.id, { state: "running" });
      await executions.update(last.id, { state: "failed" });
    }
  });
  return shape;
}

beforeAll(async () => {
  shallow = await storeChain(3, 3);
  deep = await storeChain(80, 20);
});

/** The statements of a document over a short chain and over a long one, and how much larger that one's answer is. */
async function statementsOf(document: string) {
  const ask = async (shape: StoredShape) => {
    let size = 0;
    const names = await api.statements.during(async () => {
      const variables = {
        first: shape.idOf(0),
        last: shape.idOf(shape.ids.length - 1),
        some: shape.ids.slice(0, 50),
        count: Math.min(shape.ids.length, 50),
      };
      size = JSON.stringify(await api.asTenant(shape.tenantId).query(document, variables)).length;
    });
    return { names: names.toSorted(), size };
  };
  const [few, many] = [await ask(shallow), await ask(deep)];
  expect(many.size).toBeGreaterThan(few.size);
  return { few: few.names, many: many.names };
}

/** What is selected, and the statements it takes beside the walk. */
type Selection = readonly [what: string, fields: string, statements: readonly string[]];

async function expectStatements(document: string, expected: readonly string[]) {
  const { few, many } = await statementsOf(document);
  expect(many).toEqual(expected.toSorted());
  expect(few).toEqual(many);
}

const OF_LINEAGES: readonly Selection[] = [
  ["numbers", "nodeCount maxDepthReached completeness direction", []],
  ["depths", "nodes { depth upstreamDepth downstreamDepth }", []],
  ["assets", "root { id } nodes { depth asset { id name } }", ["asset.findManyByIds"]],
  ["the number of edges", "nodeCount edgeCount edgesComplete", ["lineage.findEdges"]],
  [
    "the ids of all assets",
    "root { id } nodes { asset { id } } edges { upstream { id } downstream { id } }",
    ["lineage.findEdges"],
  ],
  ["edges alone", "edges { id dependencyType bridged }", ["lineage.findEdges"]],
  [
    "edges and what they join",
    "edges { id upstream { id name } downstream { id } }",
    ["asset.findManyByIds", "lineage.findEdges"],
  ],
  [
    "edges and who asserts them",
    "edges { id sources lastSeenAt validFrom validTo }",
    ["lineage.findEdgeDetails", "lineage.findEdges"],
  ],
  ["what lies further up", "nodes { depth hasMoreUpstream }", ["lineage.findOutside"]],
  ["what lies further down", "nodes { depth hasMoreDownstream }", ["lineage.findOutside"]],
  [
    "what lies further both ways",
    "nodes { hasMoreUpstream hasMoreDownstream }",
    ["lineage.findOutside", "lineage.findOutside"],
  ],
  ["cycles", "nodeCount nodes { depth } cycles { depth }", ["lineage.findPairs"]],
];

describe("statements are as many for a chain of 3 as for one of 80:", () => {
  it.each(OF_LINEAGES)("of a lineage with %s", async (_, fields, expected) => {
    await expectStatements(
      `query ($first: ID!) { lineage(assetId: $first, maxDepth: 1000) { nodeCount ${fields} } }`,
      ["lineage.walk", ...expected],
    );
  });

  it.each(OF_LINEAGES)("of 50 lineages with %s", async (_, fields, expected) => {
    await expectStatements(
      `query ($some: [ID!]!) { lineages(assetIds: $some, maxDepth: 1000) { nodeCount ${fields} } }`,
      ["lineage.walk", ...expected],
    );
  });

  it.each(OF_LINEAGES)("of a page of 50 assets, each of its lineage with %s", async (_, fields, expected) => {
    await expectStatements(
      `query ($count: Int!) {
        assets(first: $count) { nodes { lineage(maxDepth: 1000) { nodeCount ${fields} } } }
      }`,
      ["asset.page", "lineage.walk", ...expected],
    );
  });

  it.each<Selection>([
    ["its filter stops at", "STOP_AT", []],
    ["its filter hides", "HIDE", ["lineage.match"]],
  ])("of a lineage with what %s", async (_, mode, expected) => {
    await expectStatements(
      `query ($first: ID!) {
        lineage(assetId: $first, maxDepth: 1000, filter: { assetTypes: ["table"], mode: ${mode} }) {
          nodeCount edgeCount cycles { depth } nodes { depth hasMoreUpstream }
        }
      }`,
      ["lineage.walk", "lineage.findEdges", "lineage.findPairs", "lineage.findOutside", ...expected],
    );
  });

  it.each<Selection>([
    ["numbers", "completeness nodeCount", []],
    ["numbers by depth", "byDepth { depth count }", []],
    ["numbers by type", "byAssetType { assetType count }", ["lineage.countFacets"]],
    ["numbers by owner", "byOwner { owner count }", ["lineage.countFacets"]],
    ["all numbers", "byDepth { depth } byAssetType { count } byOwner { count }", ["lineage.countFacets"]],
  ])("of counts with %s", async (_, fields, expected) => {
    await expectStatements(
      `query ($first: ID!) { lineageCounts(assetId: $first, maxDepth: 1000) { nodeCount ${fields} } }`,
      ["lineage.count", ...expected],
    );
  });

  it.each<Selection>([
    ["lengths", "hasMore completeness paths { length }", []],
    ["assets", "paths { length assets { id name } }", ["asset.findManyByIds"]],
    ["edges", "paths { edges { id dependencyType } }", ["lineage.findPathEdges"]],
    [
      "edges and what they join",
      "paths { edges { upstream { id } downstream { id name } } }",
      ["asset.findManyByIds", "lineage.findPathEdges"],
    ],
    [
      "edges and who asserts them",
      "paths { edges { sources } }",
      ["lineage.findEdgeDetails", "lineage.findPathEdges"],
    ],
  ])("of paths with %s", async (_, fields, expected) => {
    await expectStatements(
      `query ($first: ID!, $last: ID!) { lineagePaths(from: $first, to: $last) { paths { length } ${fields} } }`,
      ["lineage.findPaths", "lineage.findPaths", "lineage.findPairs", ...expected],
    );
  });

  it.each<Selection>([
    ["numbers", "completeness nodeCount", []],
    ["depths", "nodes { depth }", []],
    ["assets and owners", "root { id } nodes { owner asset { id owner } }", ["asset.findManyByIds"]],
    [
      "latest executions",
      "nodes { depth latestExecution { id state completedAt } }",
      ["execution.findManyByIds", "lineage.findLatestExecutions"],
    ],
    ["what is stale", "nodes { depth isStale }", ["lineage.findLatestExecutions", "lineage.findUpstreams"]],
    [
      "what blocks it",
      "nodes { depth blockedBy { id name } }",
      ["asset.findManyByIds", "lineage.findLatestExecutions", "lineage.findPairs"],
    ],
  ])("of an impact with %s", async (_, fields, expected) => {
    await expectStatements(
      `query ($first: ID!) { impact(assetId: $first, maxDepth: 1000) { nodeCount ${fields} } }`,
      ["lineage.walk", ...expected],
    );
  });
});

describe("two fields", () => {
  it("that ask the same of one asset are one walk", async () => {
    const names = await api.statements.during(() =>
      api.asTenant(deep.tenantId).query(
        `query ($first: ID!) {
          a: lineage(assetId: $first) { nodeCount }
          b: lineage(assetId: $first, maxDepth: 5) { nodes { depth } edgeCount }
          asset(id: $first) { lineage(direction: BOTH) { nodeCount } }
        }`,
        { first: deep.idOf(0) },
      ),
    );
    expect(names.filter((name) => name === "lineage.findEdges")).toHaveLength(1);
    // That of the asset may be asked for when the others are walked already; it is theirs all the same.
    expect(names.filter((name) => name === "lineage.walk")).toHaveLength(1);
  });

  it("that ask for something else of one page of assets are two walks", async () => {
    const names = await api.statements.during(() =>
      api.asTenant(deep.tenantId).query(
        `{ assets(first: 50) { nodes {
          up: lineage(direction: UPSTREAM) { nodeCount edgeCount }
          down: lineage(direction: DOWNSTREAM) { nodeCount edgeCount }
        } } }`,
      ),
    );
    // Their edges are read together: which way was walked is nothing to them.
    expect(names.toSorted()).toEqual(["asset.page", "lineage.findEdges", "lineage.walk", "lineage.walk"]);
  });
});

it("an answer without what it would take more statements for tells so itself", async () => {
  const { lineage } = await api
    .asTenant(deep.tenantId)
    .query<{ lineage: { nodeCount: number; nodes: readonly { depth: number }[] } | null }>(
      "query ($first: ID!) { lineage(assetId: $first, maxDepth: 1000) { nodeCount nodes { depth } } }",
      { first: deep.idOf(0) },
    );
  expect(present(lineage).nodes.map(({ depth }) => depth)).toEqual([...deep.ids.keys()]);
});
