import { describe, expect, it } from "vitest";
import type { NewAsset } from "../../../src/modules/asset/asset.input.ts";
import type { JsonObject } from "../../../src/modules/fields.ts";
import { expectRefused } from "../../support/bad-input.ts";
import { newAsset } from "../../support/factories.ts";
import { storedRows } from "../../support/owner.ts";
import { Statements } from "../../support/statements.ts";
import { prepareStorage } from "../../support/storage.ts";

const statements = new Statements();
const storage = prepareStorage({ observer: statements });

describe("properties", () => {
  it.each<[string, () => JsonObject]>([
    [
      "without a prototype",
      () => Object.assign(Object.create(null), { a: Object.assign(Object.create(null), { b: 1 }) }),
    ],
    [
      "with a key that JavaScript treats specially",
      () => JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}'),
    ],
    ["with an empty key", () => ({ "": "" })],
    ["with keys that look like operators", () => ({ $gt: 1, "a.b": { "->>": "$1" } })],
    [
      "with numbers at the edge of what a number can say",
      () => ({ n: [Number.MAX_VALUE, Number.MIN_VALUE, -0, 2 ** 53] }),
    ],
    ["with characters that JSON escapes", () => ({ c: '\u0001\u001f\u2028\\ "\u{1F600}' })],
    ["of 64 levels", () => ({ a: nested(62) })],
    ["as large as may be", () => ({ a: "x".repeat(65_536 - '{"a":""}'.length) })],
  ])("%s are kept as they are", async (_, make) => {
    const tenant = storage.newTenant();
    const { id } = await tenant.run(({ assets }) => assets.insert(newAsset({ properties: make() })));
    const read = await tenant.run(({ assets }) => assets.getById(id));
    expect(JSON.stringify(sorted(read.properties))).toBe(JSON.stringify(sorted(make())));
    await tenant.run(({ assets }) => assets.update(id, { properties: null }));
    const changed = await tenant.run(({ assets }) => assets.update(id, { properties: make() }));
    expect(changed.properties).toEqual(read.properties);
    const again = { name: read.name, assetType: read.assetType, properties: make() };
    expect(await tenant.run(({ assets }) => assets.upsertMany([again]))).toMatchObject({ unchanged: 1 });
  });
});

describe("validation and database agree", () => {
  it("on what is blank: whatever validation takes, the database takes", async () => {
    const rows = await storedRows<{ code: number }>(
      storage.database,
      `SELECT code FROM generate_series(1, 1114111) AS code
       WHERE code NOT BETWEEN 55296 AND 57343 AND chr(code) !~ '[^[:space:]]'`,
    );
    expect(rows.length).toBeGreaterThan(5);
    for (const { code } of rows) {
      const name = String.fromCodePoint(code);
      await expectRefused(storage.storage, statements, ({ assets }) => assets.insert(newAsset({ name })), [
        "name",
      ]);
    }
  });

  it("on the largest values: what validation takes, the database stores", async () => {
    const largest: NewAsset = {
      name: "𝒜".repeat(255),
      assetType: "𝒜".repeat(64),
      owner: "𝒜".repeat(255),
      description: "𝒜".repeat(10_000),
      tags: Array.from({ length: 100 }, (_, index) => String.fromCodePoint(0x1d49c + index).repeat(128)),
      partitionConfig: {
        static: {
          keys: Array.from({ length: 1000 }, (_, index) => "𝒜".repeat(251) + String(index).padStart(4, "0")),
        },
      },
      properties: { a: Array.from({ length: 32_764 }, () => 1) },
    };
    const tenant = "t".repeat(128);
    const { id } = await storage.asTenant(tenant, ({ assets }) => assets.insert(largest));
    const read = await storage.asTenant(tenant, ({ assets }) => assets.getById(id));
    expect(read.properties).toEqual(largest.properties);
    expect(read.tags).toHaveLength(100);
  });
});

function nested(levels: number): object {
  return levels === 0 ? {} : { a: nested(levels - 1) };
}

/** PostgreSQL keeps the keys of JSON in an order of its own. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, child]) => [key, sorted(child)]);
}
