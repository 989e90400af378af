import { DELETES } from "../../graphql/authorisation.ts";
import { builder } from "../../graphql/builder.ts";
import { toConnection } from "../../graphql/connection.ts";
import { LONG_TEXT_COST } from "../../graphql/cost-declaration.ts";
import { addEntity, key } from "../../graphql/entities.ts";
import { DateTimeRange } from "../../graphql/inputs.ts";
import { OrderDirection } from "../../graphql/scalars.ts";
import { parseId } from "../fields.ts";
import { WorkflowType } from "../workflow/workflow.schema.ts";
import type { Execution } from "./execution.select.ts";

const ExecutionStateEnum = builder.enumType("ExecutionState", {
  description: "Where an execution stands.",
  values: {
    PENDING: { value: "pending", description: "Made, not started." },
    RUNNING: { value: "running", description: "Started, not ended." },
    SUCCEEDED: { value: "succeeded", description: "Ended well." },
    FAILED: { value: "failed", description: "Ended with an error." },
    CANCELLED: { value: "cancelled", description: "Stopped by somebody, before or after its start." },
    TIMEOUT: { value: "timeout", description: "Stopped because it took too long." },
  } as const,
});

export const ExecutionType = builder.objectRef<Execution>("Execution").implement({
  description: "One run of a workflow version.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "UUID, made by the server." }),
    tenantId: t.exposeString("tenantId", {
      nullable: true,
      description: "The tenant it belongs to; null when global.",
    }),
    workflow: t.field({
      type: WorkflowType,
      nullable: true,
      description: "The workflow version that runs.",
      resolve: ({ workflowId }, _, { loaders }) => loaders.workflowById.load(workflowId),
    }),
    state: t.expose("state", { type: ExecutionStateEnum, description: "Where it stands." }),
    idempotencyKey: t.exposeString("idempotencyKey", {
      nullable: true,
      description: "The key it was made under, unique in tenant and workflow version.",
    }),
    startedAt: t.expose("startedAt", { type: "DateTime", nullable: true, description: "When it started." }),
    completedAt: t.expose("completedAt", { type: "DateTime", nullable: true, description: "When it ended." }),
    durationMs: t.float({
      nullable: true,
      description: "From its start to its end, in milliseconds; null before it has both.",
      resolve: ({ startedAt, completedAt }) =>
        startedAt === null || completedAt === null ? null : completedAt.getTime() - startedAt.getTime(),
    }),
    errorMessage: t.exposeString("errorMessage", {
      nullable: true,
      description: "What went wrong.",
      extensions: LONG_TEXT_COST,
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was made." }),
    updatedAt: t.expose("updatedAt", {
      type: "DateTime",
      description: "When it was changed last; strictly increases.",
    }),
    createdBy: t.exposeString("createdBy", { description: "The principal that made it." }),
    updatedBy: t.exposeString("updatedBy", { description: "The principal that changed it last." }),
  }),
});

addEntity(
  ExecutionType,
  key({ id: parseId }, ({ id }, { loaders }) => loaders.executionById.load(id)),
);

builder.objectFields(WorkflowType, (t) => ({
  executions: t.connection(
    {
      type: ExecutionType,
      description: "The runs of this version, newest first.",
      resolve: async ({ id }, request, { loaders }) =>
        toConnection(await loaders.executionPageByWorkflowId.load({ parentId: id, request }), () =>
          loaders.executionCountByWorkflowId.load(id),
        ),
    },
    { name: "WorkflowExecutionsConnection", description: "A page of a workflow version's executions." },
    { name: "WorkflowExecutionsConnectionEdge", description: "An execution on a page." },
  ),
  latestExecution: t.field({
    type: ExecutionType,
    nullable: true,
    description: "The run of this version that was made last; null before the first.",
    resolve: async ({ id }, _, { loaders }) => {
      const { items } = await loaders.executionPageByWorkflowId.load({ parentId: id, request: { first: 1 } });
      return items[0]?.row ?? null;
    },
  }),
}));

const ExecutionFilterInput = builder.inputType("ExecutionFilter", {
  description: "Conditions on executions; all that are given must hold.",
  fields: (t) => ({
    workflowId: t.id({ description: "Of this workflow version." }),
    states: t.field({ type: [ExecutionStateEnum], description: "In one of these states." }),
    startedBetween: t.field({ type: DateTimeRange, description: "Started in this span." }),
  }),
});

const ExecutionOrderField = builder.enumType("ExecutionOrderField", {
  description: "What executions are ordered by.",
  values: {
    CREATED_AT: { value: "createdAt", description: "When they were made." },
    UPDATED_AT: { value: "updatedAt", description: "When they were changed last." },
    STARTED_AT: {
      value: "startedAt",
      description: "When they started; what has not started counts as latest.",
    },
  } as const,
});

const ExecutionOrder = builder.inputType("ExecutionOrder", {
  description: "The order of executions.",
  fields: (t) => ({
    field: t.field({ type: ExecutionOrderField, required: true, description: "What they are ordered by." }),
    direction: t.field({ type: OrderDirection, required: true, description: "Which end comes first." }),
  }),
});

builder.queryFields((t) => ({
  execution: t.field({
    type: ExecutionType,
    nullable: true,
    description: "The execution with this id; null when there is none that the tenant may see.",
    args: { id: t.arg.id({ required: true, description: "The execution's UUID." }) },
    resolve: (_, { id }, { loaders }) => loaders.executionById.load(parseId(id, "id")),
  }),
  executions: t.connection(
    {
      type: ExecutionType,
      description: "Executions, newest first unless ordered otherwise.",
      args: {
        filter: t.arg({ type: ExecutionFilterInput, description: "Which executions. Default all." }),
        orderBy: t.arg({ type: ExecutionOrder, description: "Default newest first." }),
      },
      resolve: async (_, args, { repositories: { executions } }) =>
        toConnection(await executions.page(args), () => executions.count(args.filter)),
    },
    { description: "A page of executions." },
    { description: "An execution on a page." },
  ),
}));

const CreateExecutionInput = builder.inputType("CreateExecutionInput", {
  description: "A new execution.",
  fields: (t) => ({
    workflowId: t.id({ required: true, description: "The workflow version to run: an own or a global one." }),
    idempotencyKey: t.string({
      description:
        "1 to 512 characters; the same key with the same workflow version again returns the first execution.",
    }),
  }),
});

const UpdateExecutionInput = builder.inputType("UpdateExecutionInput", {
  description: "A change of an execution: what is not given stays, null clears.",
  fields: (t) => ({
    id: t.id({ required: true, description: "The execution's UUID." }),
    state: t.field({
      type: ExecutionStateEnum,
      description:
        "Its next state: PENDING to RUNNING, RUNNING to SUCCEEDED, FAILED or TIMEOUT, and either to CANCELLED. Anything else is a CONFLICT.",
    }),
    startedAt: t.field({ type: "DateTime", description: "Set by the move to RUNNING unless it is given." }),
    completedAt: t.field({ type: "DateTime", description: "Set by the move to an end unless it is given." }),
    errorMessage: t.string({ description: "What went wrong, up to 10000 characters." }),
    expectedUpdatedAt: t.field({
      type: "DateTime",
      description:
        "The updatedAt that you read: when it has changed since, nothing is done and the answer is CONFLICT.",
    }),
  }),
});

const DeleteExecutionInput = builder.inputType("DeleteExecutionInput", {
  description: "Which execution to delete.",
  fields: (t) => ({ id: t.id({ required: true, description: "The execution's UUID." }) }),
});

const CreateExecutionPayload = builder
  .objectRef<{ execution: Execution; created: boolean }>("CreateExecutionPayload")
  .implement({
    description: "What createExecution did.",
    fields: (t) => ({
      execution: t.expose("execution", { type: ExecutionType, description: "The execution as stored." }),
      created: t.exposeBoolean("created", {
        description: "Whether this call made it; false when it was there under the idempotency key.",
      }),
    }),
  });

const UpdateExecutionPayload = builder
  .objectRef<{ execution: Execution }>("UpdateExecutionPayload")
  .implement({
    description: "What updateExecution did.",
    fields: (t) => ({
      execution: t.expose("execution", { type: ExecutionType, description: "The execution as stored." }),
    }),
  });

const DeleteExecutionPayload = builder.objectRef<{ deletedId: string }>("DeleteExecutionPayload").implement({
  description: "What deleteExecution did.",
  fields: (t) => ({
    deletedId: t.exposeID("deletedId", { description: "The id of the execution that is gone." }),
  }),
});

builder.mutationFields((t) => ({
  createExecution: t.field({
    type: CreateExecutionPayload,
    nullable: true,
    description:
      "Makes an execution, PENDING, or returns the first one that was made under the idempotency key.",
    args: { input: t.arg({ type: CreateExecutionInput, required: true, description: "The new execution." }) },
    resolve: (_, { input }, context) =>
      context.mutate(({ executions }) => executions.insertOrGet(input), {
        repeatable: typeof input.idempotencyKey === "string",
        isForOne: true,
      }),
  }),
  updateExecution: t.field({
    type: UpdateExecutionPayload,
    nullable: true,
    description: "Moves an execution to its next state, or changes its times or error message.",
    args: { input: t.arg({ type: UpdateExecutionInput, required: true, description: "The change." }) },
    resolve: (_, { input: { id, expectedUpdatedAt, ...patch } }, context) =>
      context.mutate(async ({ executions }) => ({
        // A state cannot be cleared; the repository says so.
        execution: await executions.update(id, patch as Parameters<typeof executions.update>[1], {
          expectedUpdatedAt,
        }),
      })),
  }),
  deleteExecution: t.field({
    ...DELETES,
    type: DeleteExecutionPayload,
    nullable: true,
    description: "Deletes an execution.",
    args: { input: t.arg({ type: DeleteExecutionInput, required: true, description: "Which execution." }) },
    resolve: (_, { input: { id } }, context) =>
      context.mutate(async ({ executions }) => {
        await executions.remove(id);
        return { deletedId: parseId(id, "id") };
      }),
  }),
}));
