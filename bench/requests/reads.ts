import { assetId, get, graphql, noVariables, type Workload } from "./question.ts";
import { byId, type Nodes, type Row, renamed, timed } from "./rows.ts";

const ASSET = "id name assetType owner createdAt";
const ROW = "rowId name assetType owner createdAt";
const NEWEST = "condition: { tenantId: $tenant }, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]";

const pageQuestions = {
  ours: `query Page($after: String) {
    assets(first: 50, after: $after, filter: { scope: OWN }) { nodes { ${ASSET} } } }`,
  PostGraphile: `query Page($tenant: String!, $after: Cursor) {
    allAssets(first: 50, after: $after, ${NEWEST}) { nodes { ${ROW} } } }`,
};
const canonicalPage = {
  ours: ({ data }: { data: { assets: Nodes<Row> } }) => data.assets.nodes.map(timed),
  "hand-written": (rows: Row[]) => rows.map(timed),
  PostGraphile: ({ data }: { data: { allAssets: Nodes<Row> } }) => data.allAssets.nodes.map(renamed),
};

export const READS = {
  "by id": {
    title: "by id: one asset, 5 fields",
    asks: {
      ours: graphql(`query ById($id: ID!) { asset(id: $id) { ${ASSET} } }`, assetId),
      "hand-written": get("by-id", assetId),
      PostGraphile: graphql(
        `query ById($tenant: String!, $id: UUID!) { assetByTenantIdAndRowId(tenantId: $tenant, rowId: $id) { ${ROW} } }`,
        (n, subjects) => ({ tenant: subjects.tenant, ...assetId(n, subjects) }),
      ),
    },
    canonical: {
      ours: ({ data }: { data: { asset: Row } }) => timed(data.asset),
      "hand-written": timed,
      PostGraphile: ({ data }: { data: { assetByTenantIdAndRowId: Row } }) =>
        renamed(data.assetByTenantIdAndRowId),
    },
  },
  page: {
    title: "page: 50 assets, 5 fields, newest first",
    asks: {
      ours: graphql(pageQuestions.ours, noVariables),
      "hand-written": get("page"),
      PostGraphile: graphql(pageQuestions.PostGraphile, (_, { tenant }) => ({ tenant })),
    },
    canonical: canonicalPage,
  },
  "deep page": {
    title: "page 1,000 by cursor",
    asks: {
      ours: graphql(pageQuestions.ours, (_, { deepAfter }) => ({ after: deepAfter.ours })),
      "hand-written": get("deep-page", (_, { deepAfter }) => JSON.parse(deepAfter["hand-written"])),
      PostGraphile: graphql(pageQuestions.PostGraphile, (_, { tenant, deepAfter }) => ({
        tenant,
        after: deepAfter.PostGraphile,
      })),
    },
    canonical: canonicalPage,
  },
  "nested executions": {
    title: "nested: 50 executions with workflow",
    asks: {
      ours: graphql(
        "{ executions(first: 50) { nodes { id state createdAt workflow { id name version } } } }",
        noVariables,
      ),
      "hand-written": get("executions"),
      PostGraphile: graphql(
        `query Executions($tenant: String!) { allExecutions(first: 50, ${NEWEST}) { nodes { rowId state createdAt
          workflowByWorkflowTenantIdAndWorkflowId { rowId name version } } } }`,
        (_, { tenant }) => ({ tenant }),
      ),
    },
    canonical: {
      ours: ({ data }: { data: { executions: Nodes<Row> } }) =>
        data.executions.nodes.map((row) => timed({ ...row, state: String(row.state).toLowerCase() })),
      "hand-written": (rows: Row[]) => rows.map(timed),
      PostGraphile: ({ data }: { data: { allExecutions: Nodes<Row> } }) =>
        data.allExecutions.nodes.map(({ workflowByWorkflowTenantIdAndWorkflowId: workflow, ...row }) =>
          renamed({ ...row, workflow: renamed(workflow as Row) }),
        ),
    },
  },
  "nested assets": {
    title: "nested: 50 assets with tags and upstream",
    asks: {
      ours: graphql(
        `{ assets(first: 50, filter: { scope: OWN }) { nodes { id name tags
          upstream { nodes { dependencyType upstream { id name } } } } } }`,
        noVariables,
      ),
      "hand-written": get("assets"),
      PostGraphile: graphql(
        `query Assets($tenant: String!) { allAssets(first: 50, ${NEWEST}) { nodes { rowId name
          assetTagsByTenantIdAndAssetId { nodes { tag } }
          assetDependenciesByTenantIdAndDownstreamAssetId(first: 50) { nodes { dependencyType
            assetByUpstreamTenantIdAndUpstreamAssetId { rowId name } } } } } }`,
        (_, { tenant }) => ({ tenant }),
      ),
    },
    canonical: {
      ours: ({ data }: { data: { assets: Nodes<Row & { upstream: Nodes<Row & { upstream: Row }> }> } }) =>
        data.assets.nodes.map(({ upstream, ...row }) => ({
          ...row,
          upstream: byId(
            upstream.nodes.map(({ dependencyType, upstream: up }) => ({ dependencyType, ...up })),
          ),
        })),
      "hand-written": (rows: (Row & { upstream: Row[] })[]) =>
        rows.map((row) => ({ ...row, upstream: byId(row.upstream) })),
      PostGraphile: ({ data }: { data: { allAssets: Nodes<Row> } }) =>
        data.allAssets.nodes.map(
          ({
            rowId,
            name,
            assetTagsByTenantIdAndAssetId,
            assetDependenciesByTenantIdAndDownstreamAssetId,
          }) => ({
            id: rowId,
            name,
            tags: (assetTagsByTenantIdAndAssetId as Nodes<{ tag: string }>).nodes.map(({ tag }) => tag),
            upstream: byId(
              (assetDependenciesByTenantIdAndDownstreamAssetId as Nodes<Row>).nodes.map((edge) => ({
                dependencyType: String(edge.dependencyType).toUpperCase(),
                ...renamed(edge.assetByUpstreamTenantIdAndUpstreamAssetId as Row),
              })),
            ),
          }),
        ),
    },
  },
} as const satisfies Record<string, Workload>;
