import fc from "fast-check";
import { CONNECTION_FIELDS, PAGE_ARGUMENTS, PAGE_VARIABLES } from "../../connections.ts";
import {
  ASSET_FIELDS,
  DEPENDENCY_FIELDS,
  EXECUTION_FIELDS,
  MUTATION_NAMES,
  type MutationName,
  mutation,
  WORKFLOW_FIELDS,
} from "../../graphql-operations.ts";
import * as inputs from "./inputs.ts";
import * as picks from "./picks.ts";

/** An operation of the API, and what its variables may be, in the words of the library. */
export interface Operation {
  readonly document: string;
  readonly variables: fc.Arbitrary<object>;
}

const PAGE = `${CONNECTION_FIELDS} totalCount`;
const EDGE =
  "id upstream { id name } downstream { id } dependencyType bridged sources lastSeenAt validFrom validTo";
const NODE = "depth upstreamDepth downstreamDepth hasMoreUpstream hasMoreDownstream asset { id name }";
const LINEAGE = `
  root { ${ASSET_FIELDS} } direction completeness nodeCount edgeCount edgesComplete maxDepthReached
  nodes { ${NODE} } edges { ${EDGE} } cycles { depth asset { id } }`;

const LINEAGE_VARIABLES = `
  $direction: LineageDirection! = BOTH, $maxDepth: Int! = 5, $maxNodes: Int! = 500, $maxEdges: Int! = 10000,
  $filter: LineageFilter, $dependencyTypes: [DependencyType!], $asOf: DateTime`;
const LINEAGE_ARGUMENTS = `
  direction: $direction, maxDepth: $maxDepth, maxNodes: $maxNodes, maxEdges: $maxEdges, filter: $filter,
  dependencyTypes: $dependencyTypes, asOf: $asOf`;
const CHOICE_VARIABLES = "$dependencyTypes: [DependencyType!], $asOf: DateTime";
const CHOICE_ARGUMENTS = "dependencyTypes: $dependencyTypes, asOf: $asOf";

const together = (...parts: fc.Arbitrary<object>[]) =>
  fc.tuple(...parts).map((each) => Object.assign({}, ...each) as object);
const optional = (model: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> =>
  fc.record(model, { requiredKeys: [] });
const ofId = (...of: Parameters<typeof picks.id>) => fc.record({ id: picks.id(...of) });
const assetOrder = inputs.orderBy("createdAt", "updatedAt", "name");

const nested = (field: string, nodes: string): Operation => ({
  document: `query ($id: ID!, ${PAGE_VARIABLES}) {
    asset(id: $id) { ${ASSET_FIELDS} ${field}(${PAGE_ARGUMENTS}) { ${PAGE} nodes { ${nodes} } } }
  }`,
  variables: together(ofId("asset"), inputs.page(`asset.${field}`)),
});

/** Objects as other subgraphs name them: by every key, and now and then by none. */
const representations = fc.array(
  fc.oneof(
    ...Object.entries({
      Asset: "asset",
      Workflow: "workflow",
      Execution: "execution",
      AssetDependency: "edge",
    } as const).map(([type, kind]) => fc.record({ __typename: fc.constant(type), id: picks.id(kind) })),
    fc.record({ __typename: fc.constant("Asset"), name: picks.nameOf("asset") }),
    fc.record(
      {
        __typename: fc.constant("Workflow"),
        name: picks.nameOf("workflow"),
        version: fc.integer({ min: 1, max: 3 }),
      },
      { requiredKeys: ["__typename", "name"] },
    ),
  ),
  { maxLength: 5 },
);

/** Queries that together select every field of every type. */
export const QUERIES: Readonly<Record<string, Operation>> = {
  "asset and its upstreams": nested("upstream", `${DEPENDENCY_FIELDS} upstream { ${ASSET_FIELDS} }`),
  "asset and its downstreams": nested("downstream", `${DEPENDENCY_FIELDS} downstream { ${ASSET_FIELDS} }`),
  "asset and its workflows": nested("workflows", WORKFLOW_FIELDS),
  "assets by ids": {
    document: `query ($one: ID!, $two: ID!, $three: ID!) {
      one: asset(id: $one) { id name upstream { totalCount } downstream { totalCount } workflows { totalCount } }
      two: asset(id: $two) { id name upstream { totalCount } downstream { totalCount } workflows { totalCount } }
      three: asset(id: $three) { id name lineage { nodeCount edgeCount } }
    }`,
    variables: fc.record({ one: picks.id("asset"), two: picks.id("asset"), three: picks.id("asset") }),
  },
  "rows by ids": {
    document: `query ($one: ID!, $two: ID!, $three: ID!) {
      asset(id: $one) { id name } workflow(id: $two) { id name } execution(id: $three) { id state }
    }`,
    variables: fc.record({ one: picks.id("asset"), two: picks.id("workflow"), three: picks.id("execution") }),
  },
  assetByName: {
    document: `query ($name: String!) { assetByName(name: $name) { ${ASSET_FIELDS} } }`,
    variables: fc.record({ name: picks.nameOf("asset") }),
  },
  assets: {
    document: `query ($filter: AssetFilter, $orderBy: AssetOrder, ${PAGE_VARIABLES}) {
      assets(filter: $filter, orderBy: $orderBy, ${PAGE_ARGUMENTS}) { ${PAGE} nodes { ${ASSET_FIELDS} } }
    }`,
    variables: together(optional({ filter: inputs.assetFilter, orderBy: assetOrder }), inputs.page("assets")),
  },
  "assets and what is around them": {
    document: `query (${LINEAGE_VARIABLES}) { assets(first: 4) { nodes {
      id upstream(first: 2) { totalCount nodes { id upstream { id name } } } downstream(last: 2) { nodes { id } }
      workflows(first: 2) { nodes { id name latestExecution { id } executions(first: 1) { totalCount } } }
      lineage(${LINEAGE_ARGUMENTS}) { ${LINEAGE} }
    } } }`,
    variables: inputs.lineageOptions,
  },
  workflow: {
    document: `query ($id: ID!, ${PAGE_VARIABLES}) { workflow(id: $id) {
      ${WORKFLOW_FIELDS} assets { asset { ${ASSET_FIELDS} } } latestExecution { ${EXECUTION_FIELDS} }
      executions(${PAGE_ARGUMENTS}) { ${PAGE} nodes { ${EXECUTION_FIELDS} } }
    } }`,
    variables: together(ofId("workflow"), inputs.page("workflow.executions")),
  },
  workflowByName: {
    document: `query ($name: String!, $version: Int) {
      workflowByName(name: $name, version: $version) { ${WORKFLOW_FIELDS} }
    }`,
    variables: together(
      fc.record({ name: picks.nameOf("workflow") }),
      optional({ version: fc.option(fc.integer({ min: 1, max: 3 })) }),
    ),
  },
  workflows: {
    document: `query ($filter: WorkflowFilter, $orderBy: WorkflowOrder, ${PAGE_VARIABLES}) {
      workflows(filter: $filter, orderBy: $orderBy, ${PAGE_ARGUMENTS}) { ${PAGE} nodes { ${WORKFLOW_FIELDS} } }
    }`,
    variables: together(
      optional({ filter: inputs.workflowFilter, orderBy: assetOrder }),
      inputs.page("workflows"),
    ),
  },
  execution: {
    document: `query ($id: ID!) {
      execution(id: $id) { ${EXECUTION_FIELDS} workflow { ${WORKFLOW_FIELDS} latestExecution { id } } }
    }`,
    variables: ofId("execution"),
  },
  executions: {
    document: `query ($filter: ExecutionFilter, $orderBy: ExecutionOrder, ${PAGE_VARIABLES}) {
      executions(filter: $filter, orderBy: $orderBy, ${PAGE_ARGUMENTS}) { ${PAGE} nodes { ${EXECUTION_FIELDS} } }
    }`,
    variables: together(
      optional({
        filter: inputs.executionFilter,
        orderBy: inputs.orderBy("createdAt", "updatedAt", "startedAt"),
      }),
      inputs.page("executions"),
    ),
  },
  lineage: {
    document: `query ($assetId: ID!, ${LINEAGE_VARIABLES}) {
      lineage(assetId: $assetId, ${LINEAGE_ARGUMENTS}) { ${LINEAGE} }
    }`,
    variables: together(fc.record({ assetId: picks.id("asset") }), inputs.lineageOptions),
  },
  lineages: {
    document: `query ($assetIds: [ID!]!, ${LINEAGE_VARIABLES}) {
      lineages(assetIds: $assetIds, ${LINEAGE_ARGUMENTS}) { ${LINEAGE} }
    }`,
    variables: together(
      fc.record({ assetIds: fc.array(picks.id("asset"), { maxLength: 4 }) }),
      inputs.lineageOptions,
    ),
  },
  lineageCounts: {
    document: `query ($assetId: ID!, $direction: LineageDirection! = BOTH, $maxDepth: Int! = 5, ${CHOICE_VARIABLES}) {
      lineageCounts(assetId: $assetId, direction: $direction, maxDepth: $maxDepth, ${CHOICE_ARGUMENTS}) {
        completeness nodeCount byDepth { depth count } byAssetType { assetType count } byOwner { owner count }
      }
    }`,
    variables: together(
      fc.record({ assetId: picks.id("asset") }),
      optional({ direction: inputs.direction, maxDepth: inputs.maxDepth, ...inputs.edgeChoice }),
    ),
  },
  lineagePaths: {
    document: `query ($from: ID!, $to: ID!, $first: Int! = 3, ${CHOICE_VARIABLES}) {
      lineagePaths(from: $from, to: $to, first: $first, ${CHOICE_ARGUMENTS}) {
        completeness hasMore paths { length assets { id name } edges { ${EDGE} } }
      }
    }`,
    variables: together(
      fc.record({ from: picks.id("asset"), to: picks.id("asset") }),
      optional({ first: fc.integer({ min: 1, max: 3 }), ...inputs.edgeChoice }),
    ),
  },
  _entities: {
    // What hangs on them is left out: whether that of two types and keys comes in one statement is chance.
    document: `query ($representations: [_Any!]!) { _entities(representations: $representations) {
      __typename
      ... on Asset { ${ASSET_FIELDS} }
      ... on Workflow { id tenantId name version isLatest description owner tags properties createdAt updatedAt }
      ... on Execution { id tenantId state idempotencyKey startedAt completedAt errorMessage createdAt updatedAt }
      ... on AssetDependency { id dependencyType sources lastSeenAt validFrom createdAt }
    } }`,
    variables: fc.record({ representations }),
  },
  _service: { document: "{ _service { sdl } }", variables: fc.record({}) },
  impact: {
    document: `query (
      $assetId: ID!, $maxDepth: Int! = 5, $maxNodes: Int! = 500, $filter: LineageFilter, ${CHOICE_VARIABLES}
    ) {
      impact(
        assetId: $assetId, maxDepth: $maxDepth, maxNodes: $maxNodes, filter: $filter, ${CHOICE_ARGUMENTS}
      ) {
        root { id name } completeness nodeCount
        nodes { depth owner asset { ${ASSET_FIELDS} } latestExecution { ${EXECUTION_FIELDS} } isStale blockedBy { id name } }
      }
    }`,
    variables: together(
      fc.record({ assetId: picks.id("asset") }),
      optional({
        ...{ maxDepth: inputs.maxDepth, maxNodes: inputs.maxNodes, filter: inputs.filter },
        ...inputs.edgeChoice,
      }),
    ),
  },
};

const flat = (of: ReturnType<typeof inputs.changeOf>) =>
  of.map(({ id, change, expected }) => ({ ...change, ...expected, id }));

const INPUTS: Readonly<Record<MutationName, fc.Arbitrary<object>>> = {
  createAsset: inputs.newAsset,
  updateAsset: flat(inputs.changeOf("asset", inputs.assetPatch)),
  deleteAsset: ofId("asset", "change"),
  upsertAssets: fc.record({ assets: inputs.newAssets }),
  createWorkflow: inputs.newWorkflow,
  createWorkflowVersion: inputs.newVersion,
  updateWorkflow: flat(inputs.changeOf("workflow", inputs.workflowPatch)),
  deleteWorkflow: together(ofId("workflow", "change"), optional({ cascade: fc.option(fc.boolean()) })),
  createExecution: inputs.newExecution,
  updateExecution: flat(inputs.changeOfExecution),
  deleteExecution: ofId("execution", "change"),
  createAssetDependency: inputs.newDependency,
  createAssetDependencies: fc.record({ dependencies: inputs.newDependencies }),
  deleteAssetDependency: together(ofId("edge", "change"), optional({ source: fc.option(inputs.source) })),
  replaceUpstreams: inputs.replacement,
};

/** Every mutation. */
export const MUTATIONS: Readonly<Record<string, Operation>> = Object.fromEntries(
  MUTATION_NAMES.map((name) => [
    name,
    { document: mutation(name), variables: INPUTS[name].map((input) => ({ input })) },
  ]),
);
