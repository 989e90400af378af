import { beforeAll, describe, expect, it } from "vitest";
import { UNKNOWN_ID } from "../support/factories.ts";
import { AT_ANY_COST, type Client, prepareApi } from "../support/graphql.ts";
import {
  ASSET_FIELDS,
  createAsset,
  createExecution,
  createWorkflow,
  createWorkflowVersion,
  EXECUTION_FIELDS,
  link,
  type MutationName,
  mutate,
  mutation,
  WORKFLOW_FIELDS,
} from "../support/graphql-operations.ts";
import { present } from "../support/present.ts";

const api = prepareApi(AT_ANY_COST);

const NAME = "secret_of_b";
const UNKNOWN_NAME = "never_made_";
const KEY = "key_of_b";

/** What tenant B has, and what is global. */
interface Stored {
  readonly asset: string;
  readonly downstream: string;
  readonly workflow: string;
  readonly execution: string;
  readonly dependency: string;
  readonly updatedAt: string;
  readonly globalAsset: string;
  readonly globalWorkflow: string;
}
type Row = "asset" | "workflow" | "execution" | "dependency";

let stored: Stored | undefined;
/** One of the viewer's own. */
let ownAsset = UNKNOWN_ID;
const b = () => api.asTenant("b");
const id = (of: keyof Stored) => present(stored)[of];

beforeAll(async () => {
  const globalAsset = await createAsset(api.system, { name: "shared" });
  const globalWorkflow = await createWorkflow(api.system, { name: "shared" });
  const asset = await createAsset(b(), { name: NAME, tags: [NAME] });
  const downstream = await createAsset(b(), { name: `${NAME}_2` });
  const [dependency] = await link(b(), [
    [asset.id, downstream.id],
    [globalAsset.id, asset.id],
  ]);
  const workflow = await createWorkflow(b(), {
    name: NAME,
    assets: [globalAsset.id, asset.id].map((assetId) => ({ assetId, role: "INPUT" })),
  });
  await createWorkflowVersion(b(), { name: NAME });
  const execution = await createExecution(b(), workflow.id, { idempotencyKey: KEY });
  await createExecution(b(), globalWorkflow.id, { idempotencyKey: KEY });
  stored = {
    asset: asset.id,
    downstream: downstream.id,
    workflow: workflow.id,
    execution: execution.id,
    dependency: present(dependency).id,
    updatedAt: asset.updatedAt,
    globalAsset: globalAsset.id,
    globalWorkflow: globalWorkflow.id,
  };
});

const VIEWERS = [
  ["tenant A", () => api.asTenant("a")],
  ["the system", () => api.system],
  ["nobody", () => api.nobody],
] as const;

/** Everything that somebody sees. */
const EVERYTHING = `{
  assets(first: 1000) { totalCount nodes {
    ${ASSET_FIELDS}
    upstream { totalCount nodes { id upstream { id name } } }
    downstream { totalCount nodes { id downstream { id name } } }
    workflows { totalCount nodes { id name } }
  } }
  own: assets(filter: { scope: OWN }) { totalCount }
  workflows(first: 1000) { totalCount nodes {
    ${WORKFLOW_FIELDS} executions { totalCount nodes { id } } latestExecution { id }
  } }
  latest: workflows(filter: { latestOnly: true }) { totalCount }
  executions(first: 1000) { totalCount nodes { ${EXECUTION_FIELDS} } }
}`;

const everythingOf = (client: Client) => client.query<Record<string, { totalCount: number }>>(EVERYTHING);

const QUERIES: readonly (readonly [what: string, row: Row | "name", fields: string])[] = [
  ["asset", "asset", "asset(id: $id) { id name }"],
  ["workflow", "workflow", "workflow(id: $id) { id name }"],
  ...(["Asset", "Workflow", "Execution", "AssetDependency"] as const).map(
    (type) =>
      [
        `an entity: ${type}`,
        type === "AssetDependency" ? "dependency" : (type.toLowerCase() as Row),
        `_entities(representations: [{ __typename: "${type}", id: $id }]) { __typename ... on ${type} { id } }`,
      ] as const,
  ),
  [
    "an entity by name: Asset",
    "name",
    '_entities(representations: [{ __typename: "Asset", name: $id }]) { __typename ... on Asset { id } }',
  ],
  [
    "an entity by name: Workflow",
    "name",
    '_entities(representations: [{ __typename: "Workflow", name: $id, version: 2 }]) { ... on Workflow { id } }',
  ],
  ["execution", "execution", "execution(id: $id) { id state }"],
  ["lineage", "asset", "lineage(assetId: $id) { nodeCount nodes { asset { name } } }"],
  [
    "executions of a workflow",
    "workflow",
    "executions(filter: { workflowId: $id }) { totalCount nodes { id } }",
  ],
  ["assetByName", "name", "assetByName(name: $id) { id }"],
  ["workflowByName", "name", "workflowByName(name: $id) { id }"],
  ["a version by name", "name", "workflowByName(name: $id, version: 2) { id }"],
  ["assets of a name", "name", "assets(filter: { name: { prefix: $id } }) { totalCount nodes { id } }"],
  ["assets of a tag", "name", "assets(filter: { tags: { any: [$id] } }) { totalCount nodes { id } }"],
  [
    "workflows of a name",
    "name",
    "workflows(filter: { name: { contains: $id } }) { totalCount nodes { id } }",
  ],
];

const MUTATIONS: readonly (readonly [
  mutation: MutationName,
  how: string,
  row: Row | "name",
  input: (id: string) => object,
])[] = [
  ["updateAsset", "", "asset", (id) => ({ id, owner: "a" })],
  [
    "updateAsset",
    "as it was read",
    "asset",
    (id) => ({ id, owner: "a", expectedUpdatedAt: present(stored).updatedAt }),
  ],
  ["deleteAsset", "", "asset", (id) => ({ id })],
  ["updateWorkflow", "", "workflow", (id) => ({ id, owner: "a" })],
  ["updateWorkflow", "and its assets", "workflow", (id) => ({ id, assets: [] })],
  ["deleteWorkflow", "", "workflow", (id) => ({ id })],
  ["deleteWorkflow", "and its executions", "workflow", (id) => ({ id, cascade: true })],
  ["createExecution", "", "workflow", (workflowId) => ({ workflowId })],
  [
    "createExecution",
    "under a key that it has",
    "workflow",
    (workflowId) => ({ workflowId, idempotencyKey: KEY }),
  ],
  ["updateExecution", "", "execution", (id) => ({ id, state: "RUNNING" })],
  ["deleteExecution", "", "execution", (id) => ({ id })],
  ["deleteAssetDependency", "", "dependency", (id) => ({ id })],
  ["deleteAssetDependency", "of a source", "dependency", (id) => ({ id, source: "api" })],
  ["deleteAssetDependency", "of another source", "dependency", (id) => ({ id, source: "other" })],
  ["replaceUpstreams", "of it", "asset", (assetId) => ({ assetId, upstream: [] })],
  [
    "replaceUpstreams",
    "by it",
    "asset",
    (assetId) => ({ assetId: ownAsset, upstream: [{ assetId, dependencyType: "DATA" }] }),
  ],
  [
    "createAssetDependency",
    "on it",
    "asset",
    (id) => ({ upstreamAssetId: id, downstreamAssetId: present(stored).globalAsset, dependencyType: "DATA" }),
  ],
  [
    "createAssetDependency",
    "of it",
    "asset",
    (id) => ({ upstreamAssetId: present(stored).globalAsset, downstreamAssetId: id, dependencyType: "DATA" }),
  ],
  [
    "createAssetDependencies",
    "of it",
    "asset",
    (id) => ({
      dependencies: [
        { upstreamAssetId: present(stored).globalAsset, downstreamAssetId: id, dependencyType: "DATA" },
      ],
    }),
  ],
  [
    "createWorkflow",
    "over it",
    "asset",
    (assetId) => ({ name: "of_a", assets: [{ assetId, role: "INPUT" }] }),
  ],
  ["createWorkflowVersion", "", "name", (name) => ({ name })],
  [
    "createWorkflowVersion",
    "over it",
    "asset",
    (assetId) => ({ name: "own_workflow", assets: [{ assetId, role: "OUTPUT" }] }),
  ],
];

describe.each(VIEWERS)("to %s, a row of tenant B is as one that does not exist", (_, viewer) => {
  beforeAll(async () => {
    if (viewer() === api.nobody) return;
    await viewer().send(mutation("createWorkflow"), { input: { name: "own_workflow" } });
    ownAsset = (await createAsset(viewer())).id;
  });

  it.each(QUERIES)("for %s", async (_, row, fields) => {
    const type = row === "name" ? "String" : "ID";
    const document = `query ($id: ${type}!) { ${fields} }`;
    const [theirs, unknown] = row === "name" ? [NAME, UNKNOWN_NAME] : [id(row), UNKNOWN_ID];
    const ask = async (value: string) => {
      const { status, data, errors } = await viewer().send(document, { id: value });
      return JSON.stringify({ status, data, errors }).replaceAll(value, "ID");
    };
    const answer = await ask(theirs);
    expect(answer).toBe(await ask(unknown));
    expect(answer).toMatch(
      /^\{"status":200,"data":\{"\w+":(?:null|\[null\]|\{"totalCount":0,"nodes":\[\]\})\},"errors":\[\]\}$/,
    );
  });

  it.each(MUTATIONS)("for %s %s", async (name, _, row, input) => {
    const [theirs, unknown] = row === "name" ? [NAME, UNKNOWN_NAME] : [id(row), UNKNOWN_ID];
    const before = await everythingOf(b());
    const attempt = async (value: string) => {
      const { status, data, errors } = await viewer().send(mutation(name), { input: input(value) });
      return JSON.stringify({ status, data, errors }).replaceAll(value, "ID");
    };
    const answer = await attempt(theirs);
    expect(answer).toBe(await attempt(unknown));
    expect(answer).toContain(viewer() === api.nobody ? '"FORBIDDEN"' : '"NOT_FOUND"');
    expect(await everythingOf(b())).toEqual(before);
  });

  it("in no list, count, connection or lineage, also of global rows that B uses", async () => {
    const seen = await everythingOf(viewer());
    const lineage = await viewer().query(
      "query ($id: ID!) { lineage(assetId: $id, maxDepth: 1000) { nodeCount edgeCount nodes { asset { id name } } edges { id } } }",
      { id: id("globalAsset") },
    );
    const text = JSON.stringify([seen, lineage]);
    for (const of of ["asset", "downstream", "workflow", "execution", "dependency"] as const) {
      expect(text).not.toContain(id(of));
    }
    expect(text).not.toContain(NAME);
    expect(text).not.toContain(KEY);
    expect(lineage).toMatchObject({ lineage: { nodeCount: 1, edgeCount: 0 } });
    expect(
      await viewer().query(
        `query ($asset: ID!, $workflow: ID!) {
          asset(id: $asset) { downstream { totalCount } workflows { totalCount } }
          workflow(id: $workflow) { executions { totalCount } latestExecution { id } }
        }`,
        { asset: id("globalAsset"), workflow: id("globalWorkflow") },
      ),
    ).toEqual({
      asset: { downstream: { totalCount: 0 }, workflows: { totalCount: 0 } },
      workflow: { executions: { totalCount: 0 }, latestExecution: null },
    });
  });
});

it("tenant B itself sees all of it", async () => {
  expect(await everythingOf(b())).toMatchObject({
    own: { totalCount: 2 },
    latest: { totalCount: expect.any(Number) },
    executions: { totalCount: 2 },
  });
  expect(
    await b().query("query ($id: ID!) { lineage(assetId: $id) { nodeCount edgeCount } }", {
      id: id("globalAsset"),
    }),
  ).toEqual({ lineage: { nodeCount: 3, edgeCount: 2 } });
});

describe("a name, a tag and a key that tenant B has", () => {
  it("are free for others, and tell nothing of B's", async () => {
    const a = api.newTenant();
    const asset = await createAsset(a, { name: NAME });
    expect(asset).toMatchObject({ tenantId: a.tenantId, tags: [] });
    const { assets } = await mutate<{ assets: readonly { id: string }[] }>(a, "upsertAssets", {
      assets: [{ name: `${NAME}_2`, assetType: "t" }],
    });
    expect(present(assets[0]).id).not.toBe(id("downstream"));
    expect(await createWorkflow(a, { name: NAME })).toMatchObject({ version: 1, isLatest: true });
    const run = await mutate(a, "createExecution", { workflowId: id("globalWorkflow"), idempotencyKey: KEY });
    expect(run).toMatchObject({ created: true, execution: { tenantId: a.tenantId } });
  });
});
