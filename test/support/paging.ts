import { describe, expect, it } from "vitest";
import type { Direction, Page, PageRequest } from "../../src/db/keyset.ts";
import { BadUserInputError } from "../../src/errors.ts";
import type { Repositories } from "../../src/modules/repositories.ts";
import { present } from "./present.ts";
import { refusal } from "./refusal.ts";
import type { Party, TestStorage } from "./storage.ts";

interface Order<Field extends string> {
  readonly field: Field;
  readonly direction: Direction;
}

/** A kind of rows that is read in pages, for {@link describePaging}. */
export interface PagedRows<Row extends { readonly id: string }, Field extends string> {
  readonly keys: Readonly<Record<Field, (row: Row) => string>>;
  page(from: Repositories, query: PageRequest & { orderBy?: Order<Field> }): Promise<Page<Row>>;
  list(
    from: Repositories,
    query: { orderBy?: Order<Field>; limit?: number; offset?: number },
  ): Promise<Row[]>;
  /** Stores so many rows, some of them with equal keys. */
  seed(party: Party, rows: number): Promise<void>;
  remove(from: Repositories, id: string): Promise<void>;
}

const ROWS = 8;
const DIRECTIONS = ["asc", "desc"] as const;

/** What holds for pages and lists of every kind of rows. */
export function describePaging<Row extends { readonly id: string }, Field extends string>(
  fields: readonly Field[],
  storage: TestStorage,
  rows: PagedRows<Row, Field>,
): void {
  const orders = fields.flatMap((field) => DIRECTIONS.map((direction) => ({ field, direction })));

  describe.each(orders)("ordered by $field, $direction", (orderBy) => {
    it("a list is in that order, ties broken by id", async () => {
      const { party, expected } = await seeded(orderBy);
      const listed = await party.run((from) => rows.list(from, { orderBy, limit: 1000 }));
      expect(listed.map(({ id }) => id)).toEqual(expected);
    });

    it("limit and offset cut the list", async () => {
      const { party, expected } = await seeded(orderBy);
      const cut = await party.run((from) => rows.list(from, { orderBy, limit: 3, offset: 2 }));
      expect(cut.map(({ id }) => id)).toEqual(expected.slice(2, 5));
      expect(await party.run((from) => rows.list(from, { orderBy, offset: ROWS }))).toEqual([]);
    });

    it("pages forwards tile the list", async () => {
      const { party, expected } = await seeded(orderBy);
      const pages = await walk(party, orderBy, "forwards");
      expect(pages.flatMap(idsOf)).toEqual(expected);
      expect(pages.map(({ items }) => items.length)).toEqual([3, 3, 2]);
      expect(pages.map(({ hasNextPage }) => hasNextPage)).toEqual([true, true, false]);
      expect(pages.map(({ hasPreviousPage }) => hasPreviousPage)).toEqual([false, true, true]);
    });

    it("pages backwards tile the list from its end, each in the order asked for", async () => {
      const { party, expected } = await seeded(orderBy);
      const pages = await walk(party, orderBy, "backwards");
      expect(pages.toReversed().flatMap(idsOf)).toEqual(expected);
      expect(pages.map(({ hasPreviousPage }) => hasPreviousPage)).toEqual([true, true, false]);
      expect(pages.map(({ hasNextPage }) => hasNextPage)).toEqual([false, true, true]);
    });

    it("rows that come and go meanwhile neither repeat nor hide the others", async () => {
      const { party, expected } = await seeded(orderBy);
      const first = await party.run((from) => rows.page(from, { orderBy, first: 3 }));
      const last = present(first.items.at(-1));
      await rows.seed(party, 3);
      await party.run((from) => rows.remove(from, last.row.id));
      const rest = await party.run((from) => rows.page(from, { orderBy, first: 100, after: last.cursor }));
      expect(idsOf(rest).filter((id) => expected.includes(id))).toEqual(expected.slice(3));
    });

    it("after and before together give what lies between", async () => {
      const { party, expected } = await seeded(orderBy);
      const all = await party.run((from) => rows.page(from, { orderBy, first: ROWS }));
      const [after, before] = [present(all.items[1]).cursor, present(all.items[6]).cursor];
      const between = await party.run((from) => rows.page(from, { orderBy, first: ROWS, after, before }));
      expect(idsOf(between)).toEqual(expected.slice(2, 6));
      const atItsEnd = await party.run((from) => rows.page(from, { orderBy, last: 2, after, before }));
      expect(idsOf(atItsEnd)).toEqual(expected.slice(4, 6));
    });

    it("a page that ends with the list knows that nothing follows", async () => {
      const { party } = await seeded(orderBy);
      const whole = await party.run((from) => rows.page(from, { orderBy, first: ROWS }));
      expect(whole).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
    });

    it("a cursor of another order is refused", async () => {
      const { party } = await seeded(orderBy);
      const others = orders.filter(
        (other) => other.field !== orderBy.field || other.direction !== orderBy.direction,
      );
      const page = await party.run((from) => rows.page(from, { orderBy, first: 1 }));
      const { cursor } = present(page.items[0]);
      for (const other of others) {
        for (const position of ["after", "before"] as const) {
          const attempt = party.run((from) => rows.page(from, { orderBy: other, [position]: cursor }));
          expect((await refusal(attempt, BadUserInputError)).inputPath).toEqual([position]);
        }
      }
    });
  });

  it("pages are newest first unless an order is given", async () => {
    const { party, expected } = await seeded({ field: present(fields[0]), direction: "desc" });
    expect(idsOf(await party.run((from) => rows.page(from, {})))).toEqual(expected);
    expect((await party.run((from) => rows.list(from, {}))).map(({ id }) => id)).toEqual(expected);
  });

  it("a page over nothing is empty", async () => {
    const page = await storage.newTenant().run((from) => rows.page(from, { first: 5 }));
    expect(page).toEqual({ items: [], hasNextPage: false, hasPreviousPage: false });
  });

  async function seeded(orderBy: Order<Field>) {
    const party = storage.newTenant();
    await rows.seed(party, ROWS);
    const stored = await party.run((from) => rows.list(from, { limit: 1000 }));
    const key = rows.keys[orderBy.field];
    const ascending = stored.toSorted((a, b) => compareBytes(key(a), key(b)) || compareBytes(a.id, b.id));
    const ordered = orderBy.direction === "asc" ? ascending : ascending.toReversed();
    expect(ordered).toHaveLength(ROWS);
    return { party, expected: ordered.map(({ id }) => id) };
  }

  async function walk(party: Party, orderBy: Order<Field>, way: "forwards" | "backwards") {
    const pages: Page<Row>[] = [];
    for (let request: PageRequest | undefined = next(undefined, way); request !== undefined; ) {
      const asked: PageRequest = request;
      const page = await party.run((from) => rows.page(from, { orderBy, ...asked }));
      pages.push(page);
      request = next(page, way);
    }
    return pages;
  }
}

function next<Row>(page: Page<Row> | undefined, way: "forwards" | "backwards"): PageRequest | undefined {
  if (way === "forwards") {
    if (page === undefined) return { first: 3 };
    return page.hasNextPage ? { first: 3, after: present(page.items.at(-1)).cursor } : undefined;
  }
  if (page === undefined) return { last: 3 };
  return page.hasPreviousPage ? { last: 3, before: present(page.items[0]).cursor } : undefined;
}

function idsOf(page: Page<{ readonly id: string }>): string[] {
  return page.items.map(({ row }) => row.id);
}

/** As `COLLATE "C"` compares. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
