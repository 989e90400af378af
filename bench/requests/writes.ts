import { benchId } from "../lineage/catalogue/ids.ts";
import { graphql, pick, post, type Workload, type Writer, writer } from "./question.ts";

const ASSET = "id name assetType owner createdAt";
const ROW = "rowId name assetType owner createdAt";
const DEPENDENCIES = 1000;

/** An id that nobody has used, and that sorts by time as the others do. */
const freshId = (n: number) => benchId(7000 + (process.pid % 1000), n);

const newAsset = (n: number) => ({ name: `made.${process.pid}.${n}`, assetType: "table", owner: "bench" });
const key = (n: number) => `run-${process.pid}-${n}`;

/** A thousand pairs that nobody has asked for: of the pairs of a tenant's assets each once, and none of an asset with itself. */
function edges(n: number, { assetIds }: Writer) {
  const others = assetIds.length - 1;
  return Array.from({ length: DEPENDENCIES }, (_, index) => {
    const pair = n * DEPENDENCIES + index;
    const down = Math.floor(pair / others);
    const up = (down + 1 + (pair % others)) % assetIds.length;
    return {
      upstreamAssetId: pick(assetIds, up),
      downstreamAssetId: pick(assetIds, down),
      dependencyType: "DATA",
    };
  });
}

export const WRITES = {
  "create asset": {
    title: "create an asset",
    asks: {
      ours: graphql(
        `mutation Create($input: CreateAssetInput!) { createAsset(input: $input) { asset { ${ASSET} } } }`,
        (n) => ({ input: newAsset(n) }),
        writer("ours"),
      ),
      "hand-written": post("create-asset", (n) => ({ id: freshId(n), ...newAsset(n) })),
      PostGraphile: graphql(
        `mutation Create($asset: AssetInput!) { createAsset(input: { asset: $asset }) { asset { ${ROW} } } }`,
        (n, { writers: { PostGraphile } }) => ({
          asset: {
            ...{
              ...newAsset(n),
              tenantId: PostGraphile.tenant,
              rowId: freshId(n),
              nameSearch: newAsset(n).name,
            },
            ...{ createdBy: "bench", updatedBy: "bench" },
          },
        }),
        writer("PostGraphile"),
      ),
    },
  },
  "create execution": {
    title: "create an execution under an idempotency key",
    asks: {
      ours: graphql(
        `mutation Run($input: CreateExecutionInput!) {
          createExecution(input: $input) { execution { id state createdAt } } }`,
        (n, { writers: { ours } }) => ({ input: { workflowId: ours.workflowId, idempotencyKey: key(n) } }),
        writer("ours"),
      ),
      "hand-written": post("create-execution", (n, { writers }) => ({
        id: freshId(n),
        workflowId: writers["hand-written"].workflowId,
        key: key(n),
      })),
      // It can make one, but not get the one that is there.
      PostGraphile: graphql(
        `mutation Run($execution: ExecutionInput!) {
          createExecution(input: { execution: $execution }) { execution { rowId state createdAt } } }`,
        (n, { writers: { PostGraphile } }) => ({
          execution: {
            ...{ tenantId: PostGraphile.tenant, rowId: freshId(n), workflowTenantId: PostGraphile.tenant },
            ...{
              workflowId: PostGraphile.workflowId,
              idempotencyKey: key(n),
              createdBy: "bench",
              updatedBy: "bench",
            },
          },
        }),
        writer("PostGraphile"),
      ),
    },
  },
  "create dependencies": {
    title: "create 1,000 dependencies (PostGraphile: a function)",
    asks: {
      ours: graphql(
        `mutation Link($input: CreateAssetDependenciesInput!) {
          createAssetDependencies(input: $input) { __typename } }`,
        (n, { writers: { ours } }) => ({ input: { dependencies: edges(n, ours) } }),
        writer("ours"),
      ),
      "hand-written": post("create-dependencies", (n, { writers }) =>
        edges(n, writers["hand-written"]).map((edge, index) => ({
          id: freshId(n * DEPENDENCIES + index),
          ...edge,
        })),
      ),
      PostGraphile: graphql(
        "mutation Link($edges: JSON!) { benchCreateDependencies(input: { edges: $edges }) { result } }",
        (n, { writers: { PostGraphile } }) => ({
          edges: edges(n, PostGraphile).map((edge, index) => ({
            id: freshId(n * DEPENDENCIES + index),
            ...edge,
          })),
        }),
        writer("PostGraphile"),
      ),
    },
  },
} as const satisfies Record<string, Workload>;
