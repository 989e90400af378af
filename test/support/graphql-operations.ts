import { newAsset, newWorkflow } from "./factories.ts";
import type { Client } from "./graphql.ts";

/** An asset with all its own fields, as {@link ASSET_FIELDS} asks for it. */
export interface AssetNode {
  readonly id: string;
  readonly tenantId: string | null;
  readonly name: string;
  readonly description: string | null;
  readonly assetType: string;
  readonly owner: string | null;
  readonly tags: readonly string[];
  readonly partitionConfig: Readonly<Record<string, unknown>> | null;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly createdBy: string;
  readonly updatedBy: string;
}

export const ASSET_FIELDS = `
  id tenantId name description assetType owner tags properties createdAt updatedAt createdBy updatedBy
  partitionConfig {
    __typename
    ... on TimePartition { granularity start timezone }
    ... on StaticPartition { keys }
    ... on RangePartition { rangeStart: start end interval }
  }`;

/** A workflow version with all its own fields, as {@link WORKFLOW_FIELDS} asks for it. */
export interface WorkflowNode {
  readonly id: string;
  readonly tenantId: string | null;
  readonly name: string;
  readonly version: number;
  readonly isLatest: boolean;
  readonly description: string | null;
  readonly owner: string | null;
  readonly tags: readonly string[];
  readonly properties: Readonly<Record<string, unknown>>;
  readonly assets: readonly {
    readonly role: string;
    readonly position: number;
    readonly asset: { readonly id: string } | null;
  }[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly createdBy: string;
  readonly updatedBy: string;
}

export const WORKFLOW_FIELDS = `
  id tenantId name version isLatest description owner tags properties assets { role position asset { id } }
  createdAt updatedAt createdBy updatedBy`;

/** An execution with all its own fields, as {@link EXECUTION_FIELDS} asks for it. */
export interface ExecutionNode {
  readonly id: string;
  readonly tenantId: string | null;
  readonly workflow: { readonly id: string } | null;
  readonly state: string;
  readonly idempotencyKey: string | null;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly durationMs: number | null;
  readonly errorMessage: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly createdBy: string;
  readonly updatedBy: string;
}

export const EXECUTION_FIELDS = `
  id tenantId workflow { id } state idempotencyKey startedAt completedAt durationMs errorMessage
  createdAt updatedAt createdBy updatedBy`;

/** A dependency with all its own fields. */
export interface DependencyNode {
  readonly id: string;
  readonly upstream: { readonly id: string } | null;
  readonly downstream: { readonly id: string } | null;
  readonly dependencyType: string;
  readonly sources: readonly string[];
  readonly lastSeenAt: string;
  readonly validFrom: string;
  readonly createdAt: string;
}

export const DEPENDENCY_FIELDS =
  "id upstream { id } downstream { id } dependencyType sources lastSeenAt validFrom createdAt";

const OPERATIONS = {
  createAsset: `asset { ${ASSET_FIELDS} }`,
  updateAsset: `asset { ${ASSET_FIELDS} }`,
  deleteAsset: "deletedId",
  upsertAssets: `assets { ${ASSET_FIELDS} } createdCount updatedCount unchangedCount`,
  createWorkflow: `workflow { ${WORKFLOW_FIELDS} }`,
  createWorkflowVersion: `workflow { ${WORKFLOW_FIELDS} }`,
  updateWorkflow: `workflow { ${WORKFLOW_FIELDS} }`,
  deleteWorkflow: "deletedId",
  createExecution: `created execution { ${EXECUTION_FIELDS} }`,
  updateExecution: `execution { ${EXECUTION_FIELDS} }`,
  deleteExecution: "deletedId",
  createAssetDependency: `dependency { ${DEPENDENCY_FIELDS} }`,
  createAssetDependencies: `dependencies { ${DEPENDENCY_FIELDS} }`,
  deleteAssetDependency: `deletedId dependency { ${DEPENDENCY_FIELDS} }`,
  replaceUpstreams: `asset { ${ASSET_FIELDS} } dependencies { ${DEPENDENCY_FIELDS} } createdCount endedCount`,
} as const;

/** The name of a mutation. */
export type MutationName = keyof typeof OPERATIONS;

export const MUTATION_NAMES = Object.keys(OPERATIONS) as MutationName[];

/** A document with one mutation, whose variable is `$input`. */
export function mutation(name: MutationName): string {
  const inputType = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  return `mutation ($input: ${inputType}!) { ${name}(input: $input) { ${OPERATIONS[name]} } }`;
}

/** Runs one mutation and returns its payload. */
export async function mutate<Payload>(client: Client, name: MutationName, input: object): Promise<Payload> {
  const data = await client.query<Record<MutationName, Payload>>(mutation(name), { input });
  return data[name];
}

export async function createAsset(client: Client, fields: object = {}): Promise<AssetNode> {
  const input = { ...newAsset(), ...fields };
  const { asset } = await mutate<{ asset: AssetNode }>(client, "createAsset", input);
  return asset;
}

/** Assets in the order of their names. */
export async function createAssets(client: Client, names: readonly string[]): Promise<readonly AssetNode[]> {
  const input = { assets: names.map((name) => ({ ...newAsset(), name })) };
  const { assets } = await mutate<{ assets: readonly AssetNode[] }>(client, "upsertAssets", input);
  return assets;
}

export async function createWorkflow(client: Client, fields: object = {}): Promise<WorkflowNode> {
  const input = { ...newWorkflow(), ...fields };
  const { workflow } = await mutate<{ workflow: WorkflowNode }>(client, "createWorkflow", input);
  return workflow;
}

export async function createWorkflowVersion(client: Client, input: object): Promise<WorkflowNode> {
  const { workflow } = await mutate<{ workflow: WorkflowNode }>(client, "createWorkflowVersion", input);
  return workflow;
}

/** The input of a workflow with all its fields, over three assets that it makes, and how such a one is shown. */
export async function wholeWorkflow(client: Client) {
  const [orders, items, revenue] = [
    await createAsset(client),
    await createAsset(client),
    await createAsset(client),
  ];
  const input = {
    description: "Adds up the day.",
    owner: "finance",
    tags: ["daily", "core"],
    properties: { schedule: "0 4 * * *" },
    assets: [
      { assetId: revenue.id, role: "OUTPUT" },
      { assetId: items.id, role: "INPUT" },
      { assetId: orders.id, role: "INPUT" },
      { assetId: revenue.id, role: "INPUT" },
    ],
  };
  const shown = {
    ...input,
    assets: input.assets.map(({ assetId, role }, position) => ({ role, position, asset: { id: assetId } })),
  };
  return { input, shown, assets: { orders, items, revenue } };
}

export async function createExecution(
  client: Client,
  workflowId: string,
  fields: object = {},
): Promise<ExecutionNode> {
  const input = { workflowId, ...fields };
  const { execution } = await mutate<{ execution: ExecutionNode }>(client, "createExecution", input);
  return execution;
}

/** Moves an execution through states, one after the other. */
export async function moveExecution(
  client: Client,
  id: string,
  ...states: readonly string[]
): Promise<ExecutionNode | undefined> {
  let moved: ExecutionNode | undefined;
  for (const state of states) {
    const payload = await mutate<{ execution: ExecutionNode }>(client, "updateExecution", { id, state });
    moved = payload.execution;
  }
  return moved;
}

/** Makes edges of type `DATA`, given as pairs of upstream and downstream ids. */
export async function link(
  client: Client,
  edges: readonly (readonly [upstream: string, downstream: string])[],
): Promise<readonly DependencyNode[]> {
  const dependencies = edges.map(([upstreamAssetId, downstreamAssetId]) => ({
    upstreamAssetId,
    downstreamAssetId,
    dependencyType: "DATA",
  }));
  const payload = await mutate<{ dependencies: readonly DependencyNode[] }>(
    client,
    "createAssetDependencies",
    { dependencies },
  );
  return payload.dependencies;
}

/** The asset with this id, or null. */
export async function findAsset(client: Client, id: string): Promise<AssetNode | null> {
  const { asset } = await client.query<{ asset: AssetNode | null }>(
    `query ($id: ID!) { asset(id: $id) { ${ASSET_FIELDS} } }`,
    { id },
  );
  return asset;
}

/** The workflow version with this id, or null. */
export async function findWorkflow(client: Client, id: string): Promise<WorkflowNode | null> {
  const { workflow } = await client.query<{ workflow: WorkflowNode | null }>(
    `query ($id: ID!) { workflow(id: $id) { ${WORKFLOW_FIELDS} } }`,
    { id },
  );
  return workflow;
}

/** A version of the workflow with this name, or null. */
export async function findWorkflowByName(
  client: Client,
  name: string,
  version?: number,
): Promise<WorkflowNode | null> {
  const { workflowByName } = await client.query<{ workflowByName: WorkflowNode | null }>(
    `query ($name: String!, $version: Int) {
      workflowByName(name: $name, version: $version) { ${WORKFLOW_FIELDS} }
    }`,
    { name, version },
  );
  return workflowByName;
}

/** The execution with this id, or null. */
export async function findExecution(client: Client, id: string): Promise<ExecutionNode | null> {
  const { execution } = await client.query<{ execution: ExecutionNode | null }>(
    `query ($id: ID!) { execution(id: $id) { ${EXECUTION_FIELDS} } }`,
    { id },
  );
  return execution;
}
