import { builder } from "../../graphql/builder.ts";
import { AssetType } from "../asset/asset.schema.ts";
import { DependencyTypeEnum } from "../dependency/dependency.schema.ts";
import { DEFAULT_MAX_DEPTH, DEFAULT_MAX_NODES } from "./lineage.input.ts";
import type { Lineage, LineageEdge, LineageNode } from "./lineage.repository.ts";

const LineageDirectionEnum = builder.enumType("LineageDirection", {
  description: "Which way to walk from an asset.",
  values: {
    UPSTREAM: { value: "upstream", description: "To what it is made from." },
    DOWNSTREAM: { value: "downstream", description: "To what is made from it." },
    BOTH: { value: "both", description: "Both ways from the root; not the undirected neighbourhood." },
  } as const,
});

const LineageCompleteness = builder.enumType("LineageCompleteness", {
  description: "Whether a lineage is whole.",
  values: {
    COMPLETE: { value: "COMPLETE", description: "Everything that can be reached is there." },
    DEPTH_LIMITED: { value: "DEPTH_LIMITED", description: "Something lies deeper than maxDepth." },
    NODE_LIMITED: {
      value: "NODE_LIMITED",
      description: "maxNodes cut the walk; the nearest nodes were kept.",
    },
  } as const,
});

const LineageNodeType = builder.objectRef<LineageNode>("LineageNode").implement({
  description: "An asset of a lineage.",
  fields: (t) => ({
    asset: t.field({
      type: AssetType,
      nullable: true,
      description: "The asset.",
      resolve: ({ assetId }, _, { loaders }) => loaders.assetById.load(assetId),
    }),
    depth: t.exposeInt("depth", { description: "Shortest distance from the root, in edges; the root is 0." }),
    upstreamDepth: t.exposeInt("upstreamDepth", {
      nullable: true,
      description: "Shortest distance upstream of the root; null when it is not reached that way.",
    }),
    downstreamDepth: t.exposeInt("downstreamDepth", {
      nullable: true,
      description: "Shortest distance downstream of the root; null when it is not reached that way.",
    }),
  }),
});

const LineageEdgeType = builder.objectRef<LineageEdge>("LineageEdge").implement({
  description: "A dependency between two assets of a lineage.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "The dependency's UUID." }),
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
  }),
});

const LineageType = builder.objectRef<Lineage>("Lineage").implement({
  description: "The assets around one asset, and the dependencies between them.",
  fields: (t) => ({
    root: t.field({
      type: AssetType,
      nullable: true,
      description: "The asset that the walk began at.",
      resolve: ({ rootId }, _, { loaders }) => loaders.assetById.load(rootId),
    }),
    direction: t.expose("direction", { type: LineageDirectionEnum, description: "Which way was walked." }),
    completeness: t.expose("completeness", {
      type: LineageCompleteness,
      description: "Whether the answer is whole.",
    }),
    nodeCount: t.int({
      description: "How many nodes there are, the root included.",
      resolve: ({ nodes }) => nodes.length,
    }),
    edgeCount: t.int({
      description: "How many edges there are.",
      resolve: async (lineage, _, { loaders }) => (await loaders.lineageEdges.load(lineage)).length,
    }),
    maxDepthReached: t.exposeInt("maxDepthReached", { description: "The greatest depth among the nodes." }),
    nodes: t.expose("nodes", {
      type: [LineageNodeType],
      description: "The assets, in order of depth, then id.",
    }),
    edges: t.field({
      type: [LineageEdgeType],
      description: "All dependencies whose two ends are both among the nodes, each once.",
      resolve: (lineage, _, { loaders }) => loaders.lineageEdges.load(lineage),
    }),
  }),
});

builder.queryField("lineage", (t) =>
  t.field({
    type: LineageType,
    nullable: true,
    description: "What an asset is made from and what is made from it; null when the tenant may not see it.",
    args: {
      assetId: t.arg.id({ required: true, description: "The asset to begin at." }),
      direction: t.arg({
        type: LineageDirectionEnum,
        required: true,
        defaultValue: "both",
        description: "Which way to walk.",
      }),
      maxDepth: t.arg.int({
        required: true,
        defaultValue: DEFAULT_MAX_DEPTH,
        description: "Furthest distance from the root in edges, 0 to 1000.",
      }),
      maxNodes: t.arg.int({
        required: true,
        defaultValue: DEFAULT_MAX_NODES,
        description: "Most nodes, the root included, 1 to 10000; the nearest are kept.",
      }),
    },
    resolve: (_, args, { repositories }) => repositories.lineage.find(args),
  }),
);
