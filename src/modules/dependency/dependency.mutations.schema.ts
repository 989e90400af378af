import { builder } from "../../graphql/builder.ts";
import { writesEach } from "../../graphql/cost-declaration.ts";
import { AssetType } from "../asset/asset.schema.ts";
import type { Asset } from "../asset/asset.select.ts";
import { parseId } from "../fields.ts";
import { DEFAULT_SOURCE } from "./dependency.input.ts";
import type { ReplacedUpstreams } from "./dependency.replacement.ts";
import { AssetDependencyType, DependencyTypeEnum } from "./dependency.schema.ts";
import type { AssetDependency } from "./dependency.select.ts";

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
    source: t.string({
      defaultValue: DEFAULT_SOURCE,
      description: "Who asserts it: 1 to 255 characters, such as `api` or `dbt:<project>`.",
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
  description: "Which dependency to delete, or which of its sources to withdraw.",
  fields: (t) => ({
    id: t.id({ required: true, description: "The dependency's UUID." }),
    source: t.string({
      description:
        "Withdraws this source alone; the dependency ends when it was the last. Without it, it ends.",
    }),
  }),
});

const UpstreamInput = builder.inputType("UpstreamInput", {
  description: "A direct upstream of an asset.",
  fields: (t) => ({
    assetId: t.id({ required: true, description: "The asset that is depended on: an own or a global one." }),
    dependencyType: t.field({
      type: DependencyTypeEnum,
      required: true,
      description: "What flows from it.",
    }),
  }),
});

const ReplaceUpstreamsInput = builder.inputType("ReplaceUpstreamsInput", {
  description: "All that a source asserts of an asset's direct upstreams.",
  fields: (t) => ({
    assetId: t.id({ required: true, description: "The asset that depends on them: an own one." }),
    upstream: t.field({
      type: [UpstreamInput],
      required: true,
      description: "0 to 1000 upstreams, none twice.",
    }),
    source: t.string({
      defaultValue: DEFAULT_SOURCE,
      description: "Who asserts them: 1 to 255 characters, such as `api` or `dbt:<project>`.",
    }),
  }),
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
  .objectRef<{ deletedId: string | null; dependency: AssetDependency | null }>("DeleteAssetDependencyPayload")
  .implement({
    description: "What deleteAssetDependency did.",
    fields: (t) => ({
      deletedId: t.exposeID("deletedId", {
        nullable: true,
        description: "The id of the dependency that is gone; null when other sources still assert it.",
      }),
      dependency: t.expose("dependency", {
        type: AssetDependencyType,
        nullable: true,
        description: "The dependency with the sources that are left; null when it is gone.",
      }),
    }),
  });

const ReplaceUpstreamsPayload = builder
  .objectRef<ReplacedUpstreams & { readonly asset: Asset }>("ReplaceUpstreamsPayload")
  .implement({
    description: "What replaceUpstreams did.",
    fields: (t) => ({
      asset: t.expose("asset", { type: AssetType, description: "The asset that depends on them." }),
      dependencies: t.field({
        type: [AssetDependencyType],
        description: "All that the source asserts of the asset's upstreams now, in the order given.",
        resolve: ({ dependencies }) => [...dependencies],
      }),
      createdCount: t.exposeInt("created", { description: "How many of them are new." }),
      endedCount: t.exposeInt("ended", {
        description: "How many others have ended, because no other source asserts them.",
      }),
    }),
  });

builder.mutationFields((t) => ({
  createAssetDependency: t.field({
    type: CreateAssetDependencyPayload,
    nullable: true,
    description:
      "Asserts that an asset depends on another: makes the dependency, or adds the source to it. CONFLICT when the source asserts it already.",
    args: {
      input: t.arg({ type: CreateAssetDependencyInput, required: true, description: "The new dependency." }),
    },
    resolve: (_, { input }, context) =>
      context.mutate(async ({ dependencies }) => ({ dependency: await dependencies.insert(input) })),
  }),
  createAssetDependencies: t.field({
    type: CreateAssetDependenciesPayload,
    nullable: true,
    extensions: writesEach("input.dependencies", "dependencies"),
    description: "Asserts up to 1000 dependencies, all or none, each as createAssetDependency does.",
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
    description: "Ends a dependency, or withdraws one source of it.",
    args: {
      input: t.arg({ type: DeleteAssetDependencyInput, required: true, description: "Which dependency." }),
    },
    resolve: (_, { input: { id, source } }, context) =>
      context.mutate(async ({ dependencies }) => {
        const left = source == null ? await dependencies.remove(id) : await dependencies.withdraw(id, source);
        return left
          ? { deletedId: null, dependency: left }
          : { deletedId: parseId(id, "id"), dependency: null };
      }),
  }),
  replaceUpstreams: t.field({
    type: ReplaceUpstreamsPayload,
    nullable: true,
    extensions: writesEach("input.upstream", "dependencies"),
    description:
      "Makes these all that a source asserts of an asset's direct upstreams. What it asserts no longer ends unless others assert it; what others assert stays.",
    args: {
      input: t.arg({ type: ReplaceUpstreamsInput, required: true, description: "The upstreams." }),
    },
    resolve: (_, { input }, context) =>
      context.mutate(async ({ assets, dependencies }) => {
        const replaced = await dependencies.replaceUpstreams(input);
        return { ...replaced, asset: await assets.getById(replaced.assetId) };
      }),
  }),
}));
