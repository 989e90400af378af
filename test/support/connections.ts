import { expect } from "vitest";

/** What a document must select of a connection to be walked, beside the nodes' own fields. */
export const CONNECTION_FIELDS = `
  edges { cursor node { id } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }`;

/** Relay's paging arguments, as variables of a document. */
export const PAGE_VARIABLES = "$first: Int, $after: String, $last: Int, $before: String";
export const PAGE_ARGUMENTS = "first: $first, after: $after, last: $last, before: $before";

export interface PageArguments {
  readonly first?: number;
  readonly after?: string;
  readonly last?: number;
  readonly before?: string;
}

export interface Connection<Node> {
  readonly nodes: readonly Node[];
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

export type AskForPage<Node> = (page: PageArguments) => Promise<Connection<Node>>;

/** Walks a connection from its begin and returns its rows in the order of the connection. */
export async function walkForwards<Node extends { readonly id: string }>(
  ask: AskForPage<Node>,
  size: number,
): Promise<readonly Node[]> {
  const rows: Node[] = [];
  for (let after: string | undefined; ; ) {
    const page = await ask({ first: size, ...(after === undefined ? {} : { after }) });
    expectWellFormed(page, size);
    expect(page.pageInfo.hasPreviousPage).toBe(after !== undefined);
    rows.push(...page.nodes);
    if (!page.pageInfo.hasNextPage) return rows;
    expect(page.nodes).toHaveLength(size);
    after = page.pageInfo.endCursor ?? undefined;
  }
}

/** Walks a connection from its end and returns its rows in the order of the connection. */
export async function walkBackwards<Node extends { readonly id: string }>(
  ask: AskForPage<Node>,
  size: number,
): Promise<readonly Node[]> {
  const rows: Node[] = [];
  for (let before: string | undefined; ; ) {
    const page = await ask({ last: size, ...(before === undefined ? {} : { before }) });
    expectWellFormed(page, size);
    expect(page.pageInfo.hasNextPage).toBe(before !== undefined);
    rows.unshift(...page.nodes);
    if (!page.pageInfo.hasPreviousPage) return rows;
    expect(page.nodes).toHaveLength(size);
    before = page.pageInfo.startCursor ?? undefined;
  }
}

function expectWellFormed<Node extends { readonly id: string }>(page: Connection<Node>, size: number): void {
  const { nodes, edges, pageInfo } = page;
  expect(nodes.length).toBeLessThanOrEqual(size);
  expect(edges.map(({ node }) => node.id)).toEqual(nodes.map(({ id }) => id));
  expect(pageInfo.startCursor).toBe(edges[0]?.cursor ?? null);
  expect(pageInfo.endCursor).toBe(edges.at(-1)?.cursor ?? null);
}

/** Rows by a key and then by id, as `COLLATE "C"` compares. */
export function sortedBy<Row extends { readonly id: string }>(
  rows: readonly Row[],
  direction: "ASC" | "DESC",
  keyOf: (row: Row) => string,
): readonly Row[] {
  const compare = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  const ascending = rows.toSorted((a, b) => compare(keyOf(a), keyOf(b)) || compare(a.id, b.id));
  return direction === "ASC" ? ascending : ascending.toReversed();
}
