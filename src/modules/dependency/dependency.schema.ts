import { builder } from "../../graphql/builder.ts";
import { toConnection } from "../../graphql/connection.ts";
import { assumedSize } from "../../graphql/cost-declaration.ts";
import { addEntity, key } from "../../graphql/entities.ts";
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

export const AssetDependencyType = builder.objectRef<AssetDependency>("AssetDependency").implement({
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
    sources: t.exposeStringList("sources", {
      description:
        "Who asserts it, in the order in which they began to: `api`, `dbt:<project>`, or another name.",
      extensions: assumedSize(10),
    }),
    lastSeenAt: t.expose("lastSeenAt", {
      type: "DateTime",
      description: "When one of its sources asserted it last.",
    }),
    validFrom: t.expose("validFrom", {
      type: "DateTime",
      description: "Since when it has held, with this type, without a break.",
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was made." }),
  }),
});

addEntity(
  AssetDependencyType,
  key({ id: parseId }, ({ id }, { loaders }) => loaders.dependencyById.load(id)),
);

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
