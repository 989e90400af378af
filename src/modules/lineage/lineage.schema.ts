import { builder } from "../../graphql/builder.ts";
import { cost, type FieldCost } from "../../graphql/cost-declaration.ts";
import { AssetType, assetSeen } from "../asset/asset.schema.ts";
import { parseInput } from "../fields.ts";
import { DEFAULT_MAX_EDGES, lineageRequest, MAX_EDGES, MAX_ROOTS } from "./lineage.input.ts";
import type { Lineage } from "./lineage.walk.ts";
import { LineageEdgeType } from "./lineage-edge.schema.ts";
import type { LineageNode } from "./lineage-nodes.ts";
import {
  depthArgs,
  directionArgs,
  edgeArgs,
  LineageCompleteness,
  LineageDirectionEnum,
  nodeArgs,
  withinDepth,
} from "./lineage-values.schema.ts";

/** A node that knows the answer it is of. */
export interface NodeOfLineage extends LineageNode {
  readonly lineage: Lineage;
}

// Each by name: a thousand spreads take V8 several times as long.
export const within = (lineage: Lineage, nodes: readonly LineageNode[]): NodeOfLineage[] =>
  nodes.map(({ assetId, depth, upstreamDepth, downstreamDepth }) => {
    return { assetId, depth, upstreamDepth, downstreamDepth, lineage };
  });

const LineageNodeType = builder.objectRef<NodeOfLineage>("LineageNode").implement({
  description: "An asset of a lineage.",
  fields: (t) => ({
    asset: t.field({
      type: AssetType,
      nullable: true,
      description: "The asset.",
      resolve: ({ assetId }, _, context, info) => assetSeen(assetId, context, info),
    }),
    depth: t.exposeInt("depth", { description: "Shortest distance from the root, in edges; the root is 0." }),
    upstreamDepth: t.exposeInt("upstreamDepth", {
      nullable: true,
      description:
        "Shortest distance upstream of the root; null when it is not reached that way within the limits.",
    }),
    downstreamDepth: t.exposeInt("downstreamDepth", {
      nullable: true,
      description:
        "Shortest distance downstream of the root; null when it is not reached that way within the limits.",
    }),
    hasMoreUpstream: t.boolean({
      description: "Whether a dependency leads from it up to an asset that is not among the nodes.",
      resolve: async ({ assetId, lineage }, _, { loaders }) =>
        (await loaders.lineageOutsideUpstream.load(lineage)).has(assetId),
    }),
    hasMoreDownstream: t.boolean({
      description: "Whether a dependency leads from it down to an asset that is not among the nodes.",
      resolve: async ({ assetId, lineage }, _, { loaders }) =>
        (await loaders.lineageOutsideDownstream.load(lineage)).has(assetId),
    }),
  }),
});

/** The edges are read, though none may be told. */
const EDGES_READ = cost({ weight: 1000 });

const LineageType = builder.objectRef<Lineage>("Lineage").implement({
  description: "The assets around one asset, and the dependencies between them.",
  fields: (t) => ({
    root: t.field({
      type: AssetType,
      nullable: true,
      description: "The asset that the walk began at.",
      resolve: ({ rootId }, _, context, info) => assetSeen(rootId, context, info),
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
      description: "How many edges there are in this answer.",
      extensions: EDGES_READ,
      resolve: async (lineage, _, { loaders }) => (await loaders.lineageEdges.load(lineage)).edges.length,
    }),
    edgesComplete: t.boolean({
      description: "Whether the edges are all that join the nodes; false where a limit cut them.",
      extensions: EDGES_READ,
      resolve: async (lineage, _, { loaders }) => (await loaders.lineageEdges.load(lineage)).complete,
    }),
    maxDepthReached: t.exposeInt("maxDepthReached", { description: "The greatest depth among the nodes." }),
    nodes: t.field({
      type: [LineageNodeType],
      description: "The assets, in order of depth, then id.",
      resolve: (lineage) => within(lineage, lineage.nodes),
    }),
    edges: t.field({
      type: [LineageEdgeType],
      description:
        "All dependencies whose two ends are both among the nodes, each once, in the order of their downstream nodes.",
      resolve: async (lineage, _, { loaders }) => (await loaders.lineageEdges.load(lineage)).edges,
    }),
    cycles: t.field({
      type: t.listRef(t.listRef(LineageNodeType)),
      description: "The nodes that can reach each other: the strongly connected components of two or more.",
      resolve: async (lineage, _, { loaders }) => {
        const cycles = await loaders.lineageCycles.load(lineage);
        return cycles.map((nodes) => within(lineage, nodes));
      },
    }),
  }),
});

/** A node costs 5 µs to find, whether or not it is told. */
const WALK = {
  weight: 2,
  weightPer: "maxNodes",
  listSizes: [
    { slicingArguments: ["maxNodes"], sizedFields: ["nodes", "cycles"] },
    { slicingArguments: ["maxEdges"], sizedFields: ["edges"] },
  ],
} satisfies FieldCost;

const lineageArgs = builder.args((t) => ({
  ...directionArgs,
  ...depthArgs,
  ...nodeArgs,
  maxEdges: t.int({
    required: true,
    defaultValue: DEFAULT_MAX_EDGES,
    description: `Most edges, 0 to ${MAX_EDGES}.`,
  }),
  ...edgeArgs,
}));

builder.queryFields((t) => ({
  lineage: t.field({
    type: LineageType,
    nullable: true,
    description: "What an asset is made from and what is made from it; null when the tenant may not see it.",
    extensions: cost(WALK),
    args: { assetId: t.arg.id({ required: true, description: "The asset to begin at." }), ...lineageArgs },
    resolve: (_, args, { loaders }) => loaders.lineage.load(parseInput(lineageRequest, withinDepth(args))),
  }),
  lineages: t.field({
    type: [LineageType],
    nullable: { list: false, items: true },
    description:
      "The lineages of several assets in the order of their ids, each within limits of its own; null for what the tenant may not see.",
    extensions: cost({
      ...WALK,
      listSizes: [{ slicingArguments: ["assetIds"], assumedSize: MAX_ROOTS }, ...WALK.listSizes],
    }),
    args: {
      assetIds: t.arg.idList({ required: true, description: "Up to 100 assets to begin at, none twice." }),
      ...lineageArgs,
    },
    resolve: (_, args, { repositories }) => repositories.lineage.findMany(withinDepth(args)),
  }),
}));

builder.objectField(AssetType, "lineage", (t) =>
  t.field({
    type: LineageType,
    nullable: true,
    description: "What it is made from and what is made from it; for many assets in one walk.",
    extensions: cost(WALK),
    args: lineageArgs,
    resolve: ({ id }, args, { loaders }) =>
      loaders.lineage.load(parseInput(lineageRequest, { ...withinDepth(args), assetId: id })),
  }),
);
