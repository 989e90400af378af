import { describe, expect, it } from "vitest";
import type { InputPath } from "../../../src/errors.ts";
import type { NewWorkflow, WorkflowFilter } from "../../../src/modules/workflow/workflow.input.ts";
import {
  BAD_IDS,
  BAD_LABELS,
  BAD_ORDERS,
  BAD_PAGES,
  BAD_WINDOWS,
  badCursors,
  expectRefused,
  UNSTORABLE,
  unchecked,
} from "../../support/bad-input.ts";
import { UNKNOWN_ID } from "../../support/factories.ts";
import { Statements } from "../../support/statements.ts";
import { prepareStorage } from "../../support/storage.ts";

const statements = new Statements();
const storage = prepareStorage({ observer: statements });
const refused = (work: Parameters<typeof expectRefused>[2], path: InputPath) =>
  expectRefused(storage.storage, statements, work, path);

const link = { assetId: UNKNOWN_ID, role: "input" } as const;

type Case = readonly [why: string, fields: Partial<NewWorkflow>, inputPath: InputPath];
const BAD_DETAILS: readonly Case[] = [
  ...BAD_LABELS.flatMap(([why, text]): Case[] => [
    [`owner of ${why}`, { owner: text }, ["owner"]],
    [`tag of ${why}`, { tags: [text] }, ["tags", 0]],
  ]),
  ...UNSTORABLE.map(
    ([why, text]): Case => [`description with ${why}`, { description: text }, ["description"]],
  ),
  ...BAD_IDS.map(
    ([why, assetId]): Case => [
      `link to an asset with an id of ${why}`,
      { assets: [link, { assetId, role: "output" }] },
      ["assets", 1, "assetId"],
    ],
  ),
  ["description of 10,001 characters", { description: "d".repeat(10_001) }, ["description"]],
  ["tags that repeat", { tags: ["a", "a"] }, ["tags", 1]],
  ["101 tags", { tags: Array.from({ length: 101 }, (_, index) => `${index}`) }, ["tags"]],
  ["properties that are a list", unchecked({ properties: [] }), ["properties"]],
  ["properties of more than 64 KiB", { properties: { a: "x".repeat(65_536) } }, ["properties"]],
  ["links that are no list", unchecked({ assets: {} }), ["assets"]],
  ["link that repeats", { assets: [link, { ...link, role: "output" }, link] }, ["assets", 2]],
  ["link in an unknown role", unchecked({ assets: [{ ...link, role: "INPUT" }] }), ["assets", 0, "role"]],
  [
    "link with a position of its own",
    unchecked({ assets: [{ ...link, position: 3 }] }),
    ["assets", 0, "position"],
  ],
  [
    "1,001 links",
    {
      assets: Array.from({ length: 1001 }, (_, index) => ({
        ...link,
        assetId: UNKNOWN_ID.slice(0, -4) + `${index}`.padStart(4, "0"),
      })),
    },
    ["assets"],
  ],
  ["field that is unknown", unchecked({ nmae: "a" }), ["nmae"]],
  ["version of its own", unchecked({ version: 7 }), ["version"]],
];

describe("a workflow is refused, with the path of the value and nothing sent, for a", () => {
  it.each(BAD_DETAILS)("%s", async (_, fields, inputPath) => {
    await refused(({ workflows }) => workflows.insert({ name: "good", ...fields }), inputPath);
    await refused(({ workflows }) => workflows.insertVersion({ name: "good", ...fields }), inputPath);
    await refused(({ workflows }) => workflows.update(UNKNOWN_ID, fields), inputPath);
  });

  it.each([...BAD_LABELS, ["256 characters", "𝒜".repeat(256)] as const])("name of %s", async (_, name) => {
    await refused(({ workflows }) => workflows.insert({ name }), ["name"]);
    await refused(({ workflows }) => workflows.insertVersion({ name }), ["name"]);
    await refused(({ workflows }) => workflows.findByName(name), ["name"]);
    await refused(({ workflows }) => workflows.listVersions(name), ["name"]);
  });

  it("change of its name or version", async () => {
    await refused(({ workflows }) => workflows.update(UNKNOWN_ID, unchecked({ name: "b" })), ["name"]);
    await refused(({ workflows }) => workflows.update(UNKNOWN_ID, unchecked({ version: 2 })), ["version"]);
  });
});

describe("reading workflows is refused for", () => {
  it.each(BAD_IDS)("an id of %s", async (_, id) => {
    for (const method of ["findById", "getById", "remove"] as const) {
      await refused(({ workflows }) => workflows[method](id), ["id"]);
    }
    await refused(({ workflows }) => workflows.update(id, { owner: "a" }), ["id"]);
  });

  it.each([0, -1, 1.5, 2_147_483_648, Number.NaN])("the version %d", async (version) => {
    await refused(({ workflows }) => workflows.findByName("good", version), ["version"]);
  });

  it("no version that a number can say", async () => {
    const found = await storage.asTenant("acme", ({ workflows }) =>
      workflows.findByName("good", 2_147_483_647),
    );
    expect(found).toBeNull();
  });

  it.each(BAD_PAGES)("the page %j", async (request, argument) => {
    await refused(({ workflows }) => workflows.page(request), [argument]);
    await refused(({ workflows }) => workflows.pagesByAsset([UNKNOWN_ID], request), [argument]);
  });

  it.each(badCursors("workflows"))("a cursor of %s", async (_, after) => {
    await refused(({ workflows }) => workflows.page({ after }), ["after"]);
  });

  it.each(badCursors("asset.workflows"))("a cursor of %s, among an asset's", async (_, after) => {
    await refused(({ workflows }) => workflows.pagesByAsset([UNKNOWN_ID], { after }), ["after"]);
  });

  it.each(BAD_ORDERS)("the order %j", async (order, part) => {
    for (const method of ["list", "page"] as const) {
      const query = { orderBy: unchecked<never>(order) };
      await refused(({ workflows }) => workflows[method](query), ["orderBy", part]);
    }
  });

  it.each(BAD_WINDOWS)("the window %j", async (window, argument) => {
    await refused(({ workflows }) => workflows.list(window), [argument]);
  });

  it.each<[string, WorkflowFilter, InputPath]>([
    ["an unknown condition", unchecked({ nmae: "a" }), ["filter", "nmae"]],
    ["a name with a NUL", { name: { exact: "\u0000" } }, ["filter", "name", "exact"]],
    ["a blank owner", { owners: [""] }, ["filter", "owners", 0]],
    ["a tag that repeats", { tags: { all: ["a", "a"] } }, ["filter", "tags", "all", 1]],
    ["latest only that is no boolean", unchecked({ latestOnly: 1 }), ["filter", "latestOnly"]],
  ])("a filter with %s", async (_, filter, inputPath) => {
    for (const method of ["list", "page"] as const) {
      await refused(({ workflows }) => workflows[method]({ filter }), inputPath);
    }
    await refused(({ workflows }) => workflows.count(filter), inputPath);
  });
});
