import { builder } from "../../graphql/builder.ts";
import { assumedSize, cost } from "../../graphql/cost-declaration.ts";
import { AssetType, assetSeen } from "../asset/asset.schema.ts";
import { DEFAULT_PATHS } from "./lineage.input.ts";
import type { LineagePath, LineagePaths } from "./lineage.paths.ts";
import { LineageEdgeType } from "./lineage-edge.schema.ts";
import { edgeArgs, LineageCompleteness } from "./lineage-values.schema.ts";

const LineagePathType = builder.objectRef<LineagePath>("LineagePath").implement({
  description: "A way downstream from one asset to another that visits no asset twice.",
  fields: (t) => ({
    length: t.int({
      description: "How many steps it takes.",
      resolve: ({ assetIds }) => assetIds.length - 1,
    }),
    assets: t.field({
      type: [AssetType],
      nullable: { list: false, items: true },
      description: "The assets on the way, both ends included.",
      extensions: assumedSize(200),
      resolve: ({ assetIds }, _, context, info) => assetIds.map((id) => assetSeen(id, context, info)),
    }),
    edges: t.field({
      type: [LineageEdgeType],
      description:
        "The dependencies in the order of the way; all of them where several types join two assets.",
      extensions: assumedSize(200),
      resolve: (path, _, { loaders }) => loaders.lineagePathEdges.load(path),
    }),
  }),
});

const LineagePathsType = builder.objectRef<LineagePaths>("LineagePaths").implement({
  description: "The shortest ways from one asset to another.",
  fields: (t) => ({
    completeness: t.expose("completeness", {
      type: LineageCompleteness,
      description:
        "NODE_LIMITED where too much lies between the two to be sure that these are the shortest, or all.",
    }),
    hasMore: t.exposeBoolean("hasMore", { description: "Whether there are more than were asked for." }),
    paths: t.expose("paths", {
      type: [LineagePathType],
      description: "Shortest first, then in the order of the ids on them.",
    }),
  }),
});

builder.queryField("lineagePaths", (t) =>
  t.field({
    type: LineagePathsType,
    nullable: true,
    description:
      "The shortest ways downstream from one asset to another; null when the tenant may not see both.",
    // Two walks of up to 11,000 assets, and up to a million dependencies between them.
    extensions: cost({
      weight: 100_000,
      listSizes: [{ slicingArguments: ["first"], sizedFields: ["paths"] }],
    }),
    args: {
      from: t.arg.id({ required: true, description: "The asset to begin at." }),
      to: t.arg.id({ required: true, description: "The asset to come to, downstream of it." }),
      first: t.arg.int({
        required: true,
        defaultValue: DEFAULT_PATHS,
        description: "How many ways, 1 to 10.",
      }),
      ...edgeArgs,
    },
    resolve: (_, args, { repositories }) => repositories.lineage.findPaths(args),
  }),
);
