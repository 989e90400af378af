import { builder } from "../../graphql/builder.ts";
import { toConnection } from "../../graphql/connection.ts";
import { AssetType } from "../asset/asset.schema.ts";
import { parseId } from "../fields.ts";
import type { AssetDependency } from "./dependency.select.ts";

export const DependencyTypeEnum = builder.enumType("DependencyType", {
  description: "What flows along a dependency.",
  values: {
    DATA: { value: "data", description: "The downstream asset is made from the upstream one's data." },
    METADATA: {
      value: "metadata",
      description: "Only knowledge about the upstream asset is used, such as its schema.",
    },
    CONTROL: {
      value: "control",
      description: "The upstream asset must be ready first; nothing of it is used.",
    },
  } as const,
});

const AssetDependencyType = builder.objectRef<AssetDependency>("AssetDependency").implement({
  description: "An asset depends on another directly.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "UUID, made by the server." }),
    upstream: t.field({
      type: AssetType,
      nullable: true,
      description: "The asset that is depended on.",
      resolve: ({ upstreamAssetId }, _, { loaders }) => loaders.assetById.load(upstreamAssetId),
    }),
    downstream: t.field({
      type: AssetType,
      nullable: true,
      description: "The asset that depends on it.",
      resolve: ({ downstreamAssetId }, _, { loaders }) => loaders.assetById.load(downstreamAssetId),
    }),
    dependencyType: t.expose("dependencyType", {
      type: DependencyTypeEnum,
      description: "What flows along it.",
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was made." }),
  }),
});

builder.objectFields(AssetType, (t) => ({
  upstream: t.connection(
    {
      type: AssetDependencyType,
      description: "The dependencies on this asset's direct upstreams, newest first.",
      resolve: async ({ id }, request, { loaders }) =>
        toConnection(await loaders.upstreamPageByAssetId.load({ parentId: id, request }), () =>
          loaders.upstreamCountByAssetId.load(id),
        ),
    },
    { name: "AssetUpstreamConnection", description: "A page of dependencies on upstreams." },
    { name: "AssetUpstreamConnectionEdge", description: "A dependency on an upstream, on a page." },
  ),
  downstream: t.connection(
    {
      type: AssetDependencyType,
      description: "The dependencies of this asset's direct downstreams on it, newest first.",
      resolve: async ({ id }, request, { loaders }) =>
        toConnection(await loaders.downstreamPageByAssetId.load({ parentId: id, request }), () =>
          loaders.downstreamCountByAssetId.load(id),
        ),
    },
    { name: "AssetDownstreamConnection", description: "A page of dependencies of downstreams." },
    { name: "AssetDownstreamConnectionEdge", description: "A dependency of a downstream, on a page." },
  ),
}));

const CreateAssetDependencyInput = builder.inputType("CreateAssetDependencyInput", {
  description: "A new dependency.",
  fields: (t) => ({
    upstreamAssetId: t.id({
      required: true,
      description: "The asset that is depended on: an own or a global one.",
    }),
    downstreamAssetId: t.id({ required: true, description: "The asset that depends on it: an own one." }),
    dependencyType: t.field({
      type: DependencyTypeEnum,
      required: true,
      description: "What flows along it.",
    }),
  }),
});

const CreateAssetDependenciesInput = builder.inputType("CreateAssetDependenciesInput", {
  description: "New dependencies, all or none.",
  fields: (t) => ({
    dependencies: t.field({
      type: [CreateAssetDependencyInput],
      required: true,
      description: "1 to 1000 dependencies, none twice.",
    }),
  }),
});

const DeleteAssetDependencyInput = builder.inputType("DeleteAssetDependencyInput", {
  description: "Which dependency to delete.",
  fields: (t) => ({ id: t.id({ required: true, description: "The dependency's UUID." }) }),
});

const CreateAssetDependencyPayload = builder
  .objectRef<{ dependency: AssetDependency }>("CreateAssetDependencyPayload")
  .implement({
    description: "What createAssetDependency did.",
    fields: (t) => ({
      dependency: t.expose("dependency", {
        type: AssetDependencyType,
        description: "The dependency as stored.",
      }),
    }),
  });

const CreateAssetDependenciesPayload = builder
  .objectRef<{ dependencies: AssetDependency[] }>("CreateAssetDependenciesPayload")
  .implement({
    description: "What createAssetDependencies did.",
    fields: (t) => ({
      dependencies: t.expose("dependencies", {
        type: [AssetDependencyType],
        description: "The dependencies as stored, in the order given.",
      }),
    }),
  });

const DeleteAssetDependencyPayload = builder
  .objectRef<{ deletedId: string }>("DeleteAssetDependencyPayload")
  .implement({
    description: "What deleteAssetDependency did.",
    fields: (t) => ({
      deletedId: t.exposeID("deletedId", { description: "The id of the dependency that is gone." }),
    }),
  });

builder.mutationFields((t) => ({
  createAssetDependency: t.field({
    type: CreateAssetDependencyPayload,
    nullable: true,
    description: "Lets an asset depend on another. CONFLICT when it does so already with this type.",
    args: {
      input: t.arg({ type: CreateAssetDependencyInput, required: true, description: "The new dependency." }),
    },
    resolve: (_, { input }, context) =>
      context.mutate(async ({ dependencies }) => ({ dependency: await dependencies.insert(input) })),
  }),
  createAssetDependencies: t.field({
    type: CreateAssetDependenciesPayload,
    nullable: true,
    description: "Makes up to 1000 dependencies, all or none.",
    args: {
      input: t.arg({ type: CreateAssetDependenciesInput, required: true, description: "The dependencies." }),
    },
    resolve: (_, { input }, context) =>
      context.mutate(async ({ dependencies }) => ({
        dependencies: await dependencies.insertMany(input.dependencies),
      })),
  }),
  deleteAssetDependency: t.field({
    type: DeleteAssetDependencyPayload,
    nullable: true,
    description: "Deletes a dependency.",
    args: {
      input: t.arg({ type: DeleteAssetDependencyInput, required: true, description: "Which dependency." }),
    },
    resolve: (_, { input: { id } }, context) =>
      context.mutate(async ({ dependencies }) => {
        await dependencies.remove(id);
        return { deletedId: parseId(id, "id") };
      }),
  }),
}));
