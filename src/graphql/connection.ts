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

/** A page as Relay's connection. */
export function toConnection<Row extends object>(
  { items, ...more }: Page<Row>,
  totalCount: () => Promise<number>,
) {
  return {
    edges: items.map((item) => new Edge(item)),
    pageInfo: {
      ...more,
      get startCursor() {
        return items[0]?.cursor ?? null;
      },
      get endCursor() {
        return items.at(-1)?.cursor ?? null;
      },
    },
    totalCount,
  };
}
