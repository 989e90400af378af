import { builder } from "../../graphql/builder.ts";
import { DependencyTypeEnum } from "../dependency/dependency.schema.ts";
import { parseInput } from "../fields.ts";
import { DEFAULT_MAX_DEPTH, DEFAULT_MAX_NODES, depthOfApi } from "./lineage.input.ts";

export const LineageDirectionEnum = builder.enumType("LineageDirection", {
  description: "Which way to walk from an asset.",
  values: {
    UPSTREAM: { value: "upstream", description: "To what it is made from." },
    DOWNSTREAM: { value: "downstream", description: "To what is made from it." },
    BOTH: { value: "both", description: "Both ways from the root; not the undirected neighbourhood." },
  } as const,
});

export const LineageCompleteness = builder.enumType("LineageCompleteness", {
  description: "Whether a lineage is whole.",
  values: {
    COMPLETE: { value: "COMPLETE", description: "Everything that can be reached is there." },
    DEPTH_LIMITED: { value: "DEPTH_LIMITED", description: "Something lies deeper than maxDepth." },
    NODE_LIMITED: {
      value: "NODE_LIMITED",
      description: "The node budget cut the walk; the nearest nodes were kept.",
    },
  } as const,
});

const LineageFilterMode = builder.enumType("LineageFilterMode", {
  description: "What to do with an asset that does not match.",
  values: {
    STOP_AT: { value: "stop at", description: "Show it, and walk no further past it." },
    HIDE: {
      value: "hide",
      description: "Walk through it, leave it out, and bridge the dependencies past it.",
    },
  } as const,
});

const LineageFilter = builder.inputType("LineageFilter", {
  description:
    "Conditions on the assets of a lineage, as they are today; all that are given must hold. The root need not match.",
  fields: (t) => ({
    assetTypes: t.stringList({ description: "Of one of these asset types; up to 100." }),
    tags: t.stringList({ description: "With at least one of these tags; up to 100." }),
    owners: t.stringList({ description: "Of one of these owners; up to 100." }),
    mode: t.field({
      type: LineageFilterMode,
      required: true,
      defaultValue: "stop at",
      description: "What to do with an asset that does not match.",
    }),
  }),
});

/** The arguments that say which dependencies take part. */
export const edgeArgs = builder.args((t) => ({
  dependencyTypes: t.field({
    type: [DependencyTypeEnum],
    description: "Walk only dependencies of these types. Default all.",
  }),
  asOf: t.field({
    type: "DateTime",
    description:
      "Walk the dependencies as they were asserted then; all else is as it is today. Not in the future. Default now.",
  }),
}));

/** How far to walk. */
export const depthArgs = builder.args((t) => ({
  maxDepth: t.int({
    required: true,
    defaultValue: DEFAULT_MAX_DEPTH,
    description: "Furthest distance from the root in dependencies, 0 to 1000.",
  }),
}));

/** Arguments whose depth is within what the API takes; a program that embeds the store may ask for more. */
export function withinDepth<Args extends { readonly maxDepth: number }>(args: Args): Args {
  parseInput(depthOfApi, args);
  return args;
}

/** Which way to walk. */
export const directionArgs = builder.args((t) => ({
  direction: t.field({
    type: LineageDirectionEnum,
    required: true,
    defaultValue: "both",
    description: "Which way to walk.",
  }),
}));

/** How many nodes to find, and which to show. */
export const nodeArgs = builder.args((t) => ({
  maxNodes: t.int({
    required: true,
    defaultValue: DEFAULT_MAX_NODES,
    description: "Most nodes, the root and hidden ones included, 1 to 10000; the nearest are kept.",
  }),
  filter: t.field({
    type: LineageFilter,
    description: "Which assets to walk past, or to show. Default all.",
  }),
}));
