import type { SQL } from "drizzle-orm";
import type { TenantDatabase } from "../../src/db/tenant-database.ts";
import { type Contender, GaveUp, type Timed } from "./measure.ts";
import type { PsqlSession } from "./psql.ts";
import { type Session, tookLongerThan } from "./session.ts";
import {
  type FoundRow,
  frontier,
  neighbours,
  ours,
  type Shape,
  unionAll,
  unionDepth,
  type WalkStatement,
} from "./statements.ts";

/** How many nodes lie at each depth: what all contenders must agree on. */
export type Sizes = readonly number[];

interface StatementContender {
  readonly name: string;
  readonly statement: WalkStatement;
}

/** The walks that are one statement, the product's first. */
export const STATEMENTS: readonly StatementContender[] = [
  { name: "ours", statement: ours },
  { name: "frontier", statement: frontier },
  { name: "UNION (id, depth)", statement: unionDepth },
  { name: "UNION ALL", statement: unionAll },
];

/** What each contender is, and what its answer lacks. */
export const LEGEND = [
  "ours: the product's walk statement. It also tells whether the budget or the depth cut it; the others do not.",
  "psql: the same statement by psql, values as literals, timed by psql.",
  "frontier: one row a level, with all that was visited.",
  "UNION (id, depth), UNION ALL: the simple walks. Their own rows are not shortest depths; grouping them, which is measured with them, gives these. The node budget cannot stop them.",
  "per node: one query a node for its neighbours, in the program.",
  "None of them gives the induced edges: that is a second statement (see the whole answer).",
];

const PER_NODE_LIMIT = 2000;

/** All ways to do a walk, the product's first. Only the others may be given up. */
export function contendersFor(shape: Shape, session: Session, options: WayOptions): Contender<Sizes>[] {
  const { psql, patienceMs } = options;
  const [first, ...others] = STATEMENTS.map(({ name, statement }, index) =>
    inStatement(name, session, statement(shape, "ids"), index === 0 ? 0 : patienceMs),
  );
  const statement = ours(shape, "ids");
  const byPsql = psql && { name: "psql", run: async () => sizesOf(await psql.time(statement)) };
  const all = [first, byPsql, ...others, perNode(shape, session, patienceMs)];
  return all.filter((contender) => contender !== undefined);
}

interface WayOptions {
  readonly psql: PsqlSession | undefined;
  readonly patienceMs: number;
}

/** A walk by one statement over the product's own connection. */
export function inStatement(
  name: string,
  session: Session,
  statement: SQL,
  patienceMs?: number,
): Contender<Sizes> {
  return { name, run: async () => sizesOf(await session.time<FoundRow>(statement, patienceMs)) };
}

function sizesOf({ ms, found }: Timed<FoundRow[]>): Timed<Sizes> {
  return { ms, found: found[0]?.sizes ?? [] };
}

function perNode(shape: Shape, session: Session, patienceMs: number): Contender<Sizes> {
  const walk = async (db: TenantDatabase): Promise<Timed<Sizes>> => {
    const started = performance.now();
    const visited = new Set([shape.rootId]);
    const sizes: number[] = [];
    for (let level = [shape.rootId]; level.length > 0; ) {
      sizes.push(level.length);
      const next: string[] = [];
      for (const id of sizes.length > shape.maxDepth ? [] : level) {
        const { rows } = await db.execute<{ id: string }>(neighbours(id, shape.direction));
        const fresh = new Set(rows.map((row) => row.id).filter((found) => !visited.has(found)));
        for (const found of fresh) visited.add(found);
        next.push(...fresh);
        if (visited.size > PER_NODE_LIMIT + 1) throw new GaveUp(`> ${PER_NODE_LIMIT} nodes`);
        if (performance.now() - started > patienceMs) throw tookLongerThan(patienceMs);
      }
      level = next;
    }
    return { ms: performance.now() - started, found: sizes };
  };
  return { name: "per node", run: () => session.run(walk, patienceMs) };
}
