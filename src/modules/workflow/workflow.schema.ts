import { builder } from "../../graphql/builder.ts";
import { toConnection } from "../../graphql/connection.ts";
import { assumedSize, JSON_COST, LONG_TEXT_COST } from "../../graphql/cost-declaration.ts";
import { addEntity, key } from "../../graphql/entities.ts";
import { NameFilter, TagFilter } from "../../graphql/inputs.ts";
import { OrderDirection } from "../../graphql/scalars.ts";
import { AssetType } from "../asset/asset.schema.ts";
import { parseId, parseInput, parseName } from "../fields.ts";
import { version } from "./workflow.input.ts";
import type { WorkflowAsset } from "./workflow.links.ts";
import type { Workflow } from "./workflow.select.ts";

export const AssetRoleEnum = builder.enumType("AssetRole", {
  description: "How a workflow touches an asset.",
  values: {
    INPUT: { value: "input", description: "It reads it." },
    OUTPUT: { value: "output", description: "It writes it." },
  } as const,
});

const WorkflowAssetType = builder.objectRef<WorkflowAsset>("WorkflowAsset").implement({
  description: "An asset that a workflow version touches.",
  fields: (t) => ({
    asset: t.field({
      type: AssetType,
      nullable: true,
      description: "The asset.",
      resolve: ({ assetId }, _, { loaders }) => loaders.assetById.load(assetId),
    }),
    role: t.expose("role", { type: AssetRoleEnum, description: "Whether the workflow reads or writes it." }),
    position: t.exposeInt("position", { description: "Its place in the order that was given, from 0." }),
  }),
});

export const WorkflowType = builder.objectRef<Workflow>("Workflow").implement({
  description: "One version of a named workflow definition.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "UUID of this version, made by the server." }),
    tenantId: t.exposeString("tenantId", {
      nullable: true,
      description: "The tenant it belongs to; null when global.",
    }),
    name: t.exposeString("name", { description: "The name that all versions share." }),
    version: t.exposeInt("version", { description: "Counts from 1." }),
    isLatest: t.exposeBoolean("isLatest", { description: "Whether no later version exists." }),
    description: t.exposeString("description", {
      nullable: true,
      description: "What it does.",
      extensions: LONG_TEXT_COST,
    }),
    owner: t.exposeString("owner", {
      nullable: true,
      description: "The person or team that answers for it.",
    }),
    tags: t.expose("tags", {
      type: ["String"],
      description: "Its tags, in the order given.",
      extensions: assumedSize(20),
    }),
    properties: t.expose("properties", {
      type: "JSONObject",
      description: "A JSON object of the user's own.",
      extensions: JSON_COST,
    }),
    assets: t.field({
      type: [WorkflowAssetType],
      description: "The assets that this version touches, by position.",
      extensions: assumedSize(200),
      resolve: async ({ id }, _, { loaders }) => [...(await loaders.workflowAssetsByWorkflowId.load(id))],
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When this version was made." }),
    updatedAt: t.expose("updatedAt", {
      type: "DateTime",
      description: "When it was changed last; strictly increases.",
    }),
    createdBy: t.exposeString("createdBy", { description: "The principal that made it." }),
    updatedBy: t.exposeString("updatedBy", { description: "The principal that changed it last." }),
  }),
});

addEntity(
  WorkflowType,
  key({ id: parseId }, ({ id }, { loaders }) => loaders.workflowById.load(id)),
  key(
    { name: parseName, version: (value, ...path) => parseInput(version, value, path) },
    (wanted, { loaders }) => loaders.workflowByVersion.load(wanted),
  ),
);

builder.objectFields(AssetType, (t) => ({
  workflows: t.connection(
    {
      type: WorkflowType,
      description: "The workflow versions that read or write this asset, newest first.",
      resolve: async ({ id }, request, { loaders }) =>
        toConnection(await loaders.workflowPageByAssetId.load({ parentId: id, request }), () =>
          loaders.workflowCountByAssetId.load(id),
        ),
    },
    { name: "AssetWorkflowsConnection", description: "A page of the workflow versions that touch an asset." },
    { name: "AssetWorkflowsConnectionEdge", description: "A workflow version on a page." },
  ),
}));

const WorkflowFilterInput = builder.inputType("WorkflowFilter", {
  description: "Conditions on workflow versions; all that are given must hold.",
  fields: (t) => ({
    name: t.field({ type: NameFilter, description: "By name." }),
    owners: t.stringList({ description: "Of one of these owners; up to 100." }),
    tags: t.field({ type: TagFilter, description: "By tags." }),
    latestOnly: t.boolean({ description: "Only the latest version of each. Default false." }),
  }),
});

const WorkflowOrderField = builder.enumType("WorkflowOrderField", {
  description: "What workflow versions are ordered by.",
  values: {
    CREATED_AT: { value: "createdAt", description: "When they were made." },
    UPDATED_AT: { value: "updatedAt", description: "When they were changed last." },
    NAME: { value: "name", description: "Their names, upper and lower case alike." },
  } as const,
});

const WorkflowOrder = builder.inputType("WorkflowOrder", {
  description: "The order of workflow versions.",
  fields: (t) => ({
    field: t.field({ type: WorkflowOrderField, required: true, description: "What they are ordered by." }),
    direction: t.field({ type: OrderDirection, required: true, description: "Which end comes first." }),
  }),
});

builder.queryFields((t) => ({
  workflow: t.field({
    type: WorkflowType,
    nullable: true,
    description: "The workflow version with this id; null when there is none that the tenant may see.",
    args: { id: t.arg.id({ required: true, description: "The version's UUID." }) },
    resolve: (_, { id }, { loaders }) => loaders.workflowById.load(parseId(id, "id")),
  }),
  workflowByName: t.field({
    type: WorkflowType,
    nullable: true,
    description:
      "A version of the workflow with exactly this name, or null; the tenant's own where a global one bears the name too.",
    args: {
      name: t.arg.string({ required: true, description: "The whole name." }),
      version: t.arg.int({ description: "Which version. Default the latest." }),
    },
    resolve: (_, { name, version }, { repositories }) => repositories.workflows.findByName(name, version),
  }),
  workflows: t.connection(
    {
      type: WorkflowType,
      description: "Workflow versions, newest first unless ordered otherwise.",
      args: {
        filter: t.arg({ type: WorkflowFilterInput, description: "Which versions. Default all." }),
        orderBy: t.arg({ type: WorkflowOrder, description: "Default newest first." }),
      },
      resolve: async (_, args, { repositories: { workflows } }) =>
        toConnection(await workflows.page(args), () => workflows.count(args.filter)),
    },
    { description: "A page of workflow versions." },
    { description: "A workflow version on a page." },
  ),
}));
