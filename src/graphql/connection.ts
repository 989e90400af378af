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

/** A page as Relay's connection. */
export function toConnection<Row extends object>(
  { items, ...more }: Page<Row>,
  totalCount: () => Promise<number>,
) {
  return {
    edges: items.map((item) => ({
      node: item.row,
      get cursor() {
        return item.cursor;
      },
    })),
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
