import type { Page } from "../db/keyset.ts";
import { builder } from "./builder.ts";
import { cost } from "./cost-declaration.ts";

builder.globalConnectionField("totalCount", (t) =>
  t.int({
    description: "How many rows there are on all pages together. Counted only when it is selected.",
    extensions: cost({ weight: 1000 }),
    resolve: ({ totalCount }) => totalCount(),
  }),
);

/** An edge of a connection, with the cursor of its item. */
class Edge<Row> {
  readonly node: Row;
  readonly #item: Page<Row>["items"][number];

  constructor(item: Page<Row>["items"][number]) {
    this.node = item.row;
    this.#item = item;
  }

  get cursor(): string {
    return this.#item.cursor;
  }
}

/** Where a page lies among the others. */
class PageInfo {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly #items: Page<unknown>["items"];

  constructor({ items, hasNextPage, hasPreviousPage }: Page<unknown>) {
    this.hasNextPage = hasNextPage;
    this.hasPreviousPage = hasPreviousPage;
    this.#items = items;
  }

  get startCursor(): string | null {
    return this.#items[0]?.cursor ?? null;
  }

  get endCursor(): string | null {
    return this.#items.at(-1)?.cursor ?? null;
  }
}

/** A page as Relay's connection. */
export function toConnection<Row extends object>(page: Page<Row>, totalCount: () => Promise<number>) {
  const edges = page.items.map((item) => new Edge(item));
  return { edges, pageInfo: new PageInfo(page), totalCount };
}
