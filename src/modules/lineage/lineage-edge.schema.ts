import { builder } from "../../graphql/builder.ts";
import { assumedSize } from "../../graphql/cost-declaration.ts";
import { AssetType, assetSeen } from "../asset/asset.schema.ts";
import { DependencyTypeEnum } from "../dependency/dependency.schema.ts";
import type { LineageEdge } from "./lineage.answer.ts";

export const LineageEdgeType = builder.objectRef<LineageEdge>("LineageEdge").implement({
  description: "A dependency between two assets of a lineage, or a bridge past assets that a filter hides.",
  fields: (t) => ({
    id: t.exposeID("id", { nullable: true, description: "The dependency's UUID; null on a bridge." }),
    upstream: t.field({
      type: AssetType,
      nullable: true,
      description: "The asset that is depended on.",
      resolve: ({ upstreamAssetId }, _, context, info) => assetSeen(upstreamAssetId, context, info),
    }),
    downstream: t.field({
      type: AssetType,
      nullable: true,
      description: "The asset that depends on it.",
      resolve: ({ downstreamAssetId }, _, context, info) => assetSeen(downstreamAssetId, context, info),
    }),
    dependencyType: t.expose("dependencyType", {
      type: DependencyTypeEnum,
      description:
        "What flows along it; of a bridge, what flows along the weakest part of the strongest way.",
    }),
    bridged: t.exposeBoolean("bridged", { description: "Whether it leads past hidden assets." }),
    sources: t.field({
      type: ["String"],
      description: "Who asserts it, such as api or dbt:<project>; empty on a bridge.",
      extensions: assumedSize(10),
      resolve: async (edge, _, { loaders }) => (await loaders.lineageEdgeDetails.load(edge))?.sources ?? [],
    }),
    lastSeenAt: t.field({
      type: "DateTime",
      nullable: true,
      description: "When a source asserted it last; null on a bridge.",
      resolve: async (edge, _, { loaders }) => (await loaders.lineageEdgeDetails.load(edge))?.lastSeenAt,
    }),
    validFrom: t.field({
      type: "DateTime",
      nullable: true,
      description: "Since when it is asserted; null on a bridge.",
      resolve: async (edge, _, { loaders }) => (await loaders.lineageEdgeDetails.load(edge))?.validFrom,
    }),
    validTo: t.field({
      type: "DateTime",
      nullable: true,
      description: "When it ended; null while it is asserted, and on a bridge.",
      resolve: async (edge, _, { loaders }) => (await loaders.lineageEdgeDetails.load(edge))?.validTo,
    }),
  }),
});
