import { readFileSync } from "node:fs";
import { type SQL, sql } from "drizzle-orm";
import { PostgresStorage } from "../../../src/storage.ts";
import type { Catalogue } from "../catalogue/build.ts";
import { TENANT } from "../catalogue/gadgets.ts";
import { type Sizes, STATEMENTS } from "../contenders.ts";
import { type Contender, type Effort, type Figures, figuresOf, measureSideBySide } from "../measure.ts";
import { Session } from "../session.ts";
import type { FoundRow } from "../statements.ts";
import { DASHBOARD } from "./walks.ts";

/** One way to count the nodes of a walk over most of the catalogue. */
export interface CountFigures extends Figures {
  readonly nodes: number;
  /** The most memory of its own that the backend had meanwhile, in MB; null where that cannot be read. */
  readonly peakMb: number | null;
}

const SAMPLE_MS = 5;
/** What takes longer, and is not the product's own, is given up. */
const PATIENCE_MS = 20_000;

/** `lineageCounts`, whole and as a statement, and the best other statements that count the same. */
export async function measureBigCount(
  catalogue: Catalogue,
  options: { readonly effort: Effort; readonly isLocal: boolean },
): Promise<CountFigures[]> {
  const others = STATEMENTS.filter(({ name }) => name !== "UNION ALL");
  // A connection each: memory that one has taken stays with it.
  const sessions = others.map(() => new Session(catalogue.applicationUrl));
  const storage = new PostgresStorage(catalogue.applicationUrl);
  try {
    const counters: Counter[] = [];
    for (const [index, { name, statement }] of others.entries()) {
      const session = sessions[index] as Session;
      const patienceMs = index === 0 ? 0 : PATIENCE_MS;
      counters.push(
        await counterOf(name, session, statement(DASHBOARD, "counts"), {
          isLocal: options.isLocal,
          patienceMs,
        }),
      );
    }
    const library: Contender<Sizes> = {
      name: "ours, by the library",
      async run() {
        const started = performance.now();
        const counts = await storage.withTenant(
          TENANT,
          ({ lineage }) =>
            lineage.count({
              assetId: DASHBOARD.rootId,
              direction: DASHBOARD.direction,
              maxDepth: DASHBOARD.maxDepth,
            }),
          { readOnly: true },
        );
        return { ms: performance.now() - started, found: counts?.byDepth ?? [] };
      },
    };
    const measured = await measureSideBySide([...counters, library], options.effort);
    return figuresOf(measured).map((figures, index) => ({
      ...figures,
      nodes: (measured[index]?.found ?? []).reduce((sum, size) => sum + size, 0),
      peakMb: counters[index]?.peakMb() ?? null,
    }));
  } finally {
    for (const session of sessions) await session.close();
    await storage.close();
  }
}

interface Counter extends Contender<Sizes> {
  peakMb(): number | null;
}

async function counterOf(
  name: string,
  session: Session,
  statement: SQL,
  { isLocal, patienceMs }: { readonly isLocal: boolean; readonly patienceMs: number },
): Promise<Counter> {
  const { found } = await session.time<{ pid: number }>(sql`SELECT pg_backend_pid() AS pid`);
  const pid = found[0]?.pid ?? 0;
  let peak: number | null = null;
  const look = () => {
    const now = isLocal ? privateMb(pid) : null;
    if (now !== null) peak = Math.max(peak ?? 0, now);
  };
  return {
    name,
    peakMb: () => peak,
    async run() {
      const timer = setInterval(look, SAMPLE_MS);
      try {
        const { ms, found: rows } = await session.time<FoundRow>(statement, patienceMs);
        return { ms, found: rows[0]?.sizes ?? [] };
      } finally {
        clearInterval(timer);
      }
    },
  };
}

/** Memory of a process that it does not share, where Linux tells. */
function privateMb(pid: number): number | null {
  try {
    const [, kilobytes] = /^RssAnon:\s+([0-9]+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return kilobytes === undefined ? null : Number(kilobytes) / 1024;
  } catch {
    return null;
  }
}
