import { describe, expect, it } from "vitest";
import { readDbtManifest } from "../../../src/importers/dbt/manifest.ts";
import { type DbtManifestOptions, dbtManifest } from "../../support/dbt-manifest.ts";
import { refusalOf } from "../../support/manifest-refusal.ts";

const NO_ADJUSTMENT = { description: 0, owner: 0, tags: 0, properties: 0 };

describe("the name", () => {
  it.each([
    ["too long", `model.shop.${"x".repeat(255)}`, "the id must be at most 255 characters"],
    ["blank", " ", "the id must not be blank"],
    ["with a NUL", "model.shop.a\u0000", "the id must not contain a NUL character"],
  ])("is refused if it is %s, for a part of it would be another asset's", (_, id, rule) => {
    const manifest = dbtManifest();
    manifest.nodes[id] = { resource_type: "model" };
    expect(refusalOf(() => readDbtManifest(manifest))).toMatch(new RegExp(`^nodes\\[".*"\\]: ${rule}$`));
  });
});

describe("the owner", () => {
  const ownerOf = (options: DbtManifestOptions) => readDbtManifest(dbtManifest(options)).assets[0]?.owner;

  it.each([
    [{ name: "Ada", email: "ada@shop.example" }, "ada@shop.example"],
    [{ name: "Ada", email: null }, "Ada"],
    [{ name: "Ada", email: ["a@shop.example", "b@shop.example"] }, "a@shop.example, b@shop.example"],
    [{ name: " ", email: "" }, undefined],
  ])("of an exposure is its owner's email, else name: %j", (owner, expected) => {
    expect(ownerOf({ exposures: [{ name: "e", owner, meta: {} }] })).toBe(expected);
  });

  it.each([
    ["@ada", "@ada"],
    [["@ada", " ", "@bob"], "@ada, @bob"],
    [{ name: "Ada" }, "Ada"],
    [7, undefined],
    [{ email: { nested: "x" } }, undefined],
  ])("of a model may be in meta: %j", (owner, expected) => {
    expect(ownerOf({ models: [{ name: "m", meta: { owner } }] })).toBe(expected);
    expect(ownerOf({ models: [{ name: "m", fields: { meta: null, config: { meta: { owner } } } }] })).toBe(
      expected,
    );
  });

  it("of a model in a group is the group's, unless it says its own", () => {
    const groups = [
      { name: "finance", package: "lib", owner: { name: "Lib" } },
      { name: "finance", owner: { name: "Finance", email: "finance@shop.example" } },
      { name: "ops", package: "lib", owner: { name: "Ops" } },
    ];
    expect(ownerOf({ groups, models: [{ name: "m", group: "finance" }] })).toBe("finance@shop.example");
    expect(ownerOf({ groups, models: [{ name: "m", group: "ops" }] })).toBe("Ops");
    expect(ownerOf({ groups, models: [{ name: "m", group: "unknown" }] })).toBeUndefined();
    expect(ownerOf({ groups, models: [{ name: "m", group: "ops", meta: { owner: "@ada" } }] })).toBe("@ada");
  });

  it("that cannot be stored is left out, not shortened, and not replaced by a more general one", () => {
    const groups = [{ name: "finance", owner: { name: "Finance" } }];
    for (const owner of ["x".repeat(256), "a\u0000b", "a\ud800b"]) {
      const catalogue = readDbtManifest(
        dbtManifest({ groups, models: [{ name: "m", group: "finance", meta: { owner } }] }),
      );
      expect(catalogue.assets[0]).not.toHaveProperty("owner");
      expect(catalogue.skipped.adjusted).toEqual({ ...NO_ADJUSTMENT, owner: 1 });
    }
  });
});

describe("tags", () => {
  const read = (given: Record<string, unknown>) =>
    readDbtManifest(dbtManifest({ models: [{ name: "m", fields: given }] }));

  it("are those of the resource and of its configuration, each once, in order", () => {
    const catalogue = read({ tags: ["b", "a", "b"], config: { tags: ["c", "a"] } });
    expect(catalogue.assets[0]?.tags).toEqual(["a", "b", "c"]);
    expect(catalogue.skipped.adjusted).toEqual(NO_ADJUSTMENT);
  });

  it("may be a string in the configuration, and blank ones say nothing", () => {
    expect(read({ tags: [" "], config: { tags: "daily" } }).assets[0]?.tags).toEqual(["daily"]);
  });

  it("that cannot be stored are left out and counted", () => {
    const catalogue = read({ tags: ["ok", "x".repeat(129), "a\u0000b", "\udc00"], config: null });
    expect(catalogue.assets[0]?.tags).toEqual(["ok"]);
    expect(catalogue.skipped.adjusted).toEqual({ ...NO_ADJUSTMENT, tags: 1 });
  });

  it("are the first hundred in order", () => {
    const catalogue = read({ tags: Array.from({ length: 101 }, (_, index) => `t${1000 - index}`) });
    expect(catalogue.assets[0]?.tags).toHaveLength(100);
    expect(catalogue.assets[0]?.tags.at(-1)).toBe("t998");
    expect(catalogue.skipped.adjusted).toEqual({ ...NO_ADJUSTMENT, tags: 1 });
  });
});

describe("the description", () => {
  const read = (description: string) =>
    readDbtManifest(dbtManifest({ models: [{ name: "m", description }] }));

  it("is absent where it is blank, and has no white space at its end", () => {
    expect(read(" \n").assets[0]).not.toHaveProperty("description");
    expect(read("Orders.\n\nOne a row.\n").assets[0]?.description).toBe("Orders.\n\nOne a row.");
  });

  it("is cut between characters, and says so", () => {
    expect(read("é".repeat(10_000)).skipped.adjusted).toEqual(NO_ADJUSTMENT);
    const catalogue = read("🙂".repeat(10_001));
    expect(catalogue.assets[0]?.description).toBe(`${"🙂".repeat(9_999)}…`);
    expect(catalogue.skipped.adjusted).toEqual({ ...NO_ADJUSTMENT, description: 1 });
  });

  it("keeps the rest of a text with characters that cannot be stored", () => {
    const catalogue = read("a\u0000b\ud800c");
    expect(catalogue.assets[0]?.description).toBe("a\uFFFDb\uFFFDc");
    expect(catalogue.skipped.adjusted).toEqual({ ...NO_ADJUSTMENT, description: 1 });
  });
});
