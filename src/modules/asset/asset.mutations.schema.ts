import { DELETES } from "../../graphql/authorisation.ts";
import { builder } from "../../graphql/builder.ts";
import { writesEach } from "../../graphql/cost-declaration.ts";
import { parseId } from "../fields.ts";
import { AssetType } from "./asset.schema.ts";
import type { Asset } from "./asset.select.ts";
import type { UpsertedAssets } from "./asset.upsert.ts";
import { PartitionConfigInput } from "./partition-config.schema.ts";

const CreateAssetInput = builder.inputType("CreateAssetInput", {
  description: "A new asset.",
  fields: (t) => ({
    name: t.string({ required: true, description: "1 to 255 characters, unique in the tenant." }),
    assetType: t.string({ required: true, description: "The kind of asset, 1 to 64 characters." }),
    description: t.string({ description: "Up to 10000 characters." }),
    owner: t.string({ description: "The person or team that answers for it, 1 to 255 characters." }),
    tags: t.stringList({ description: "Up to 100 tags of 1 to 128 characters, none twice." }),
    partitionConfig: t.field({ type: PartitionConfigInput, description: "How it is cut into partitions." }),
    properties: t.field({ type: "JSONObject", description: "A JSON object of your own, up to 64 KiB." }),
  }),
});

const UpdateAssetInput = builder.inputType("UpdateAssetInput", {
  description: "A change of an asset: what is not given stays, null clears.",
  fields: (t) => ({
    id: t.id({ required: true, description: "The asset's UUID." }),
    name: t.string({ description: "1 to 255 characters, unique in the tenant." }),
    assetType: t.string({ description: "The kind of asset, 1 to 64 characters." }),
    description: t.string({ description: "Up to 10000 characters." }),
    owner: t.string({ description: "The person or team that answers for it, 1 to 255 characters." }),
    tags: t.stringList({
      description: "All its tags from now on: up to 100 of 1 to 128 characters, none twice.",
    }),
    partitionConfig: t.field({ type: PartitionConfigInput, description: "How it is cut into partitions." }),
    properties: t.field({ type: "JSONObject", description: "All its properties from now on, up to 64 KiB." }),
    expectedUpdatedAt: t.field({
      type: "DateTime",
      description:
        "The updatedAt that you read: when it has changed since, nothing is done and the answer is CONFLICT.",
    }),
  }),
});

const DeleteAssetInput = builder.inputType("DeleteAssetInput", {
  description: "Which asset to delete.",
  fields: (t) => ({ id: t.id({ required: true, description: "The asset's UUID." }) }),
});

const UpsertAssetsInput = builder.inputType("UpsertAssetsInput", {
  description: "Assets to make or change by name, all or none.",
  fields: (t) => ({
    assets: t.field({
      type: [CreateAssetInput],
      required: true,
      description:
        "1 to 1000 assets, each name once. In one that exists, what is not given stays and null clears.",
    }),
  }),
});

const CreateAssetPayload = builder.objectRef<{ asset: Asset }>("CreateAssetPayload").implement({
  description: "What createAsset did.",
  fields: (t) => ({ asset: t.expose("asset", { type: AssetType, description: "The asset as stored." }) }),
});

const UpdateAssetPayload = builder.objectRef<{ asset: Asset }>("UpdateAssetPayload").implement({
  description: "What updateAsset did.",
  fields: (t) => ({ asset: t.expose("asset", { type: AssetType, description: "The asset as stored." }) }),
});

const DeleteAssetPayload = builder.objectRef<{ deletedId: string }>("DeleteAssetPayload").implement({
  description: "What deleteAsset did.",
  fields: (t) => ({
    deletedId: t.exposeID("deletedId", { description: "The id of the asset that is gone." }),
  }),
});

const UpsertAssetsPayload = builder.objectRef<UpsertedAssets>("UpsertAssetsPayload").implement({
  description: "What upsertAssets did.",
  fields: (t) => ({
    assets: t.expose("assets", {
      type: [AssetType],
      description: "The assets as stored, in the order given.",
    }),
    createdCount: t.exposeInt("created", { description: "How many were made." }),
    updatedCount: t.exposeInt("updated", { description: "How many were changed." }),
    unchangedCount: t.exposeInt("unchanged", { description: "How many were equal already and not touched." }),
  }),
});

builder.mutationFields((t) => ({
  createAsset: t.field({
    type: CreateAssetPayload,
    nullable: true,
    description: "Makes an asset. CONFLICT when the tenant has one of that name.",
    args: { input: t.arg({ type: CreateAssetInput, required: true, description: "The new asset." }) },
    resolve: (_, { input }, context) =>
      context.mutate(async ({ assets }) => ({ asset: await assets.insert(input) }), { isForOne: true }),
  }),
  updateAsset: t.field({
    type: UpdateAssetPayload,
    nullable: true,
    description: "Changes the fields of an asset that are given.",
    args: { input: t.arg({ type: UpdateAssetInput, required: true, description: "The change." }) },
    resolve: (_, { input: { id, expectedUpdatedAt, ...patch } }, context) =>
      context.mutate(async ({ assets }) => ({
        // A name and a type cannot be cleared; the repository says so.
        asset: await assets.update(id, patch as Parameters<typeof assets.update>[1], { expectedUpdatedAt }),
      })),
  }),
  deleteAsset: t.field({
    ...DELETES,
    type: DeleteAssetPayload,
    nullable: true,
    description:
      "Deletes an asset with its dependencies, past ones included, its tags and its workflow links.",
    args: { input: t.arg({ type: DeleteAssetInput, required: true, description: "Which asset." }) },
    resolve: (_, { input: { id } }, context) =>
      context.mutate(async ({ assets }) => {
        await assets.remove(id);
        return { deletedId: parseId(id, "id") };
      }),
  }),
  upsertAssets: t.field({
    type: UpsertAssetsPayload,
    nullable: true,
    extensions: writesEach("input.assets", "assets"),
    description:
      "Makes or changes up to 1000 assets by name, all or none. What is equal already is not touched.",
    args: { input: t.arg({ type: UpsertAssetsInput, required: true, description: "The assets." }) },
    resolve: (_, { input }, context) => context.mutate(({ assets }) => assets.upsertMany(input.assets)),
  }),
}));
