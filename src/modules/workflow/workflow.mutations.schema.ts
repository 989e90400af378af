import { DELETES } from "../../graphql/authorisation.ts";
import { builder } from "../../graphql/builder.ts";
import { writesEach } from "../../graphql/cost-declaration.ts";
import { parseId } from "../fields.ts";
import { AssetRoleEnum, WorkflowType } from "./workflow.schema.ts";
import type { Workflow } from "./workflow.select.ts";

const WorkflowAssetInput = builder.inputType("WorkflowAssetInput", {
  description: "An asset that a workflow version touches.",
  fields: (t) => ({
    assetId: t.id({ required: true, description: "An own or a global asset." }),
    role: t.field({
      type: AssetRoleEnum,
      required: true,
      description: "Whether the workflow reads or writes it.",
    }),
  }),
});

const ASSETS = "Up to 1000 assets that it reads and writes, in this order.";

const CreateWorkflowInput = builder.inputType("CreateWorkflowInput", {
  description: "Version 1 of a new workflow.",
  fields: (t) => ({
    name: t.string({ required: true, description: "1 to 255 characters, unique in the tenant." }),
    description: t.string({ description: "Up to 10000 characters." }),
    owner: t.string({ description: "The person or team that answers for it, 1 to 255 characters." }),
    tags: t.stringList({ description: "Up to 100 tags of 1 to 128 characters, none twice." }),
    properties: t.field({ type: "JSONObject", description: "A JSON object of your own, up to 64 KiB." }),
    assets: t.field({ type: [WorkflowAssetInput], description: ASSETS }),
  }),
});

const CreateWorkflowVersionInput = builder.inputType("CreateWorkflowVersionInput", {
  description:
    "The next version of a workflow: what is not given is taken over from the latest, null clears.",
  fields: (t) => ({
    name: t.string({ required: true, description: "The workflow's name." }),
    description: t.string({ description: "Up to 10000 characters." }),
    owner: t.string({ description: "The person or team that answers for it, 1 to 255 characters." }),
    tags: t.stringList({ description: "Up to 100 tags of 1 to 128 characters, none twice." }),
    properties: t.field({ type: "JSONObject", description: "A JSON object of your own, up to 64 KiB." }),
    assets: t.field({ type: [WorkflowAssetInput], description: ASSETS }),
  }),
});

const UpdateWorkflowInput = builder.inputType("UpdateWorkflowInput", {
  description:
    "A change of one version: what is not given stays, null clears. Its name and number stay for good.",
  fields: (t) => ({
    id: t.id({ required: true, description: "The version's UUID." }),
    description: t.string({ description: "Up to 10000 characters." }),
    owner: t.string({ description: "The person or team that answers for it, 1 to 255 characters." }),
    tags: t.stringList({
      description: "All its tags from now on: up to 100 of 1 to 128 characters, none twice.",
    }),
    properties: t.field({ type: "JSONObject", description: "All its properties from now on, up to 64 KiB." }),
    assets: t.field({ type: [WorkflowAssetInput], description: `All its assets from now on. ${ASSETS}` }),
    expectedUpdatedAt: t.field({
      type: "DateTime",
      description:
        "The updatedAt that you read: when it has changed since, nothing is done and the answer is CONFLICT.",
    }),
  }),
});

const DeleteWorkflowInput = builder.inputType("DeleteWorkflowInput", {
  description: "Which workflow version to delete.",
  fields: (t) => ({
    id: t.id({ required: true, description: "The version's UUID." }),
    cascade: t.boolean({
      description: "Delete its executions too. Default false: then they make it a CONFLICT.",
    }),
  }),
});

const CreateWorkflowPayload = builder.objectRef<{ workflow: Workflow }>("CreateWorkflowPayload").implement({
  description: "What createWorkflow did.",
  fields: (t) => ({
    workflow: t.expose("workflow", { type: WorkflowType, description: "Version 1 as stored." }),
  }),
});

const CreateWorkflowVersionPayload = builder
  .objectRef<{ workflow: Workflow }>("CreateWorkflowVersionPayload")
  .implement({
    description: "What createWorkflowVersion did.",
    fields: (t) => ({
      workflow: t.expose("workflow", { type: WorkflowType, description: "The new version as stored." }),
    }),
  });

const UpdateWorkflowPayload = builder.objectRef<{ workflow: Workflow }>("UpdateWorkflowPayload").implement({
  description: "What updateWorkflow did.",
  fields: (t) => ({
    workflow: t.expose("workflow", { type: WorkflowType, description: "The version as stored." }),
  }),
});

const DeleteWorkflowPayload = builder.objectRef<{ deletedId: string }>("DeleteWorkflowPayload").implement({
  description: "What deleteWorkflow did.",
  fields: (t) => ({
    deletedId: t.exposeID("deletedId", { description: "The id of the version that is gone." }),
  }),
});

builder.mutationFields((t) => ({
  createWorkflow: t.field({
    type: CreateWorkflowPayload,
    nullable: true,
    extensions: writesEach("input.assets"),
    description: "Makes version 1 of a workflow. CONFLICT when the tenant has one of that name.",
    args: { input: t.arg({ type: CreateWorkflowInput, required: true, description: "The new workflow." }) },
    resolve: (_, { input }, context) =>
      context.mutate(async ({ workflows }) => ({ workflow: await workflows.insert(input) })),
  }),
  createWorkflowVersion: t.field({
    type: CreateWorkflowVersionPayload,
    nullable: true,
    extensions: writesEach("input.assets"),
    description: "Makes the next version of a workflow.",
    args: {
      input: t.arg({ type: CreateWorkflowVersionInput, required: true, description: "The new version." }),
    },
    resolve: (_, { input }, context) =>
      context.mutate(async ({ workflows }) => ({ workflow: await workflows.insertVersion(input) })),
  }),
  updateWorkflow: t.field({
    type: UpdateWorkflowPayload,
    nullable: true,
    extensions: writesEach("input.assets"),
    description: "Changes the fields of one workflow version that are given.",
    args: { input: t.arg({ type: UpdateWorkflowInput, required: true, description: "The change." }) },
    resolve: (_, { input: { id, expectedUpdatedAt, ...patch } }, context) =>
      context.mutate(async ({ workflows }) => ({
        workflow: await workflows.update(id, patch, { expectedUpdatedAt }),
      })),
  }),
  deleteWorkflow: t.field({
    ...DELETES,
    type: DeleteWorkflowPayload,
    nullable: true,
    description: "Deletes one workflow version; the others stay.",
    args: { input: t.arg({ type: DeleteWorkflowInput, required: true, description: "Which version." }) },
    resolve: (_, { input: { id, cascade } }, context) =>
      context.mutate(async ({ workflows }) => {
        await workflows.remove(id, { cascade: cascade ?? false });
        return { deletedId: parseId(id, "id") };
      }),
  }),
}));
