import { z } from "zod";
import { DEPENDENCY_TYPES } from "../dependency/dependency.table.ts";
import { choice, id, label, moment, owner, refuseRepetition, tag } from "../fields.ts";

export const LINEAGE_DIRECTIONS = ["upstream", "downstream", "both"] as const;
export type LineageDirection = (typeof LINEAGE_DIRECTIONS)[number];

/** `stop at`: what does not match is shown and not walked past. `hide`: it is walked through and left out. */
const FILTER_MODES = ["stop at", "hide"] as const;

/** Depth, nodes and edges of a lineage when the caller names none. */
export const DEFAULT_MAX_DEPTH = 5;
export const DEFAULT_MAX_NODES = 500;
export const DEFAULT_MAX_EDGES = 10_000;
/** Paths of `lineagePaths` when the caller names no number. */
export const DEFAULT_PATHS = 3;
/** The most that a caller may ask for. A program may walk deeper than the API. */
const MAX_DEPTH = 1000;
const MAX_DEPTH_IN_PROGRAM = 10_000;
export const MAX_NODES = 10_000;
export const MAX_EDGES = 100_000;
export const MAX_ROOTS = 100;
const MAX_PATHS = 10;

const wholeNumber = (minimum: number, maximum: number) => {
  const rule = `must be a whole number from ${minimum} to ${maximum}`;
  return z.int(rule).min(minimum, rule).max(maximum, rule);
};

const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, `must be one of ${values.join(", ")}`);

const pastMoment = moment.refine((value) => value.getTime() <= Date.now(), "must not lie in the future");

/** Which dependencies take part. */
const edgeChoice = {
  dependencyTypes: choice(oneOf(DEPENDENCY_TYPES)),
  asOf: pastMoment.nullish(),
};

const filter = z
  .strictObject({
    assetTypes: choice(label(64)),
    tags: choice(tag),
    owners: choice(owner),
    mode: oneOf(FILTER_MODES).default("stop at"),
  })
  .nullish();

const maxDepth = wholeNumber(0, MAX_DEPTH_IN_PROGRAM).default(DEFAULT_MAX_DEPTH);
const maxNodes = wholeNumber(1, MAX_NODES).default(DEFAULT_MAX_NODES);
const direction = oneOf(LINEAGE_DIRECTIONS).default("both");

/** Everything of a lineage but where it begins. */
const lineageOptions = {
  direction,
  maxDepth,
  maxNodes,
  maxEdges: wholeNumber(0, MAX_EDGES).default(DEFAULT_MAX_EDGES),
  filter,
  ...edgeChoice,
};

export const lineageRequest = z.strictObject({ assetId: id, ...lineageOptions });

export const lineagesRequest = z.strictObject({
  assetIds: z
    .array(id, "must be a list")
    .max(MAX_ROOTS, `must have at most ${MAX_ROOTS} items`)
    .superRefine(refuseRepetition((assetId) => assetId)),
  ...lineageOptions,
});

export const countsRequest = z.strictObject({ assetId: id, direction, maxDepth, ...edgeChoice });

export const impactRequest = z.strictObject({ assetId: id, maxDepth, maxNodes, filter, ...edgeChoice });

export const pathsRequest = z.strictObject({
  from: id,
  to: id,
  first: wholeNumber(1, MAX_PATHS).default(DEFAULT_PATHS),
  ...edgeChoice,
});

/** The depth that the API takes. */
export const depthOfApi = z.object({ maxDepth: wholeNumber(0, MAX_DEPTH) });

export type LineageFilter = NonNullable<z.input<typeof filter>>;
export type LineageRequest = z.input<typeof lineageRequest>;
export type LineagesRequest = z.input<typeof lineagesRequest>;
export type LineageCountsRequest = z.input<typeof countsRequest>;
export type ImpactRequest = z.input<typeof impactRequest>;
export type LineagePathsRequest = z.input<typeof pathsRequest>;
