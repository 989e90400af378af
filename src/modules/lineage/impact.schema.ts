import { builder } from "../../graphql/builder.ts";
import { AssetType } from "../asset/asset.schema.ts";
import { ExecutionType } from "../execution/execution.schema.ts";
import { parseInput } from "../fields.ts";
import { depthOfApi } from "./lineage.input.ts";
import type { Lineage } from "./lineage.walk.ts";
import type { LineageNode } from "./lineage-nodes.ts";
import { depthArgs, edgeArgs, LineageCompleteness, nodeArgs } from "./lineage-values.schema.ts";

interface ImpactNode extends LineageNode {
  readonly lineage: Lineage;
}

/** Everything but the root, which is not reached but begun at. */
const reachedOf = (lineage: Lineage) => lineage.nodes.filter(({ depth }) => depth > 0);

const ImpactNodeType = builder.objectRef<ImpactNode>("ImpactNode").implement({
  description: "An asset that a change reaches.",
  fields: (t) => ({
    asset: t.field({
      type: AssetType,
      nullable: true,
      description: "The asset.",
      resolve: ({ assetId }, _, { loaders }) => loaders.assetById.load(assetId),
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
      description:
        "Whether the latest successful execution of an asset upstream of it completed after its own; false for what never succeeded.",
      resolve: async ({ assetId, lineage }, _, { loaders }) =>
        (await loaders.staleAssets.load(lineage)).has(assetId),
    }),
    blockedBy: t.field({
      type: AssetType,
      nullable: true,
      description:
        "The nearest asset on the way from the root, root included, whose latest execution failed or timed out; null when there is none.",
      resolve: async ({ assetId, lineage }, _, { loaders }) => {
        const blocker = (await loaders.blockersByAssetId.load(lineage)).get(assetId);
        return blocker === undefined ? null : loaders.assetById.load(blocker);
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
      resolve: ({ rootId }, _, { loaders }) => loaders.assetById.load(rootId),
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
      resolve: (lineage) => reachedOf(lineage).map((node) => ({ ...node, lineage })),
    }),
  }),
});

builder.queryField("impact", (t) =>
  t.field({
    type: ImpactType,
    nullable: true,
    description: "Everything downstream of an asset, and how it fares; null when the tenant may not see it.",
    args: {
      assetId: t.arg.id({ required: true, description: "The asset that changes." }),
      ...depthArgs,
      ...nodeArgs,
      ...edgeArgs,
    },
    resolve: (_, args, { repositories }) => {
      parseInput(depthOfApi, args);
      return repositories.lineage.findImpact(args);
    },
  }),
);
