import { describe, it } from "vitest";
import type { InputPath } from "../../../src/errors.ts";
import type { AssetFilter, NewAsset } from "../../../src/modules/asset/asset.input.ts";
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

const good: NewAsset = { name: "good", assetType: "table" };
const nested = (levels: number): object => (levels === 0 ? {} : { a: nested(levels - 1) });
const day = { granularity: "day", start: new Date(0) } as const;

type Case = readonly [why: string, fields: Partial<NewAsset>, inputPath: InputPath];
const BAD_FIELDS: readonly Case[] = [
  ...BAD_LABELS.flatMap(([why, text]): Case[] => [
    [`name of ${why}`, { name: text }, ["name"]],
    [`type of ${why}`, { assetType: text }, ["assetType"]],
    [`owner of ${why}`, { owner: text }, ["owner"]],
    [`tag of ${why}`, { tags: ["a", text] }, ["tags", 1]],
    [
      `partition key of ${why}`,
      { partitionConfig: { static: { keys: [text] } } },
      ["partitionConfig", "static", "keys", 0],
    ],
  ]),
  ...UNSTORABLE.flatMap(([why, text]): Case[] => [
    [`description with ${why}`, { description: text }, ["description"]],
    [`property with ${why}`, { properties: { a: [text] } }, ["properties"]],
    [`property named with ${why}`, { properties: { a: { [text]: 1 } } }, ["properties"]],
  ]),
  ["name of 256 characters", { name: "𝒜".repeat(256) }, ["name"]],
  ["type of 65 characters", { assetType: "t".repeat(65) }, ["assetType"]],
  ["owner of 256 characters", { owner: "o".repeat(256) }, ["owner"]],
  ["description of 10,001 characters", { description: "d".repeat(10_001) }, ["description"]],
  ["tag of 129 characters", { tags: ["t".repeat(129)] }, ["tags", 0]],
  ["tags that repeat", { tags: ["a", "b", "a"] }, ["tags", 2]],
  ["101 tags", { tags: Array.from({ length: 101 }, (_, index) => `${index}`) }, ["tags"]],
  ["name that is no string", unchecked({ name: 1 }), ["name"]],
  ["tags that are no list", unchecked({ tags: "a" }), ["tags"]],
  ["field that is unknown", unchecked({ nmae: "a" }), ["nmae"]],
  ["field of the store's own", unchecked({ tenantId: "other" }), ["tenantId"]],
  ["id of its own", unchecked({ id: UNKNOWN_ID }), ["id"]],
  ["properties that are a list", unchecked({ properties: [1] }), ["properties"]],
  ["properties that are text", unchecked({ properties: "{}" }), ["properties"]],
  ["properties of another class", { properties: { at: new Date(0) } }, ["properties"]],
  ["properties that are not JSON", { properties: { a: undefined } }, ["properties"]],
  ["properties with a number that is none", { properties: { a: Number.NaN } }, ["properties"]],
  ["properties of more than 64 KiB", { properties: { a: "é".repeat(32 * 1024) } }, ["properties"]],
  [
    "properties whose numbers are huge when written out",
    { properties: { a: Array(1000).fill(1e308) } },
    ["properties"],
  ],
  ["properties of 66 levels", { properties: { a: nested(65) } }, ["properties"]],
  ["properties of 100,000 levels", { properties: deep(100_000) }, ["properties"]],
  [
    "two ways of partitioning",
    { partitionConfig: { time: day, static: { keys: ["a"] } } },
    ["partitionConfig"],
  ],
  ["no way of partitioning", { partitionConfig: {} }, ["partitionConfig"]],
  ["unknown way of partitioning", { partitionConfig: unchecked({ hash: {} }) }, ["partitionConfig", "hash"]],
  [
    "unknown time zone",
    { partitionConfig: { time: { ...day, timezone: "Mars/Olympus" } } },
    ["partitionConfig", "time", "timezone"],
  ],
  [
    "unknown granularity",
    { partitionConfig: { time: { ...day, ...unchecked<object>({ granularity: "eon" }) } } },
    ["partitionConfig", "time", "granularity"],
  ],
  [
    "start that is no moment",
    { partitionConfig: { time: { ...day, start: new Date(Number.NaN) } } },
    ["partitionConfig", "time", "start"],
  ],
  [
    "start after the year 9999",
    { partitionConfig: { time: { ...day, start: new Date("+010000-01-01") } } },
    ["partitionConfig", "time", "start"],
  ],
  [
    "partition keys that repeat",
    { partitionConfig: { static: { keys: ["a", "a"] } } },
    ["partitionConfig", "static", "keys", 1],
  ],
  ["no partition keys", { partitionConfig: { static: { keys: [] } } }, ["partitionConfig", "static", "keys"]],
  [
    "1,001 partition keys",
    { partitionConfig: { static: { keys: Array.from({ length: 1001 }, (_, index) => `${index}`) } } },
    ["partitionConfig", "static", "keys"],
  ],
  [
    "range that ends before it starts",
    { partitionConfig: { range: { start: 1, end: 1, interval: 1 } } },
    ["partitionConfig", "range", "end"],
  ],
  [
    "range without end",
    { partitionConfig: { range: { start: 1, end: Number.POSITIVE_INFINITY, interval: 1 } } },
    ["partitionConfig", "range", "end"],
  ],
  [
    "range of no width",
    { partitionConfig: { range: { start: 0, end: 1, interval: 0 } } },
    ["partitionConfig", "range", "interval"],
  ],
];

describe("an asset is refused, with the path of the value and nothing sent, for a", () => {
  it.each(BAD_FIELDS)("%s", async (_, fields, inputPath) => {
    const refused = (work: Parameters<typeof expectRefused>[2], path: InputPath) =>
      expectRefused(storage.storage, statements, work, path);
    await refused(({ assets }) => assets.insert({ ...good, ...fields }), inputPath);
    await refused(({ assets }) => assets.update(UNKNOWN_ID, fields), inputPath);
    const second = { ...good, name: "second", ...fields };
    await refused(({ assets }) => assets.upsertMany([good, second]), ["assets", 1, ...inputPath]);
  });

  it("list of assets that is none", async () => {
    await expectRefused(storage.storage, statements, ({ assets }) => assets.upsertMany(unchecked({})), [
      "assets",
    ]);
  });
});

describe("reading assets is refused for", () => {
  it.each(BAD_IDS)("an id of %s", async (_, id) => {
    for (const method of ["findById", "getById", "remove"] as const) {
      await expectRefused(storage.storage, statements, ({ assets }) => assets[method](id), ["id"]);
    }
    await expectRefused(storage.storage, statements, ({ assets }) => assets.update(id, { owner: "a" }), [
      "id",
    ]);
  });

  it.each([...BAD_LABELS, ["256 characters", "n".repeat(256)] as const])("a name of %s", async (_, name) => {
    await expectRefused(storage.storage, statements, ({ assets }) => assets.findByName(name), ["name"]);
  });

  it.each(BAD_PAGES)("the page %j", async (request, argument) => {
    await expectRefused(storage.storage, statements, ({ assets }) => assets.page(request), [argument]);
  });

  it.each(badCursors("assets"))("a cursor of %s", async (_, cursor) => {
    for (const position of ["after", "before"] as const) {
      await expectRefused(storage.storage, statements, ({ assets }) => assets.page({ [position]: cursor }), [
        position,
      ]);
    }
  });

  it.each(BAD_ORDERS)("the order %j", async (order, part) => {
    for (const method of ["list", "page"] as const) {
      const query = { orderBy: unchecked<never>(order) };
      await expectRefused(storage.storage, statements, ({ assets }) => assets[method](query), [
        "orderBy",
        part,
      ]);
    }
  });

  it.each(BAD_WINDOWS)("the window %j", async (window, argument) => {
    await expectRefused(storage.storage, statements, ({ assets }) => assets.list(window), [argument]);
  });

  it.each<[string, AssetFilter, InputPath]>([
    ["an unknown condition", unchecked({ nmae: "a" }), ["filter", "nmae"]],
    ["an unknown condition on the name", unchecked({ name: { like: "a" } }), ["filter", "name", "like"]],
    ["a name with a NUL", { name: { contains: "\u0000" } }, ["filter", "name", "contains"]],
    ["a name that is too long", { name: { prefix: "n".repeat(256) } }, ["filter", "name", "prefix"]],
    ["a blank type", { types: ["table", " "] }, ["filter", "types", 1]],
    ["owners that repeat", { owners: ["a", "a"] }, ["filter", "owners", 1]],
    ["101 types", { types: Array.from({ length: 101 }, (_, index) => `${index}`) }, ["filter", "types"]],
    ["a tag with a lone surrogate", { tags: { any: ["\ud800"] } }, ["filter", "tags", "any", 0]],
    ["an unknown scope", unchecked({ scope: "everyone" }), ["filter", "scope"]],
  ])("a filter with %s", async (_, filter, inputPath) => {
    for (const method of ["list", "page"] as const) {
      await expectRefused(storage.storage, statements, ({ assets }) => assets[method]({ filter }), inputPath);
    }
    await expectRefused(storage.storage, statements, ({ assets }) => assets.count(filter), inputPath);
  });

  it.each([
    ["no moment", new Date(Number.NaN)],
    ["a moment that PostgreSQL cannot tell", new Date(8.64e15)],
    ["a moment before the first year", new Date("-000001-01-01")],
  ])("an expectedUpdatedAt that is %s", async (_, expectedUpdatedAt) => {
    const update = { owner: "a" };
    await expectRefused(
      storage.storage,
      statements,
      ({ assets }) => assets.update(UNKNOWN_ID, update, { expectedUpdatedAt }),
      ["expectedUpdatedAt"],
    );
  });
});

function deep(levels: number): { a: object } {
  let value = { a: {} };
  for (let level = 0; level < levels; level += 1) value = { a: value };
  return value;
}
