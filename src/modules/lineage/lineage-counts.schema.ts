import { builder } from "../../graphql/builder.ts";
import { cost } from "../../graphql/cost-declaration.ts";
import type { FacetCount, LineageCounts } from "./lineage.counts.ts";
import {
  depthArgs,
  directionArgs,
  edgeArgs,
  LineageCompleteness,
  withinDepth,
} from "./lineage-values.schema.ts";

const DepthCount = builder
  .objectRef<{ readonly depth: number; readonly count: number }>("LineageDepthCount")
  .implement({
    description: "How many assets lie at a depth.",
    fields: (t) => ({
      depth: t.exposeInt("depth", { description: "Shortest distance from the root, in edges." }),
      count: t.exposeInt("count", { description: "How many assets." }),
    }),
  });

const AssetTypeCount = builder.objectRef<FacetCount>("LineageAssetTypeCount").implement({
  description: "How many assets are of a type.",
  fields: (t) => ({
    assetType: t.string({ description: "The asset type.", resolve: ({ value }) => value ?? "" }),
    count: t.exposeInt("count", { description: "How many assets." }),
  }),
});

const OwnerCount = builder.objectRef<FacetCount>("LineageOwnerCount").implement({
  description: "How many assets are of an owner.",
  fields: (t) => ({
    owner: t.exposeString("value", {
      nullable: true,
      description: "The owner; null for assets without one.",
    }),
    count: t.exposeInt("count", { description: "How many assets." }),
  }),
});

/** One more walk counts both: as much as the first, in up to 1,000 counts each. */
const FACET = cost({ weight: 100, listSizes: [{ assumedSize: 1000 }] });

const LineageCountsType = builder.objectRef<LineageCounts>("LineageCounts").implement({
  description: "How many assets there are around one asset.",
  fields: (t) => ({
    completeness: t.expose("completeness", {
      type: LineageCompleteness,
      description: "Whether all are counted; NODE_LIMITED beyond a million in one direction.",
    }),
    nodeCount: t.exposeInt("nodeCount", { description: "How many assets, the root included." }),
    byDepth: t.field({
      type: [DepthCount],
      description: "By depth, from the root.",
      resolve: ({ byDepth }) => byDepth.map((count, depth) => ({ depth, count })),
    }),
    byAssetType: t.field({
      type: [AssetTypeCount],
      description: "By asset type, most frequent first; up to 1000.",
      extensions: FACET,
      resolve: async (counts, _, { loaders }) => (await loaders.lineageFacets.load(counts)).byAssetType,
    }),
    byOwner: t.field({
      type: [OwnerCount],
      description: "By owner, most frequent first; up to 1000.",
      extensions: FACET,
      resolve: async (counts, _, { loaders }) => (await loaders.lineageFacets.load(counts)).byOwner,
    }),
  }),
});

builder.queryField("lineageCounts", (t) =>
  t.field({
    type: LineageCountsType,
    nullable: true,
    description:
      "How many assets a lineage has, without a node budget; null when the tenant may not see the root.",
    extensions: cost({
      weight: 250_000,
      listSizes: [{ slicingArguments: ["maxDepth"], sizedFields: ["byDepth"] }],
    }),
    args: {
      assetId: t.arg.id({ required: true, description: "The asset to begin at." }),
      ...directionArgs,
      ...depthArgs,
      ...edgeArgs,
    },
    resolve: (_, args, { repositories }) => repositories.lineage.count(withinDepth(args)),
  }),
);
