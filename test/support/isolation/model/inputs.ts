import fc from "fast-check";
import { DEPENDENCY_TYPES } from "../../../../src/modules/dependency/dependency.table.ts";
import { EXECUTION_STATES } from "../../../../src/modules/execution/execution.table.ts";
import * as picks from "./picks.ts";

// What both doors are asked with, as the library takes it.

const TYPES = ["table", "model"];
const OWNERS = ["ann", "bob"];
const TAGS = ["core", "daily", "raw"];
export const IMPORTERS = ["dbt:shop", "dbt:crm"];

const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 3 });
const perhaps = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { requiredKeys: [] });

const moment = fc.constantFrom(
  new Date("2020-01-01T00:00:00.000Z"),
  new Date("2021-06-01T12:00:00.500Z"),
  new Date("2999-01-01T00:00:00.000Z"),
);

const tags = fc.subarray(TAGS);
const properties = fc.constantFrom({}, { tier: 1 }, { tier: 2, deep: { list: [1, "a", null] } });
const description = fc.constantFrom("", "what it is");

const partitionConfig = fc.constantFrom(
  { static: { keys: ["a", "b"] } },
  { range: { start: 0, end: 10, interval: 2.5 } },
  { time: { granularity: "day", start: new Date("2020-01-01T00:00:00.000Z") } },
);

const assetDetails = {
  description: orNull(description),
  owner: orNull(fc.constantFrom(...OWNERS)),
  tags: orNull(tags),
  partitionConfig: orNull(partitionConfig),
  properties: orNull(properties),
};

const assetType = fc.constantFrom(...TYPES);

export const newAsset = fc.record(
  { name: picks.name, assetType, ...assetDetails },
  { requiredKeys: ["name", "assetType"] },
);
export const newAssets = fc.uniqueArray(newAsset, {
  minLength: 2,
  maxLength: 4,
  comparator: "SameValue",
  selector: ({ name }) => JSON.stringify(name),
});
export const assetPatch = perhaps({ name: picks.name, assetType, ...assetDetails });
/** What versions of workflows are called. */
export const workflowVersions = picks
  .validNames("workflow")
  .chain((names) =>
    fc.tuple(
      ...names.map((name) => fc.record({ name: fc.constant(name), version: fc.integer({ min: 1, max: 3 }) })),
    ),
  );
/** Which row is changed, how, and what is expected of it: that it is as it was read, or as another row is. */
export const changeOf = (kind: "asset" | "workflow" | "execution", patch: fc.Arbitrary<object>) =>
  fc
    .tuple(
      picks.id(kind, "change"),
      patch,
      fc.constantFrom("nothing", "nothing", "same", "same", "other"),
      picks.validId(kind),
    )
    .map(([id, change, what, other]) => {
      const of = what === "other" ? other : { ...id, form: "plain" as const };
      return {
        id,
        change,
        expected: what === "nothing" ? {} : { expectedUpdatedAt: picks.expectedUpdatedAt(of) },
      };
    });

const links = fc.array(
  fc.record({ assetId: picks.id("asset", "use"), role: fc.constantFrom("input", "output", "output") }),
  { maxLength: 3 },
);
const workflowDetails = {
  description: orNull(description),
  owner: orNull(fc.constantFrom(...OWNERS)),
  tags: orNull(tags),
  properties: orNull(properties),
  assets: orNull(links),
};
export const newWorkflow = fc.record({ name: picks.name, ...workflowDetails }, { requiredKeys: ["name"] });
export const newVersion = fc.record(
  { name: picks.nameOf("workflow", "change"), ...workflowDetails },
  { requiredKeys: ["name"] },
);
export const workflowPatch = perhaps(workflowDetails);

export const idempotencyKey = fc.constantFrom("key", "other key");
/** Where time says which, it says all or none. */
export const purge = fc.record(
  { before: moment, states: orNull(fc.subarray([...EXECUTION_STATES], { minLength: 1 })) },
  { requiredKeys: ["before"] },
);

export const newExecution = fc.record(
  { workflowId: picks.id("workflow", "use"), idempotencyKey: orNull(idempotencyKey) },
  { requiredKeys: ["workflowId"] },
);
const executionPatch = perhaps({
  state: fc.constantFrom(...EXECUTION_STATES),
  startedAt: orNull(moment),
  completedAt: orNull(moment),
  errorMessage: orNull(fc.constantFrom("", "out of memory")),
});
/** Mostly a move that is allowed. */
export const changeOfExecution = fc
  .tuple(changeOf("execution", executionPatch), fc.integer({ min: 0, max: 3 }), fc.boolean())
  .map(([{ id, change, expected }, place, moves]) => {
    const of = { ...id, form: "plain" as const };
    return { id, expected, change: moves ? { state: picks.nextState(of, place) } : change };
  });

export const dependencyType = fc.constantFrom(...DEPENDENCY_TYPES);
export const source = fc.constantFrom("api", ...IMPORTERS);
/** Of one's own assets the upstream one is mostly another than the downstream one. */
const apart = (from: picks.IdPick, steps: number, id: picks.IdPick) => ({
  ...id,
  number: from.number + steps,
});
const steps = fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 1, max: 2 }) }, fc.constant(0));

export const newDependency = fc
  .tuple(
    fc.record(
      { downstreamAssetId: picks.id("asset", "change"), dependencyType, source: orNull(source) },
      { requiredKeys: ["downstreamAssetId", "dependencyType"] },
    ),
    picks.id("asset", "use"),
    steps,
  )
  .map(([edge, id, far]) => ({ ...edge, upstreamAssetId: apart(edge.downstreamAssetId, far, id) }));
export const newDependencies = fc.array(newDependency, { minLength: 1, maxLength: 3 });
export const replacement = fc
  .tuple(
    fc.record(
      { assetId: picks.id("asset", "change"), source: orNull(source) },
      { requiredKeys: ["assetId"] },
    ),
    fc.array(fc.tuple(picks.id("asset", "use"), dependencyType, steps), { maxLength: 3 }),
  )
  .map(([of, upstreams]) => ({
    ...of,
    upstream: upstreams.map(([id, type, far]) => ({
      assetId: apart(of.assetId, far, id),
      dependencyType: type,
    })),
  }));

const text = fc.constantFrom("", "o", "ord", "ORDERS", "daily", "übers");
const nameFilter = perhaps({ exact: picks.name, prefix: text, contains: text });
const tagFilter = perhaps({ any: tags, all: tags });

export const assetFilter = orNull(
  perhaps({
    name: orNull(nameFilter),
    types: orNull(fc.subarray(TYPES)),
    owners: orNull(fc.subarray(OWNERS)),
    tags: orNull(tagFilter),
    scope: orNull(fc.constantFrom("own", "global", "all")),
  }),
);
export const workflowFilter = orNull(
  perhaps({
    name: orNull(nameFilter),
    owners: orNull(fc.subarray(OWNERS)),
    tags: orNull(tagFilter),
    latestOnly: fc.boolean(),
  }),
);
export const executionFilter = orNull(
  perhaps({
    workflowId: orNull(picks.id("workflow")),
    states: orNull(fc.subarray([...EXECUTION_STATES])),
    startedBetween: orNull(perhaps({ from: moment, to: moment })),
  }),
);

export const orderBy = (...fields: string[]) =>
  orNull(fc.record({ field: fc.constantFrom(...fields), direction: fc.constantFrom("asc", "desc") }));

const size = fc.oneof(
  { weight: 60, arbitrary: fc.integer({ min: 1, max: 4 }) },
  fc.constantFrom(0, 1001, 1000),
);
export const page = (connection: string): fc.Arbitrary<object> => {
  const cursor = picks.cursor(connection);
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant({}) },
    { weight: 12, arbitrary: perhaps({ first: size, after: cursor, before: cursor }) },
    {
      weight: 10,
      arbitrary: fc.record({ last: size, after: cursor, before: cursor }, { requiredKeys: ["last"] }),
    },
    fc.record({ first: size, last: size }),
  );
};
export const window = perhaps({
  limit: fc.oneof({ weight: 60, arbitrary: fc.integer({ min: 1, max: 5 }) }, fc.constantFrom(0, 1001)),
  offset: fc.oneof({ weight: 60, arbitrary: fc.nat({ max: 3 }) }, fc.constant(-1)),
});

export const edgeChoice = {
  dependencyTypes: some(fc.subarray([...DEPENDENCY_TYPES], { minLength: 1 })),
  asOf: some(picks.instant),
};
const lineageFilter = fc.record(
  {
    assetTypes: fc.subarray(TYPES),
    tags: fc.subarray(TAGS),
    owners: fc.subarray(OWNERS),
    mode: fc.constantFrom("stop at", "hide"),
  },
  { requiredKeys: ["mode"] },
);
export const direction = fc.constantFrom("upstream", "downstream", "both");
export const maxDepth = fc.constantFrom(0, 1, 2, 5, 100);
export const maxNodes = fc.constantFrom(1, 2, 3, 500);
export const filter = orNull(lineageFilter);
export const lineageOptions = perhaps({
  ...{ direction, maxDepth, maxNodes, maxEdges: fc.constantFrom(0, 1, 2, 10_000), filter },
  ...edgeChoice,
});
