import { builder } from "../../graphql/builder.ts";
import { cost } from "../../graphql/cost-declaration.ts";
import { AssetType, assetSeen } from "../asset/asset.schema.ts";
import { ExecutionType } from "../execution/execution.schema.ts";
import { type NodeOfLineage, within } from "./lineage.schema.ts";
import type { Lineage } from "./lineage.walk.ts";
import { depthArgs, edgeArgs, LineageCompleteness, nodeArgs, withinDepth } from "./lineage-values.schema.ts";

/** Everything but the root, which is not reached but begun at. */
const reachedOf = (lineage: Lineage) => lineage.nodes.filter(({ depth }) => depth > 0);

const ImpactNodeType = builder.objectRef<NodeOfLineage>("ImpactNode").implement({
  description: "An asset that a change reaches.",
  fields: (t) => ({
    asset: t.field({
      type: AssetType,
      nullable: true,
      description: "The asset.",
      resolve: ({ assetId }, _, context, info) => assetSeen(assetId, context, info),
    }),
    owner: t.string({
      nullable: true,
      description: "The person or team that answers for it.",
      resolve: async ({ assetId }, _, { loaders }) => (await loaders.assetById.load(assetId))?.owner,
    }),
    depth: t.exposeInt("depth", { description: "Shortest distance downstream of the root, in edges." }),
    latestExecution: t.field({
      type: ExecutionType,
      nullable: true,
      description:
        "The execution that was made last, of all versions of all workflows that have the asset as an output; null when there is none.",
      resolve: async ({ assetId }, _, { loaders }) => {
        const latest = await loaders.latestExecutionByAssetId.load(assetId);
        return latest === null ? null : loaders.executionById.load(latest.executionId);
      },
    }),
    isStale: t.boolean({
      nullable: true,
      description:
        "Whether the latest successful execution of an asset upstream of it, however far, completed after its own; false for what never succeeded. Null where more than 200,000 dependencies lie upstream, and it is not known.",
      resolve: async ({ assetId, lineage }, _, { loaders }) =>
        (await loaders.stalenessByLineage.load(lineage))?.has(assetId),
    }),
    blockedBy: t.field({
      type: AssetType,
      nullable: true,
      description:
        "The nearest asset on the way from the root, root included, whose latest execution failed or timed out; null when there is none.",
      resolve: async ({ assetId, lineage }, _, context, info) => {
        const blocker = (await context.loaders.blockersByLineage.load(lineage)).get(assetId);
        return blocker === undefined ? null : assetSeen(blocker, context, info);
      },
    }),
  }),
});

const ImpactType = builder.objectRef<Lineage>("Impact").implement({
  description: "What a change of an asset reaches.",
  fields: (t) => ({
    root: t.field({
      type: AssetType,
      nullable: true,
      description: "The asset that changes.",
      resolve: ({ rootId }, _, context, info) => assetSeen(rootId, context, info),
    }),
    completeness: t.expose("completeness", {
      type: LineageCompleteness,
      description: "Whether the answer is whole.",
    }),
    nodeCount: t.int({
      description: "How many assets are reached, the root not included.",
      resolve: (lineage) => reachedOf(lineage).length,
    }),
    nodes: t.field({
      type: [ImpactNodeType],
      description: "The assets that are reached, in order of depth, then id; the root is not one of them.",
      resolve: (lineage) => within(lineage, reachedOf(lineage)),
    }),
  }),
});

builder.queryField("impact", (t) =>
  t.field({
    type: ImpactType,
    nullable: true,
    description: "Everything downstream of an asset, and how it fares; null when the tenant may not see it.",
    // How it fares is read of all that is reached, and of what lies upstream of that.
    extensions: cost({
      weight: 20,
      weightPer: "maxNodes",
      listSizes: [{ slicingArguments: ["maxNodes"], sizedFields: ["nodes"] }],
    }),
    args: {
      assetId: t.arg.id({ required: true, description: "The asset that changes." }),
      ...depthArgs,
      ...nodeArgs,
      ...edgeArgs,
    },
    resolve: (_, args, { repositories }) => repositories.lineage.findImpact(withinDepth(args)),
  }),
);
