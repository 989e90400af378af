import { beforeAll, describe, expect, it } from "vitest";
import type { ExecutionState } from "../../src/modules/execution/execution.table.ts";
import { newAsset, newWorkflow } from "../support/factories.ts";
import { type Client, prepareApi } from "../support/graphql.ts";
import { present } from "../support/present.ts";
import type { Party } from "../support/storage.ts";

// What tenant A has is hung on global assets that B uses too; nothing that B is told may change by it.
const api = prepareApi();

const QUESTIONS = {
  "nodes and completeness": `lineage(assetId: $root, maxDepth: 100) {
    completeness nodeCount maxDepthReached nodes { depth upstreamDepth downstreamDepth asset { id } }
  }`,
  "a depth that ends where A goes on": `lineage(assetId: $root, maxDepth: 1, direction: DOWNSTREAM) {
    completeness nodeCount
  }`,
  "a budget that A's assets would not fit in": `lineage(assetId: $root, maxDepth: 100, maxNodes: 5) {
    completeness nodes { asset { id } }
  }`,
  edges:
    "lineage(assetId: $root, maxDepth: 100) { edgeCount edgesComplete edges { id dependencyType sources } }",
  "flags of what lies further": `lineage(assetId: $root, maxDepth: 2) {
    nodes { asset { id } hasMoreUpstream hasMoreDownstream }
  }`,
  "flags of what nothing but A's hangs on": `lineage(assetId: $leaf, maxDepth: 0) {
    completeness nodes { hasMoreUpstream hasMoreDownstream }
  }`,
  cycles: "lineage(assetId: $root, maxDepth: 100) { cycles { asset { id } } }",
  "what a filter stops at": `lineage(assetId: $root, maxDepth: 100, filter: { owners: ["B"] }) {
    completeness nodes { hasMoreDownstream asset { id } } edges { id }
  }`,
  "what bridges lead past what a filter hides": `lineage(
    assetId: $root, maxDepth: 100, filter: { owners: ["B"], mode: HIDE }
  ) {
    completeness nodes { depth asset { id } } edges { bridged dependencyType upstream { id } downstream { id } }
  }`,
  "lineages of all assets":
    "lineages(assetIds: $all, maxDepth: 100) { nodeCount edgeCount cycles { depth } }",
  "counts and facets": `lineageCounts(assetId: $root, maxDepth: 100) {
    completeness nodeCount byDepth { depth count } byAssetType { assetType count } byOwner { owner count }
  }`,
  paths: `lineagePaths(from: $root, to: $own, first: 10) {
    completeness hasMore paths { length assets { id } edges { id } }
  }`,
  "paths to what is A's": "lineagePaths(from: $root, to: $foreign, first: 10) { hasMore }",
  "the impact": `impact(assetId: $root, maxDepth: 100) {
    completeness nodeCount nodes { depth owner asset { id } latestExecution { id state } isStale blockedBy { id } }
  }`,
  "pages of assets with their lineage": `assets(first: 100, orderBy: { field: NAME, direction: ASC }) {
    nodes { id lineage(maxDepth: 100) { nodeCount edgeCount nodes { hasMoreUpstream hasMoreDownstream } } }
  }`,
} as const;

type Question = keyof typeof QUESTIONS;
const NAMES = Object.keys(QUESTIONS) as Question[];

let assets: Readonly<Record<"g" | "a" | "b", readonly string[]>>;
const before = new Map<string, unknown>();
const a = api.store.newTenant();
const b = api.store.newTenant();

const VIEWERS = ["B", "the system", "nobody"] as const;
type Viewer = (typeof VIEWERS)[number] | "A";

function clientOf(viewer: Viewer): Client {
  if (viewer === "the system") return api.system;
  if (viewer === "nobody") return api.nobody;
  return api.asTenant(viewer === "A" ? a.id : b.id);
}

async function ask(viewer: Viewer, question: Question) {
  const used = ["root", "leaf", "own", "foreign", "all"].filter((name) =>
    QUESTIONS[question].includes(`$${name}`),
  );
  const types = used.map((name) => `$${name}: ${name === "all" ? "[ID!]!" : "ID!"}`).join(", ");
  const variables = {
    root: assets.g[0],
    leaf: assets.g[3],
    own: assets.b[1],
    foreign: assets.a[1],
    all: [assets.g, assets.a, assets.b].flat(),
  };
  const head = used.length === 0 ? "query" : `query (${types})`;
  return clientOf(viewer).query(`${head} { answer: ${QUESTIONS[question]} }`, variables);
}

const storeOwned = (party: Party, owner: string, count: number) =>
  party.run(async (repositories) => {
    const items = Array.from({ length: count }, () => newAsset({ owner, assetType: `${owner}'s` }));
    return (await repositories.assets.upsertMany(items)).assets.map(({ id }) => id);
  });

const connect = (
  party: Party,
  ...edges: readonly (readonly [upstream: string | undefined, downstream: string | undefined])[]
) =>
  party.run(({ dependencies }) =>
    dependencies.insertMany(
      edges.map(([up, down]) => ({
        upstreamAssetId: present(up),
        downstreamAssetId: present(down),
        dependencyType: "data",
      })),
    ),
  );

/** A workflow that writes an asset, and runs that ended so. */
async function write(party: Party, assetId: string | undefined, ...states: readonly ExecutionState[]) {
  const output = { assetId: present(assetId), role: "output" } as const;
  const { id } = await party.run(({ workflows }) => workflows.insert(newWorkflow({ assets: [output] })));
  for (const state of states) await runOf(party, id, state);
  return id;
}

const runOf = (party: Party, workflowId: string, state: ExecutionState) =>
  party.run(async ({ executions }) => {
    const { id } = await executions.insert({ workflowId });
    await executions.update(id, { state: "running" });
    await executions.update(id, { state });
  });

beforeAll(async () => {
  const { system } = api.store;
  const g = await storeOwned(system, "system", 4);
  const own = await storeOwned(b, "B", 3);
  await connect(system, [g[0], g[1]], [g[1], g[2]], [g[2], g[1]]);
  await connect(b, [g[1], own[0]], [own[0], own[1]], [g[2], own[1]], [own[1], own[2]], [own[2], own[0]]);
  const shared = await write(system, g[1], "succeeded");
  await write(b, own[0], "succeeded");
  await write(b, own[1], "succeeded");
  assets = { g, a: await storeOwned(a, "A", 3), b: own };
  for (const viewer of VIEWERS) {
    for (const question of NAMES) before.set(`${viewer} ${question}`, await ask(viewer, question));
  }

  await connect(a, ...g.map((id) => [id, assets.a[0]] as const));
  await connect(a, [assets.a[0], assets.a[1]], [assets.a[1], assets.a[2]], [assets.a[2], assets.a[0]]);
  // Later than all of B's, and what blocks: on A's workflow for a global asset, and on the global workflow.
  await write(a, g[1], "succeeded", "failed");
  await write(a, g[2], "succeeded", "timeout");
  await write(a, g[0], "succeeded", "failed");
  for (const state of ["succeeded", "failed"] as const) await runOf(a, shared, state);
});

describe.each(VIEWERS)("what A hangs on global assets changes nothing that %s is told:", (viewer) => {
  it.each(NAMES)("%s", async (question) => {
    const now = await ask(viewer, question);
    expect(now).toEqual(before.get(`${viewer} ${question}`));
    const text = JSON.stringify(now);
    for (const id of viewer === "B" ? assets.a : [...assets.a, ...assets.b]) expect(text).not.toContain(id);
  });
});

describe("A itself is told of all of it:", () => {
  it.each(NAMES.filter((name) => name !== "paths"))("%s", async (question) => {
    expect(await ask("A", question)).not.toEqual(await ask("B", question));
  });

  it("its own runs block what they write and what follows", async () => {
    const { answer } = (await ask("A", "the impact")) as {
      answer: { nodes: readonly { asset: { id: string }; blockedBy: { id: string } | null }[] };
    };
    const blockers = new Map(answer.nodes.map(({ asset, blockedBy }) => [asset.id, blockedBy?.id]));
    expect(blockers.get(present(assets.g[1]))).toBe(assets.g[0]);
    expect(blockers.get(present(assets.a[0]))).toBe(assets.g[0]);
  });
});
