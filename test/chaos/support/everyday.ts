import { expect } from "vitest";
import { present } from "../../support/present.ts";
import type { HttpClient } from "./client.ts";
import { isLong } from "./fault.ts";

/** How many assets a tenant has: layers of five, each of which depends on all of the layer before it. */
const ASSETS = isLong ? 200 : 40;
const WIDTH = 5;

const UPSERT = `mutation ($assets: [CreateAssetInput!]!) {
  upsertAssets(input: { assets: $assets }) { assets { id name owner tags } updatedCount }
}`;
const LINK = `mutation ($dependencies: [CreateAssetDependencyInput!]!) {
  createAssetDependencies(input: { dependencies: $dependencies }) { dependencies { id } }
}`;
const CREATE_WORKFLOW =
  "mutation ($name: String!) { createWorkflow(input: { name: $name }) { workflow { id } } }";
const PAGE = `query ($after: String) {
  assets(first: 20, after: $after, orderBy: { field: NAME, direction: ASC }) {
    totalCount nodes { id name tags downstream(first: 3) { nodes { downstream { name } } } } pageInfo { endCursor }
  }
}`;
const WALK = `query ($id: ID!, $maxNodes: Int!) {
  lineage(assetId: $id, direction: BOTH, maxDepth: 50, maxNodes: $maxNodes) {
    completeness nodes { depth asset { name owner tags } } edges { upstream { id } downstream { id } }
  }
}`;
const REPLACE = `mutation ($id: ID!, $upstream: [UpstreamInput!]!) {
  replaceUpstreams(input: { assetId: $id, source: "everyday", upstream: $upstream }) { dependencies { id } }
}`;
const MAKE = `mutation ($name: String!) { createAsset(input: { name: $name, assetType: "t" }) { asset { id } } }`;
const DELETE = "mutation ($id: ID!) { deleteAsset(input: { id: $id }) { deletedId } }";
const RUN = `mutation ($workflowId: ID!, $key: String!) {
  createExecution(input: { workflowId: $workflowId, idempotencyKey: $key }) { created execution { id } }
}`;
const COMPLETE = `mutation ($id: ID!) {
  running: updateExecution(input: { id: $id, state: RUNNING }) { execution { state } }
  done: updateExecution(input: { id: $id, state: SUCCEEDED }) { execution { state } }
  deleteExecution(input: { id: $id }) { deletedId }
}`;

/** What a tenant does again and again; it changes much and leaves nothing behind. */
export interface Everyday {
  /** The documents that are walks, with variables: the second is heavy. */
  readonly walks: readonly { readonly document: string; readonly variables: object }[];
  /** Does the next thing; fails where the answer is not the right one. */
  turn(): Promise<void>;
}

interface Made {
  readonly id: string;
}

/** Makes a small catalogue for a client's tenant, and what is done with it. */
export async function makeEveryday(client: HttpClient): Promise<Everyday> {
  const asked = async <Data>(document: string, variables: object): Promise<Data> => {
    const { code, answer } = await client.send<Data>(document, variables);
    client.exchanges.length = 0; // a long run would keep all it was ever told
    if (code !== "OK") expect.fail(`${code}: ${JSON.stringify(answer)}`);
    return present(answer?.data);
  };
  const assets = (owner: string, count: number) =>
    Array.from({ length: count }, (_, n) => {
      const name = `asset ${String(n).padStart(3, "0")}`;
      return { name, assetType: "table", owner, tags: [`tag ${n % 7}`, owner], properties: { n } };
    });
  const { upsertAssets } = await asked<{ upsertAssets: { assets: Made[] } }>(UPSERT, {
    assets: assets("first", ASSETS),
  });
  const ids = upsertAssets.assets.map(({ id }) => id);
  const edges = ids.slice(WIDTH).flatMap((downstreamAssetId, n) => {
    const above = n - (n % WIDTH);
    return ids.slice(above, above + WIDTH).map((upstreamAssetId) => ({ upstreamAssetId, downstreamAssetId }));
  });
  await asked(LINK, { dependencies: edges.map((edge) => ({ ...edge, dependencyType: "DATA" })) });
  const { createWorkflow } = await asked<{ createWorkflow: { workflow: Made } }>(CREATE_WORKFLOW, {
    name: "daily",
  });
  const workflowId = createWorkflow.workflow.id;

  let turns = 0;
  const idAt = (n: number) => present(ids[n % ids.length]);
  const walkFrom = (maxNodes: number) => ({ document: WALK, variables: { id: idAt(turns), maxNodes } });
  const walk = async (maxNodes: number) => {
    const { document, variables } = walkFrom(maxNodes);
    const { lineage } = await asked<{ lineage: { nodes: object[] } }>(document, variables);
    expect(lineage.nodes.length).toBeGreaterThan(Math.min(maxNodes, ASSETS - WIDTH) - 1);
  };
  const kinds: readonly (() => Promise<void>)[] = [
    async () => {
      const page = await asked<{ assets: { totalCount: number; nodes: Made[] } }>(PAGE, {});
      expect([page.assets.totalCount, page.assets.nodes.length]).toEqual([ASSETS, 20]);
    },
    () => walk(20),
    async () => {
      const changed = assets(`owner ${turns}`, 20);
      const answer = await asked<{ upsertAssets: { updatedCount: number } }>(UPSERT, { assets: changed });
      expect(answer.upsertAssets.updatedCount).toBe(20);
    },
    async () => {
      const { createAsset } = await asked<{ createAsset: { asset: Made } }>(MAKE, {
        name: `passing ${turns}`,
      });
      await asked(DELETE, { id: createAsset.asset.id });
    },
    async () => {
      const { createExecution } = await asked<{ createExecution: { created: boolean; execution: Made } }>(
        RUN,
        {
          workflowId,
          key: `run ${turns}`,
        },
      );
      expect(createExecution.created).toBe(true);
      await asked(COMPLETE, { id: createExecution.execution.id });
    },
    async () => {
      const upstream = [1, 2].map((n) => ({ assetId: idAt(turns + n), dependencyType: "METADATA" }));
      await asked(REPLACE, { id: idAt(0), upstream: upstream.filter(({ assetId }) => assetId !== idAt(0)) });
    },
    () => walk(1000),
    async () => {
      const { code } = await client.send(`{ asset(id: "none ${turns}") { id } }`);
      expect(code).toBe("BAD_USER_INPUT");
    },
  ];
  return {
    get walks() {
      return [walkFrom(20), walkFrom(1000)];
    },
    async turn() {
      turns += 1;
      await present(kinds[turns % kinds.length])();
    },
  };
}
