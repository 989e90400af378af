import {
  type DefinitionNode,
  type FieldDefinitionNode,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLSchema,
  type InputValueDefinitionNode,
  isEnumType,
  isInputObjectType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  parse,
  print,
} from "graphql";

/** What clients may rely on. The schema may have more, so long as nobody must give it. */
export const API_CONTRACT = /* GraphQL */ `
  type Query {
    asset(id: ID!): Asset
    assetByName(name: String!): Asset
    assets(filter: AssetFilter, orderBy: AssetOrder, first: Int, after: String, last: Int, before: String): QueryAssetsConnection!
    workflow(id: ID!): Workflow
    workflowByName(name: String!, version: Int): Workflow
    workflows(filter: WorkflowFilter, orderBy: WorkflowOrder, first: Int, after: String, last: Int, before: String): QueryWorkflowsConnection!
    execution(id: ID!): Execution
    executions(filter: ExecutionFilter, orderBy: ExecutionOrder, first: Int, after: String, last: Int, before: String): QueryExecutionsConnection!
    lineage(assetId: ID!, direction: LineageDirection! = BOTH, maxDepth: Int! = 5): Lineage
  }

  type Mutation {
    createAsset(input: CreateAssetInput!): CreateAssetPayload
    updateAsset(input: UpdateAssetInput!): UpdateAssetPayload
    deleteAsset(input: DeleteAssetInput!): DeleteAssetPayload
    createWorkflow(input: CreateWorkflowInput!): CreateWorkflowPayload
    createWorkflowVersion(input: CreateWorkflowVersionInput!): CreateWorkflowVersionPayload
    updateWorkflow(input: UpdateWorkflowInput!): UpdateWorkflowPayload
    deleteWorkflow(input: DeleteWorkflowInput!): DeleteWorkflowPayload
    createExecution(input: CreateExecutionInput!): CreateExecutionPayload
    updateExecution(input: UpdateExecutionInput!): UpdateExecutionPayload
    deleteExecution(input: DeleteExecutionInput!): DeleteExecutionPayload
    createAssetDependency(input: CreateAssetDependencyInput!): CreateAssetDependencyPayload
    deleteAssetDependency(input: DeleteAssetDependencyInput!): DeleteAssetDependencyPayload
    upsertAssets(input: UpsertAssetsInput!): UpsertAssetsPayload
    createAssetDependencies(input: CreateAssetDependenciesInput!): CreateAssetDependenciesPayload
    replaceUpstreams(input: ReplaceUpstreamsInput!): ReplaceUpstreamsPayload
  }

  type Asset {
    id: ID!
    tenantId: String
    name: String!
    description: String
    assetType: String!
    owner: String
    tags: [String!]!
    partitionConfig: PartitionConfig
    properties: JSONObject!
    createdAt: DateTime!
    updatedAt: DateTime!
    createdBy: String!
    updatedBy: String!
    upstream(first: Int, after: String, last: Int, before: String): AssetUpstreamConnection!
    downstream(first: Int, after: String, last: Int, before: String): AssetDownstreamConnection!
    workflows(first: Int, after: String, last: Int, before: String): AssetWorkflowsConnection!
  }

  type Workflow {
    id: ID!
    tenantId: String
    name: String!
    version: Int!
    isLatest: Boolean!
    description: String
    owner: String
    tags: [String!]!
    assets: [WorkflowAsset!]!
    executions(first: Int, after: String, last: Int, before: String): WorkflowExecutionsConnection!
    latestExecution: Execution
    createdAt: DateTime!
    updatedAt: DateTime!
  }

  type WorkflowAsset { asset: Asset role: AssetRole! position: Int! }

  type Execution {
    id: ID!
    tenantId: String
    workflow: Workflow
    state: ExecutionState!
    idempotencyKey: String
    startedAt: DateTime
    completedAt: DateTime
    durationMs: Float
    errorMessage: String
    createdAt: DateTime!
    updatedAt: DateTime!
  }

  type AssetDependency {
    id: ID!
    upstream: Asset
    downstream: Asset
    dependencyType: DependencyType!
    sources: [String!]!
    lastSeenAt: DateTime!
    validFrom: DateTime!
    createdAt: DateTime!
  }

  type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
  type QueryAssetsConnection { nodes: [Asset!]! edges: [QueryAssetsConnectionEdge!]! pageInfo: PageInfo! totalCount: Int! }
  type QueryAssetsConnectionEdge { node: Asset! cursor: String! }
  type QueryWorkflowsConnection { nodes: [Workflow!]! edges: [QueryWorkflowsConnectionEdge!]! pageInfo: PageInfo! totalCount: Int! }
  type QueryWorkflowsConnectionEdge { node: Workflow! cursor: String! }
  type QueryExecutionsConnection { nodes: [Execution!]! edges: [QueryExecutionsConnectionEdge!]! pageInfo: PageInfo! totalCount: Int! }
  type QueryExecutionsConnectionEdge { node: Execution! cursor: String! }
  type AssetUpstreamConnection { nodes: [AssetDependency!]! edges: [AssetUpstreamConnectionEdge!]! pageInfo: PageInfo! totalCount: Int! }
  type AssetDownstreamConnection { nodes: [AssetDependency!]! edges: [AssetDownstreamConnectionEdge!]! pageInfo: PageInfo! totalCount: Int! }
  type AssetWorkflowsConnection { nodes: [Workflow!]! edges: [AssetWorkflowsConnectionEdge!]! pageInfo: PageInfo! totalCount: Int! }
  type WorkflowExecutionsConnection { nodes: [Execution!]! edges: [WorkflowExecutionsConnectionEdge!]! pageInfo: PageInfo! totalCount: Int! }

  input AssetFilter { name: NameFilter types: [String!] owners: [String!] tags: TagFilter scope: AssetScope }
  input WorkflowFilter { name: NameFilter owners: [String!] tags: TagFilter latestOnly: Boolean }
  input ExecutionFilter { workflowId: ID states: [ExecutionState!] startedBetween: DateTimeRange }
  input NameFilter { exact: String prefix: String contains: String }
  input TagFilter { any: [String!] all: [String!] }
  input DateTimeRange { from: DateTime to: DateTime }
  input AssetOrder { field: AssetOrderField! direction: OrderDirection! }
  input WorkflowOrder { field: WorkflowOrderField! direction: OrderDirection! }
  input ExecutionOrder { field: ExecutionOrderField! direction: OrderDirection! }

  input CreateAssetInput { name: String! assetType: String! description: String owner: String tags: [String!] partitionConfig: PartitionConfigInput properties: JSONObject }
  input UpdateAssetInput { id: ID! name: String assetType: String description: String owner: String tags: [String!] partitionConfig: PartitionConfigInput properties: JSONObject expectedUpdatedAt: DateTime }
  input DeleteAssetInput { id: ID! }
  input UpsertAssetsInput { assets: [CreateAssetInput!]! }
  input CreateWorkflowInput { name: String! description: String owner: String tags: [String!] properties: JSONObject assets: [WorkflowAssetInput!] }
  input CreateWorkflowVersionInput { name: String! description: String owner: String tags: [String!] properties: JSONObject assets: [WorkflowAssetInput!] }
  input UpdateWorkflowInput { id: ID! description: String owner: String tags: [String!] properties: JSONObject assets: [WorkflowAssetInput!] expectedUpdatedAt: DateTime }
  input DeleteWorkflowInput { id: ID! cascade: Boolean }
  input WorkflowAssetInput { assetId: ID! role: AssetRole! }
  input CreateExecutionInput { workflowId: ID! idempotencyKey: String }
  input UpdateExecutionInput { id: ID! state: ExecutionState startedAt: DateTime completedAt: DateTime errorMessage: String expectedUpdatedAt: DateTime }
  input DeleteExecutionInput { id: ID! }
  input CreateAssetDependencyInput { upstreamAssetId: ID! downstreamAssetId: ID! dependencyType: DependencyType! source: String = "api" }
  input CreateAssetDependenciesInput { dependencies: [CreateAssetDependencyInput!]! }
  input DeleteAssetDependencyInput { id: ID! source: String }
  input ReplaceUpstreamsInput { assetId: ID! upstream: [UpstreamInput!]! source: String = "api" }
  input UpstreamInput { assetId: ID! dependencyType: DependencyType! }

  type CreateAssetPayload { asset: Asset! }
  type UpdateAssetPayload { asset: Asset! }
  type DeleteAssetPayload { deletedId: ID! }
  type UpsertAssetsPayload { assets: [Asset!]! }
  type CreateWorkflowPayload { workflow: Workflow! }
  type CreateWorkflowVersionPayload { workflow: Workflow! }
  type UpdateWorkflowPayload { workflow: Workflow! }
  type DeleteWorkflowPayload { deletedId: ID! }
  type CreateExecutionPayload { execution: Execution! }
  type UpdateExecutionPayload { execution: Execution! }
  type DeleteExecutionPayload { deletedId: ID! }
  type CreateAssetDependencyPayload { dependency: AssetDependency! }
  type CreateAssetDependenciesPayload { dependencies: [AssetDependency!]! }
  type DeleteAssetDependencyPayload { deletedId: ID dependency: AssetDependency }
  type ReplaceUpstreamsPayload { asset: Asset! dependencies: [AssetDependency!]! createdCount: Int! endedCount: Int! }

  enum ExecutionState { PENDING RUNNING SUCCEEDED FAILED CANCELLED TIMEOUT }
  enum DependencyType { DATA METADATA CONTROL }
  enum AssetRole { INPUT OUTPUT }
  enum AssetScope { OWN GLOBAL ALL }
  enum LineageDirection { UPSTREAM DOWNSTREAM BOTH }
  enum OrderDirection { ASC DESC }
  enum AssetOrderField { CREATED_AT UPDATED_AT NAME }
  enum WorkflowOrderField { CREATED_AT UPDATED_AT NAME }
  enum ExecutionOrderField { CREATED_AT UPDATED_AT STARTED_AT }
`;

/** Where a schema does not keep a contract, a line each. */
export function findBreaches(schema: GraphQLSchema, contract: string): string[] {
  return parse(contract).definitions.flatMap((definition) => breachesOf(schema, definition));
}

function breachesOf(schema: GraphQLSchema, definition: DefinitionNode): string[] {
  if (definition.kind === "ObjectTypeDefinition") {
    const type = schema.getType(definition.name.value);
    if (!isObjectType(type)) return [`${definition.name.value}: no such type`];
    const fields = type.getFields();
    return (definition.fields ?? []).flatMap((wanted) => {
      const path = `${type.name}.${wanted.name.value}`;
      const field = fields[wanted.name.value];
      return field === undefined ? [`${path}: missing`] : fieldBreaches(path, wanted, field);
    });
  }
  if (definition.kind === "InputObjectTypeDefinition") {
    const type = schema.getType(definition.name.value);
    if (!isInputObjectType(type)) return [`${definition.name.value}: no such input`];
    const given = Object.values(type.getFields());
    return inputBreaches(type.name, definition.fields ?? [], given, isRequiredInputField);
  }
  if (definition.kind === "EnumTypeDefinition") {
    const type = schema.getType(definition.name.value);
    if (!isEnumType(type)) return [`${definition.name.value}: no such enum`];
    const wanted = (definition.values ?? []).map(({ name }) => name.value);
    // A value that clients do not know is one that they cannot handle.
    const given = type.getValues().map(({ name }) => name);
    return given.toSorted().join() === wanted.toSorted().join() ? [] : [`${type.name}: ${given.join(" ")}`];
  }
  return [`a contract cannot hold a ${definition.kind}`];
}

function fieldBreaches(
  path: string,
  wanted: FieldDefinitionNode,
  { type, args }: { readonly type: object; readonly args: readonly GraphQLArgument[] },
): string[] {
  const differs = String(type) === print(wanted.type) ? [] : [`${path}: ${type}, not ${print(wanted.type)}`];
  return [...differs, ...inputBreaches(path, wanted.arguments ?? [], args, isRequiredArgument)];
}

function inputBreaches<Given extends GraphQLArgument | GraphQLInputField>(
  path: string,
  wanted: readonly InputValueDefinitionNode[],
  given: readonly Given[],
  isRequired: (input: Given) => boolean,
): string[] {
  const known = new Set(wanted.map(({ name }) => name.value));
  const demanded = given.filter((input) => !known.has(input.name) && isRequired(input));
  return [
    ...wanted.flatMap(({ name, type, defaultValue }) => {
      const input = given.find((candidate) => candidate.name === name.value);
      if (input === undefined) return [`${path}(${name.value}): missing`];
      if (String(input.type) !== print(type))
        return [`${path}(${name.value}): ${input.type}, not ${print(type)}`];
      const hasDefault = input.defaultValue !== undefined;
      return hasDefault === (defaultValue !== undefined) ? [] : [`${path}(${name.value}): default`];
    }),
    ...demanded.map(({ name }) => `${path}(${name}): required, but not in the contract`),
  ];
}
