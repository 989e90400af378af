import { describe, expect, it } from "vitest";
import type { InputPath } from "../../../src/errors.ts";
import type { LineageRepository } from "../../../src/modules/lineage/lineage.repository.ts";
import { BAD_IDS, BAD_LABELS, expectRefused, unchecked } from "../../support/bad-input.ts";
import { UNKNOWN_ID } from "../../support/factories.ts";
import { nextId } from "../../support/lineage-store.ts";
import { Statements } from "../../support/statements.ts";
import { prepareStorage } from "../../support/storage.ts";

const statements = new Statements();
const storage = prepareStorage({ observer: statements });

type Wrong = readonly [why: string, fields: object, inputPath: InputPath];

const OF_IDS = BAD_IDS.map(([why, assetId]): Wrong => [`an id of ${why}`, { assetId }, ["assetId"]]);

const OF_EDGES: readonly Wrong[] = [
  ["an unknown type", { dependencyTypes: ["data", "sideways"] }, ["dependencyTypes", 1]],
  ["a type of the API", { dependencyTypes: ["DATA"] }, ["dependencyTypes", 0]],
  ["a type twice", { dependencyTypes: ["data", "control", "data"] }, ["dependencyTypes", 2]],
  ["types that are no list", { dependencyTypes: "data" }, ["dependencyTypes"]],
  ["a time as text", { asOf: "2024-01-01T00:00:00Z" }, ["asOf"]],
  ["a field that is unknown", { depth: 1 }, ["depth"]],
];

const OF_DEPTH: readonly Wrong[] = [
  ["a negative depth", { maxDepth: -1 }, ["maxDepth"]],
  ["a depth of 10,001", { maxDepth: 10_001 }, ["maxDepth"]],
  ["half a depth", { maxDepth: 0.5 }, ["maxDepth"]],
  ["a depth as text", { maxDepth: "5" }, ["maxDepth"]],
];

const OF_DIRECTION: readonly Wrong[] = [
  ["an unknown direction", { direction: "sideways" }, ["direction"]],
  ["a direction of the API", { direction: "BOTH" }, ["direction"]],
];

const OF_NODES: readonly Wrong[] = [
  ["no nodes", { maxNodes: 0 }, ["maxNodes"]],
  ["10,001 nodes", { maxNodes: 10_001 }, ["maxNodes"]],
  ["half a node", { maxNodes: 1.5 }, ["maxNodes"]],
  ["nodes beyond all numbers of the database", { maxNodes: 3_000_000_000 }, ["maxNodes"]],
  ["a filter that is none", { filter: "table" }, ["filter"]],
  ["an unknown mode", { filter: { mode: "skip" } }, ["filter", "mode"]],
  ["an unknown condition", { filter: { names: ["a"] } }, ["filter", "names"]],
  ["types that are no list", { filter: { assetTypes: "table" } }, ["filter", "assetTypes"]],
  ["an asset type twice", { filter: { assetTypes: ["a", "b", "a"] } }, ["filter", "assetTypes", 2]],
  ["a long asset type", { filter: { assetTypes: ["x".repeat(65)] } }, ["filter", "assetTypes", 0]],
  ["a long owner", { filter: { owners: ["a", "x".repeat(256)] } }, ["filter", "owners", 1]],
  ["a long tag", { filter: { tags: ["x".repeat(129)] } }, ["filter", "tags", 0]],
  ...["assetTypes", "owners", "tags"].flatMap((condition): Wrong[] => {
    const many = Array.from({ length: 101 }, (_, index) => `value ${index}`);
    return [
      [`101 ${condition}`, { filter: { [condition]: many } }, ["filter", condition]],
      ...BAD_LABELS.map(
        ([why, text]): Wrong => [
          `${condition} of ${why}`,
          { filter: { [condition]: ["good", text] } },
          ["filter", condition, 1],
        ],
      ),
    ];
  }),
];

const OF_EDGE_NUMBER: readonly Wrong[] = [
  ["fewer edges than none", { maxEdges: -1 }, ["maxEdges"]],
  ["100,001 edges", { maxEdges: 100_001 }, ["maxEdges"]],
  ["half an edge", { maxEdges: 0.5 }, ["maxEdges"]],
];

/** Fails unless a call with a request that is right but for some fields is refused for them. */
async function expectEachRefused(
  call: (lineage: LineageRepository, request: object) => Promise<unknown>,
  right: object,
  [, fields, inputPath]: Wrong,
) {
  const request = { ...right, ...unchecked<object>(fields) };
  await expectRefused(storage.storage, statements, ({ lineage }) => call(lineage, request), inputPath);
}

const ONE = { assetId: UNKNOWN_ID };
const ENDS = { from: UNKNOWN_ID, to: UNKNOWN_ID };

describe("a walk is refused, with the path of the value and nothing sent, for", () => {
  it.each([...OF_IDS, ...OF_EDGES, ...OF_DEPTH, ...OF_DIRECTION, ...OF_NODES, ...OF_EDGE_NUMBER])(
    "%s",
    async (...wrong) => {
      await expectEachRefused((lineage, request) => lineage.find({ ...ONE, ...request }), ONE, wrong);
    },
  );
});

describe("walks from many assets are refused, with the path of the value and nothing sent, for", () => {
  it.each<Wrong>([
    ...BAD_IDS.map(
      ([why, id]): Wrong => [`an id of ${why}`, { assetIds: [UNKNOWN_ID, id] }, ["assetIds", 1]],
    ),
    ["an id twice", { assetIds: [UNKNOWN_ID, UNKNOWN_ID] }, ["assetIds", 1]],
    ["an id in both cases", { assetIds: [nextId(), UNKNOWN_ID.toUpperCase(), UNKNOWN_ID] }, ["assetIds", 2]],
    ["101 ids", { assetIds: Array.from({ length: 101 }, nextId) }, ["assetIds"]],
    ["no list", { assetIds: UNKNOWN_ID }, ["assetIds"]],
    ["nothing", { assetIds: null }, ["assetIds"]],
    ["one id beside them", { assetId: UNKNOWN_ID }, ["assetId"]],
    ...OF_EDGES,
    ...OF_DEPTH,
    ...OF_DIRECTION,
    ...OF_NODES,
    ...OF_EDGE_NUMBER,
  ])("%s", async (...wrong) => {
    const right = { assetIds: [UNKNOWN_ID] };
    await expectEachRefused((lineage, request) => lineage.findMany({ ...right, ...request }), right, wrong);
  });
});

describe("a count is refused, with the path of the value and nothing sent, for", () => {
  it.each<Wrong>([
    ...OF_IDS,
    ...OF_EDGES,
    ...OF_DEPTH,
    ...OF_DIRECTION,
    ["a budget", { maxNodes: 5 }, ["maxNodes"]],
    ["a filter", { filter: {} }, ["filter"]],
  ])("%s", async (...wrong) => {
    await expectEachRefused((lineage, request) => lineage.count({ ...ONE, ...request }), ONE, wrong);
  });
});

describe("an impact is refused, with the path of the value and nothing sent, for", () => {
  it.each<Wrong>([
    ...OF_IDS,
    ...OF_EDGES,
    ...OF_DEPTH,
    ...OF_NODES,
    ["a direction", { direction: "upstream" }, ["direction"]],
    ["a number of edges", { maxEdges: 5 }, ["maxEdges"]],
  ])("%s", async (...wrong) => {
    await expectEachRefused((lineage, request) => lineage.findImpact({ ...ONE, ...request }), ONE, wrong);
  });
});

describe("paths are refused, with the path of the value and nothing sent, for", () => {
  it.each<Wrong>([
    ...BAD_IDS.map(([why, from]): Wrong => [`a begin of ${why}`, { from }, ["from"]]),
    ...BAD_IDS.map(([why, to]): Wrong => [`an end of ${why}`, { to }, ["to"]]),
    ...OF_EDGES,
    ["none of them", { first: 0 }, ["first"]],
    ["11 of them", { first: 11 }, ["first"]],
    ["half of one", { first: 1.5 }, ["first"]],
    ["a depth", { maxDepth: 5 }, ["maxDepth"]],
    ["a direction", { direction: "upstream" }, ["direction"]],
  ])("%s", async (...wrong) => {
    await expectEachRefused((lineage, request) => lineage.findPaths({ ...ENDS, ...request }), ENDS, wrong);
  });
});

describe("a time is refused, with nothing sent, that", () => {
  it.each([
    ["lies in the future", new Date(Date.now() + 60_000)],
    ["is none", new Date(Number.NaN)],
    ["lies before all calendars", new Date("-000001-01-01T00:00:00Z")],
  ])("%s", async (_, asOf) => {
    const calls: ((lineage: LineageRepository) => Promise<unknown>)[] = [
      (lineage) => lineage.find({ ...ONE, asOf }),
      (lineage) => lineage.findMany({ assetIds: [UNKNOWN_ID], asOf }),
      (lineage) => lineage.count({ ...ONE, asOf }),
      (lineage) => lineage.findImpact({ ...ONE, asOf }),
      (lineage) => lineage.findPaths({ ...ENDS, asOf }),
    ];
    for (const call of calls) {
      await expectRefused(storage.storage, statements, ({ lineage }) => call(lineage), ["asOf"]);
    }
  });
});

describe("what is just allowed is answered:", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => `value ${index}`);
  const all = { assetTypes: hundred, tags: hundred, owners: hundred };
  it.each([
    ["nothing but the root", { maxDepth: 0, maxNodes: 1, maxEdges: 0 }],
    ["the most", { maxDepth: 10_000, maxNodes: 10_000, maxEdges: 100_000 }],
    ["100 of each condition, past which is stopped", { filter: { ...all, mode: "stop at" as const } }],
    ["100 of each condition, without which is hidden", { filter: { ...all, mode: "hide" as const } }],
    ["no condition", { filter: { assetTypes: [], tags: null, owners: undefined } }],
    ["null for what need not be given", { filter: null, dependencyTypes: null, asOf: null }],
    ["no edges at all", { dependencyTypes: [], asOf: new Date() }],
  ])("%s", async (_, options) => {
    const assetIds = [UNKNOWN_ID, ...Array.from({ length: 99 }, nextId)];
    await storage.newTenant().run(async ({ lineage }) => {
      expect(await lineage.find({ ...ONE, ...options })).toBeNull();
      expect(await lineage.findMany({ assetIds, ...options })).toEqual(assetIds.map(() => null));
    });
  });

  it("no roots, for which nothing is sent", async () => {
    const names = await statements.during(() =>
      storage.newTenant().run(async ({ lineage }) => {
        expect(await lineage.findMany({ assetIds: [] })).toEqual([]);
      }),
    );
    expect(names).toEqual([]);
  });
});
