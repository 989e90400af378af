import fc from "fast-check";
import { DEPENDENCY_TYPES } from "../../src/modules/dependency/dependency.table.ts";
import { EXECUTION_STATES } from "../../src/modules/execution/execution.table.ts";
import type { ReferenceFilter, ReferenceRequest } from "./lineage-reference.ts";

/** Whose a row is: everybody's, or one of two tenants'. */
export const OWNERS = ["global", "one", "two"] as const;
export type Owner = (typeof OWNERS)[number];

const ASSET_TYPES = ["table", "file", "model"];
const PEOPLE = ["ann", "bob", "Zoe", "Ärzte"];
const TAGS = ["core", "daily", "raw"];

const MANY = 1_000_000;

const ownersOf = (some: readonly Owner[], minLength: number, maxLength: number) =>
  fc.array(fc.constantFrom<Owner>(...some), { minLength, maxLength, size: "max" });

/** Most graphs are one tenant's own, or its own and global: what others have cuts them up. */
const owners = fc.oneof(
  { withCrossShrink: true },
  ownersOf(OWNERS, 1, 5),
  ownersOf(OWNERS, 5, 12),
  ownersOf(["one", "one", "global"], 5, 12),
  { arbitrary: ownersOf(["one"], 4, 12), weight: 2 },
);

const asset = fc.record({
  assetType: fc.constantFrom(...ASSET_TYPES),
  owner: fc.option(fc.constantFrom(...PEOPLE)),
  tags: fc.subarray(TAGS),
});

const type = fc.oneof(
  { weight: 2, arbitrary: fc.constant("data" as const) },
  { weight: 3, arbitrary: fc.constantFrom(...DEPENDENCY_TYPES) },
);

const moment = fc.nat({ max: 6 });

const someOwner = fc.oneof({ arbitrary: fc.constant<Owner>("one"), weight: 3 }, fc.constantFrom(...OWNERS));

const run = fc.record({
  owner: someOwner,
  state: fc.oneof(
    fc.constantFrom("succeeded" as const, "failed" as const),
    fc.constantFrom(...EXECUTION_STATES),
  ),
  createdAt: moment,
  completedAt: moment,
});

const workflow = fc.record({
  owner: someOwner,
  outputs: fc.array(fc.nat({ max: MANY }), { minLength: 1, maxLength: 3, size: "max" }),
  runs: fc.array(run, { minLength: 1, maxLength: 4, size: "max" }),
});

const edges = (maxLength: number) =>
  fc.array(fc.tuple(fc.nat({ max: MANY }), fc.nat({ max: MANY }), type), { maxLength, size: "max" });

/**
 * A graph of up to twelve assets, whose numbers are taken modulo how many there are. What no owner could store is left out
 * later: only its downstream asset's owner owns an edge, and only to its own and to global assets it may lead.
 */
const graph = fc.record({
  owners,
  /** Those of the assets, over and over. */
  assets: fc.array(asset, { minLength: 12, maxLength: 12 }),
  /** Whether each asset leads to the next, and the last to the first. */
  chained: fc.constantFrom("no", "chain", "circle"),
  /** From one asset to the one that is so many further, and one more. */
  edges: fc.oneof({ withCrossShrink: true }, edges(4), edges(26)),
  /** In the order of these their ids ascend. */
  ranks: fc.array(fc.nat({ max: MANY }), { minLength: 12, maxLength: 12 }),
  workflows: fc.array(workflow, { maxLength: 10, size: "max" }),
  root: fc.nat({ max: MANY }),
});

export type RandomGraph = typeof graph extends fc.Arbitrary<infer Value> ? Value : never;

/** A run's worth of graphs, which are stored and asked about together. */
export const graphs = (most: number) =>
  fc.noBias(fc.array(graph, { minLength: 1, maxLength: most, size: "max" }));

const mode = fc.constantFrom<ReferenceFilter["mode"]>("stop at", "hide");
const condition = {
  assetTypes: fc.subarray(ASSET_TYPES),
  tags: fc.subarray(TAGS),
  owners: fc.subarray(PEOPLE),
};

/** With one condition, or with any of them. */
const filter: fc.Arbitrary<ReferenceFilter> = fc.oneof(
  fc.record({ mode, assetTypes: condition.assetTypes }),
  fc.record({ mode, tags: condition.tags }),
  fc.record({ mode, ...condition }, { requiredKeys: ["mode"] }),
);

const budget = (most: number, plenty: number) =>
  fc.oneof(fc.integer({ min: 1, max: most }), fc.constant(plenty));

const choice = {
  dependencyTypes: fc.option(fc.subarray([...DEPENDENCY_TYPES]), { nil: undefined, freq: 2 }),
};

/** What is asked about a graph. */
const request: fc.Arbitrary<ReferenceRequest & { readonly maxEdges: number }> = fc.record({
  direction: fc.constantFrom("upstream", "downstream", "both"),
  maxDepth: fc.oneof({ weight: 2, arbitrary: fc.nat({ max: 5 }) }, fc.constant(100)),
  maxNodes: budget(10, 500),
  maxEdges: budget(8, 10_000),
  filter: fc.option(filter, { nil: undefined, freq: 2 }),
  ...choice,
});

export const requests = (count: number) =>
  fc.noBias(fc.array(request, { minLength: count, maxLength: count }));

/** For each of some graphs where paths shall lead to, and which. */
export const pathRequests = (count: number) =>
  fc.noBias(
    fc.array(fc.record({ to: fc.nat({ max: MANY }), first: fc.integer({ min: 1, max: 10 }), ...choice }), {
      minLength: count,
      maxLength: count,
    }),
  );
