import type { GraphQLResolveInfo } from "graphql";
import { builder } from "../../graphql/builder.ts";
import { toConnection } from "../../graphql/connection.ts";
import type { Context } from "../../graphql/context.ts";
import { assumedSize, JSON_COST, LONG_TEXT_COST } from "../../graphql/cost-declaration.ts";
import { addEntity, key } from "../../graphql/entities.ts";
import { NameFilter, TagFilter } from "../../graphql/inputs.ts";
import { OrderDirection } from "../../graphql/scalars.ts";
import { selectsIdOnly } from "../../graphql/selection.ts";
import { parseId, parseName } from "../fields.ts";
import type { Asset } from "./asset.select.ts";
import { PartitionConfigUnion } from "./partition-config.schema.ts";

export const AssetType = builder.objectRef<Asset>("Asset").implement({
  description: "What data teams have: a table, a file, a model, a dashboard.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "UUID, made by the server." }),
    tenantId: t.exposeString("tenantId", {
      nullable: true,
      description: "The tenant it belongs to; null when global.",
    }),
    name: t.exposeString("name", { description: "Unique in its tenant." }),
    description: t.exposeString("description", {
      nullable: true,
      description: "What it is, in its owner's words.",
      extensions: LONG_TEXT_COST,
    }),
    assetType: t.exposeString("assetType", { description: "The kind of asset, such as table or model." }),
    owner: t.exposeString("owner", {
      nullable: true,
      description: "The person or team that answers for it.",
    }),
    tags: t.expose("tags", {
      type: ["String"],
      description: "Its tags, in alphabetical order.",
      extensions: assumedSize(20),
    }),
    partitionConfig: t.expose("partitionConfig", {
      type: PartitionConfigUnion,
      nullable: true,
      description: "How it is cut into partitions; null when it is not.",
    }),
    properties: t.expose("properties", {
      type: "JSONObject",
      description: "A JSON object of the user's own.",
      extensions: JSON_COST,
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
  AssetType,
  key({ id: parseId }, ({ id }, { loaders }) => loaders.assetById.load(id)),
  key({ name: parseName }, ({ name }, { loaders }) => loaders.assetByName.load(name)),
);

/** An asset that is known to be there and visible: read unless its id is all that is asked of it. */
export function assetSeen(
  id: string,
  { loaders }: Pick<Context, "loaders">,
  info: GraphQLResolveInfo,
): Asset | Promise<Asset | null> {
  return selectsIdOnly(info) ? ({ id } as Asset) : loaders.assetById.load(id);
}

const AssetScope = builder.enumType("AssetScope", {
  description: "Whose assets a list is about.",
  values: {
    OWN: { value: "own", description: "The tenant's own." },
    GLOBAL: { value: "global", description: "Those that every tenant may read." },
    ALL: { value: "all", description: "Both." },
  } as const,
});

const AssetFilterInput = builder.inputType("AssetFilter", {
  description: "Conditions on assets; all that are given must hold.",
  fields: (t) => ({
    name: t.field({ type: NameFilter, description: "By name." }),
    types: t.stringList({ description: "Of one of these asset types; up to 100." }),
    owners: t.stringList({ description: "Of one of these owners; up to 100." }),
    tags: t.field({ type: TagFilter, description: "By tags." }),
    scope: t.field({ type: AssetScope, description: "Own, global or all. Default all." }),
  }),
});

const AssetOrderField = builder.enumType("AssetOrderField", {
  description: "What assets are ordered by.",
  values: {
    CREATED_AT: { value: "createdAt", description: "When they were made." },
    UPDATED_AT: { value: "updatedAt", description: "When they were changed last." },
    NAME: { value: "name", description: "Their names, upper and lower case alike." },
  } as const,
});

const AssetOrder = builder.inputType("AssetOrder", {
  description: "The order of assets.",
  fields: (t) => ({
    field: t.field({ type: AssetOrderField, required: true, description: "What they are ordered by." }),
    direction: t.field({ type: OrderDirection, required: true, description: "Which end comes first." }),
  }),
});

builder.queryFields((t) => ({
  asset: t.field({
    type: AssetType,
    nullable: true,
    description: "The asset with this id; null when there is none that the tenant may see.",
    args: { id: t.arg.id({ required: true, description: "The asset's UUID." }) },
    resolve: (_, { id }, { loaders }) => loaders.assetById.load(parseId(id, "id")),
  }),
  assetByName: t.field({
    type: AssetType,
    nullable: true,
    description:
      "The asset with exactly this name, or null; the tenant's own where a global one bears the name too.",
    args: { name: t.arg.string({ required: true, description: "The whole name." }) },
    resolve: (_, { name }, { repositories }) => repositories.assets.findByName(name),
  }),
  assets: t.connection(
    {
      type: AssetType,
      description: "Assets, newest first unless ordered otherwise.",
      args: {
        filter: t.arg({
          type: AssetFilterInput,
          description: "Which assets. Default all that the tenant may see.",
        }),
        orderBy: t.arg({ type: AssetOrder, description: "Default newest first." }),
      },
      resolve: async (_, args, { repositories: { assets } }) =>
        toConnection(await assets.page(args), () => assets.count(args.filter)),
    },
    { description: "A page of assets." },
    { description: "An asset on a page." },
  ),
}));
