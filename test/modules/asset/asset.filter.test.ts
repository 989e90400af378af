import { beforeAll, describe, expect, it } from "vitest";
import type { AssetFilter } from "../../../src/modules/asset/asset.input.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();
const tenant = storage.newTenant();

/** The last parts of the names of what matches, in order; a count must agree. */
async function matching(filter: AssetFilter): Promise<string> {
  return tenant.run(async ({ assets }) => {
    const found = await assets.list({ filter, orderBy: { field: "name", direction: "asc" } });
    const paged = await assets.page({ filter, orderBy: { field: "name", direction: "asc" } });
    expect(paged.items.map(({ row }) => row)).toEqual(found);
    expect(await assets.count(filter)).toBe(found.length);
    return found.map(({ name }) => name).join(" ");
  });
}

beforeAll(async () => {
  await tenant.run(({ assets }) =>
    assets.upsertMany([
      { name: "raw.orders", assetType: "table", owner: "ada", tags: ["pii", "raw"] },
      { name: "raw.users", assetType: "table", owner: "bob", tags: ["pii", "raw", "gdpr"] },
      { name: "RAW_events", assetType: "file", owner: "ada", tags: ["raw"] },
      { name: "mart.orders%", assetType: "view", tags: ["mart"] },
      { name: "ﬁle.Ünï", assetType: "file" },
    ]),
  );
  await storage.system.run(({ assets }) =>
    assets.insert({ name: "shared.calendar", assetType: "table", owner: "ada", tags: ["pii"] }),
  );
  await storage
    .newTenant()
    .run(({ assets }) =>
      assets.insert({ name: "raw.foreign", assetType: "table", owner: "ada", tags: ["pii", "raw"] }),
    );
});

describe("assets are filtered", () => {
  it.each<[string, AssetFilter, string]>([
    ["not at all", {}, "ﬁle.Ünï mart.orders% raw.orders raw.users RAW_events shared.calendar"],
    [
      "not by null",
      { name: null, types: null, owners: null, tags: null, scope: null },
      "ﬁle.Ünï mart.orders% raw.orders raw.users RAW_events shared.calendar",
    ],
    ["by exact name", { name: { exact: "raw.orders" } }, "raw.orders"],
    ["by exact name, in its case", { name: { exact: "RAW.orders" } }, ""],
    ["by prefix, in any case", { name: { prefix: "Raw" } }, "raw.orders raw.users RAW_events"],
    ["by prefix, where signs of LIKE are letters", { name: { prefix: "raw_" } }, "RAW_events"],
    ["by a part, in any case", { name: { contains: "ORDERS" } }, "mart.orders% raw.orders"],
    ["by a part, where signs of LIKE are letters", { name: { contains: "%" } }, "mart.orders%"],
    ["by a part, compatibility forms folded", { name: { contains: "FILE.ün" } }, "ﬁle.Ünï"],
    ["by several conditions on the name", { name: { prefix: "raw", contains: "us" } }, "raw.users"],
    [
      "by nothing of a name",
      { name: { prefix: "", contains: "" } },
      "ﬁle.Ünï mart.orders% raw.orders raw.users RAW_events shared.calendar",
    ],
    ["by types", { types: ["file", "view"] }, "ﬁle.Ünï mart.orders% RAW_events"],
    ["by no type", { types: [] }, ""],
    ["by owners", { owners: ["bob", "nobody"] }, "raw.users"],
    ["by any tag", { tags: { any: ["gdpr", "mart"] } }, "mart.orders% raw.users"],
    ["by all tags", { tags: { all: ["pii", "raw"] } }, "raw.orders raw.users"],
    ["by any and all tags", { tags: { all: ["raw"], any: ["gdpr", "mart"] } }, "raw.users"],
    ["by a tag in its case", { tags: { any: ["PII"] } }, ""],
    ["by scope own", { scope: "own", owners: ["ada"] }, "raw.orders RAW_events"],
    ["by scope global", { scope: "global" }, "shared.calendar"],
    ["by scope all", { scope: "all", tags: { any: ["pii"] } }, "raw.orders raw.users shared.calendar"],
    [
      "by everything at once",
      { name: { prefix: "raw" }, types: ["table"], owners: ["ada"], tags: { all: ["raw"] }, scope: "own" },
      "raw.orders",
    ],
  ])("%s", async (_, filter, expected) => {
    // Latin before the rest, as the search form has it; upper and lower case are one.
    expect((await matching(filter)).split(" ").toSorted()).toEqual(expected.split(" ").toSorted());
  });

  it("for nobody, to global ones", async () => {
    const names = await storage.nobody.run(({ assets }) => assets.list());
    expect(names.map(({ name }) => name)).toEqual(["shared.calendar"]);
    expect(await storage.nobody.run(({ assets }) => assets.list({ filter: { scope: "own" } }))).toEqual([]);
    expect(await storage.nobody.run(({ assets }) => assets.count({ scope: "own" }))).toBe(0);
  });

  it("for the system, where own and global are the same", async () => {
    for (const scope of ["own", "global", "all"] as const) {
      expect(await storage.system.run(({ assets }) => assets.count({ scope }))).toBe(1);
    }
  });
});
