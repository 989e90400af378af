import type { WalkDirection } from "../../../src/modules/lineage/edges.sql.ts";
import { benchId } from "./ids.ts";

/** The tenant that everything is measured for. */
export const TENANT = "main";
/** The tenants that it must not see: `other-1` to `other-9`. */
export const OTHER_TENANTS = 9;

/** A graph of a known form, apart from the rest of the catalogue, and the same in every catalogue. */
export interface Gadget {
  readonly name: string;
  /** Where its ids lie. */
  readonly space: number;
  readonly assets: number;
  /** A SELECT of its edges as `u` and `d`, the numbers of the upstream and the downstream asset. */
  readonly edges: string;
  /** The SQL of the tenant of asset number `n`; an edge is its downstream asset's. Default: all are {@link TENANT}'s. */
  readonly tenantOf?: string;
  /** Where to walk from. */
  readonly rootId: string;
  readonly direction: WalkDirection;
  /** What a walk without limits finds, the root included. */
  readonly reach: number;
  /** The depth at which it ends. */
  readonly depth: number;
}

type Described = Omit<Gadget, "rootId" | "space" | "reach" | "direction"> &
  Partial<Pick<Gadget, "reach" | "direction">> & { readonly root: number };

/** The answers whose cost is compared by their size, and between catalogues. */
export const ANSWER_SIZES = [10, 100, 1000, 10_000];

/** Those that every catalogue has. */
export function smallGadgets(): Gadget[] {
  const dags = ANSWER_SIZES.map((nodes) => randomDag(`DAG of ${nodes.toLocaleString("en")}`, nodes));
  return [...dags, ...ADVERSARIES].map(inSpace(10));
}

/** A graph of 10,000 assets that are all of one tenant; its ids lie in a space of its own. */
export function largestWalk(tenant: string, space: number): Gadget {
  return inSpace(space)({ ...randomDag(`largest walk of ${tenant}`, 10_000), tenantOf: `'${tenant}'` }, 0);
}

/** Two hubs. Only the largest catalogue has them: of a small one they would be the most. */
export function hubs(edges: number): Gadget[] {
  const own = 3;
  return [
    {
      name: `hub of ${edges.toLocaleString("en")}`,
      assets: edges + 1,
      edges: `SELECT 0 AS u, n AS d FROM generate_series(1, ${edges}) AS n`,
      root: 0,
      direction: "downstream" as const,
      depth: 1,
    },
    {
      name: `global hub, ${edges.toLocaleString("en")} of others`,
      assets: edges + own + 1,
      edges: `SELECT 0 AS u, n AS d FROM generate_series(1, ${edges + own}) AS n`,
      tenantOf: `CASE WHEN n = 0 THEN '~global' WHEN n > ${edges} THEN '${TENANT}' ELSE 'other-' || (1 + n % ${OTHER_TENANTS}) END`,
      root: 0,
      direction: "downstream" as const,
      reach: own + 1,
      depth: 1,
    },
  ].map(inSpace(50));
}

const inSpace =
  (first: number) =>
  ({ root, ...gadget }: Described, index: number): Gadget => ({
    reach: gadget.assets,
    direction: "upstream",
    ...gadget,
    space: first + index,
    rootId: benchId(first + index, root),
  });

/**
 * Layers of 1, 2, 4, … assets below each other, of which each has two upstream of its own, as in a tree, and three more
 * at random in the layer above: 2.5 edges an asset, and exactly `nodes` assets upstream of the root.
 */
function randomDag(name: string, nodes: number): Described {
  const level = "(32 - position('1' IN (n + 1)::bit(32)::text))";
  return {
    name,
    assets: nodes,
    edges: `
      SELECT n AS u, (n - 1) / 2 AS d FROM generate_series(1, ${nodes - 1}) AS n
      UNION
      SELECT first + (hashint8extended(n, seed) & 1073741823)::int % least(first + 1, ${nodes} - first), n
      FROM generate_series(0, ${nodes - 1}) AS n, LATERAL (SELECT (1 << (${level} + 1)) - 1 AS first) AS layer,
        generate_series(1, 3) AS seed
      WHERE first < ${nodes}`,
    root: 0,
    depth: Math.floor(Math.log2(nodes)),
  };
}

/** The graphs on which walks are known to go astray. */
const ADVERSARIES: readonly Described[] = [
  {
    name: "40 stacked diamonds",
    assets: 121,
    edges: `
      SELECT 3 * k + step[1] AS u, 3 * k + step[2] AS d
      FROM generate_series(0, 39) AS k,
        (VALUES (ARRAY[0, 1]), (ARRAY[0, 2]), (ARRAY[1, 3]), (ARRAY[2, 3])) AS steps(step)`,
    root: 120,
    depth: 80,
  },
  {
    name: "30 complete layers of 10",
    assets: 300,
    edges: `
      SELECT 10 * layer + i AS u, 10 * (layer + 1) + j AS d
      FROM generate_series(0, 28) AS layer, generate_series(0, 9) AS i, generate_series(0, 9) AS j`,
    root: 299,
    reach: 291,
    depth: 29,
  },
  {
    name: "skip chain of 2,001 x 5",
    assets: 2001,
    edges:
      "SELECT n - k AS u, n AS d FROM generate_series(1, 2000) AS n, generate_series(1, 5) AS k WHERE n >= k",
    root: 2000,
    depth: 400,
  },
  {
    name: "chain of 5,000",
    assets: 5001,
    edges: "SELECT n - 1 AS u, n AS d FROM generate_series(1, 5000) AS n",
    root: 5000,
    depth: 5000,
  },
  {
    name: "cycle of 1,000",
    assets: 1000,
    edges: "SELECT n AS u, (n + 1) % 1000 AS d FROM generate_series(0, 999) AS n",
    root: 0,
    depth: 999,
  },
  {
    name: "grid of 100 x 100",
    assets: 10_000,
    edges: `
      SELECT 100 * i + j AS u, 100 * i + j + 1 AS d FROM generate_series(0, 99) AS i, generate_series(0, 98) AS j
      UNION ALL
      SELECT 100 * i + j, 100 * (i + 1) + j FROM generate_series(0, 98) AS i, generate_series(0, 99) AS j`,
    root: 9999,
    depth: 198,
  },
];
