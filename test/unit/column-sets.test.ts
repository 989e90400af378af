import { getTableColumns } from "drizzle-orm";
import { integer, pgTable, text } from "drizzle-orm/pg-core";
import { expect, it } from "vitest";
import { columnSets } from "../../src/db/column-sets.ts";

const LETTERS = ["a", "b", "c", "d", "e", "f"] as const;

const columns = getTableColumns(
  pgTable("letters", {
    ...{ id: integer("id"), a: text("a"), b: text("b"), c: text("c") },
    ...{ d: text("d"), e: text("e"), f: text("f") },
  }),
);

const prepare = () => columnSets(columns, { always: ["id"], orderings: ["a"], costly: "f" });

/** All sets of the letters, the small ones first. */
const subsets = Array.from({ length: 2 ** LETTERS.length }, (_, bits) =>
  LETTERS.filter((_, place) => bits & (1 << place)),
).sort((one, other) => one.length - other.length);

it("sets of the same columns are one, in whatever order their fields are asked for", () => {
  const columnsFor = prepare();
  expect(columnsFor(new Set(["c", "b"]))).toBe(columnsFor(new Set(["b", "other", "c"])));
  expect(columnsFor(new Set(["b"])).shape).not.toBe(columnsFor(new Set(["c"])).shape);
});

const ORDERS = [
  ["the small ones come first", subsets],
  ["the large ones come first", subsets.toReversed()],
] as const;

it.each(ORDERS)(
  "however many are asked for, few are read, and each has what is asked for, where %s",
  (_, asked) => {
    const columnsFor = prepare();
    const shapes = new Set<string>();
    for (const letters of [...asked, ...asked]) {
      const { shape, columns } = columnsFor(new Set(letters));
      shapes.add(shape);
      expect(Object.keys(columns)).toEqual(expect.arrayContaining(["id", ...letters]));
      expect(shape).toBe(Object.keys(columns).join());
    }
    expect(shapes.size).toBeLessThanOrEqual(20);
  },
);

it.each(ORDERS)("what is costly is not read for want of another set, where %s", (_, asked) => {
  const columnsFor = prepare();
  for (const letters of asked) {
    const { columns } = columnsFor(new Set(letters));
    expect(Object.keys(columns).includes("f")).toBe(letters.includes("f"));
  }
});
