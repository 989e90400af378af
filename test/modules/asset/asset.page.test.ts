import { describe, expect, it } from "vitest";
import type { AssetOrderField } from "../../../src/modules/asset/asset.pages.ts";
import type { Asset } from "../../../src/modules/asset/asset.select.ts";
import { searchKey } from "../../../src/modules/fields.ts";
import { newAsset, storeAsset, storeAssets } from "../../support/factories.ts";
import { describePaging } from "../../support/paging.ts";
import { present } from "../../support/present.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

describe("pages of assets", () => {
  describePaging<Asset, AssetOrderField>(["createdAt", "updatedAt", "name"], storage, {
    keys: {
      createdAt: ({ createdAt }) => createdAt.toISOString(),
      updatedAt: ({ updatedAt }) => updatedAt.toISOString(),
      name: ({ name }) => searchKey(name),
    },
    page: ({ assets }, query) => assets.page(query),
    list: ({ assets }, query) => assets.list(query),
    async seed(party, rows) {
      // One statement, so one `created_at`; and names whose order depends on case and on code points.
      const begins = ["b", "B", "a", "Ä", "é", "z", "𝒜", "_"].slice(0, rows - 1);
      const stored = await storeAssets(
        party,
        begins.map((begin) => begin + newAsset().name),
      );
      await storeAsset(party);
      await party.run(({ assets }) => assets.update(present(stored[0]).id, { owner: "somebody" }));
    },
    remove: ({ assets }, id) => assets.remove(id),
  });
});

it("a page that is written as JSON has its cursors", async () => {
  const party = storage.newTenant();
  await storeAsset(party);
  const page = await party.run(({ assets }) => assets.page());
  const [item] = page.items;
  expect(JSON.parse(JSON.stringify(page))).toMatchObject({
    items: [{ cursor: present(item).cursor, row: { id: present(item).row.id } }],
    hasNextPage: false,
  });
});

describe("lists over own and global assets", () => {
  it("merge the two in one order, and a filter's scope tells them apart", async () => {
    const party = storage.newTenant();
    const other = storage.newTenant();
    const run = newAsset().name;
    const store = (owner: Parameters<typeof storeAsset>[0], letters: string[]) =>
      storeAssets(
        owner,
        letters.map((letter) => `${run}/${letter}`),
      );
    await store(party, ["a", "d", "e"]);
    await store(storage.system, ["b", "c", "f"]);
    await store(other, ["a", "b", "z"]);
    const orderBy = { field: "name", direction: "asc" } as const;
    const lettersIn = async (scope: "own" | "global" | "all" | null) => {
      const filter = { name: { prefix: run }, scope };
      const page = await party.run(({ assets }) => assets.page({ filter, orderBy, first: 5 }));
      const letters = page.items.map(({ row }) => row.name.slice(run.length + 1)).join("");
      return `${letters}${page.hasNextPage ? "…" : ""} of ${await party.run(({ assets }) => assets.count(filter))}`;
    };
    expect(await lettersIn("all")).toBe("abcde… of 6");
    expect(await lettersIn(null)).toBe("abcde… of 6");
    expect(await lettersIn("own")).toBe("ade of 3");
    expect(await lettersIn("global")).toBe("bcf of 3");
  });
});
