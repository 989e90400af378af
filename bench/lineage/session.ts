import { type SQL, sql } from "drizzle-orm";
import { createDatabase, type Database } from "../../src/db/database.ts";
import { readableTenants } from "../../src/db/tenant.ts";
import type { TenantDatabase } from "../../src/db/tenant-database.ts";
import { TimeoutError } from "../../src/errors.ts";
import { TENANT } from "./catalogue/gadgets.ts";
import { GaveUp, type Timed } from "./measure.ts";

const BINDING = { ownTenant: TENANT, actor: "bench" };
/** What the measured tenant sees. */
export const TENANTS = readableTenants(BINDING);

/** What is read of a plan after it has run. */
export interface Plan {
  /** Buffers of 8 kB that were hit or read. */
  readonly buffers: number;
  /** Buffers that were spilled to disk. */
  readonly spilled: number;
  /** The tables that were read from end to end. */
  readonly scanned: readonly string[];
  /** The indexes that were used. */
  readonly indexes: readonly string[];
  /** Rows that were looked up in the table although they stand in the index. */
  readonly heapFetches: number;
  readonly planningMs: number;
}

/** One connection of the application role, always the same one, each statement in a transaction of the measured tenant. */
export class Session {
  readonly #database: Database;

  constructor(applicationUrl: string) {
    this.#database = createDatabase(applicationUrl, {
      pool: { max: 1, idleTimeoutMs: 3_600_000 },
      retry: { attempts: 1 },
      slowOperationMs: Number.POSITIVE_INFINITY,
    });
  }

  /** @throws GaveUp where a statement takes longer than `patienceMs` */
  async run<T>(work: (db: TenantDatabase) => Promise<T>, patienceMs = 0): Promise<T> {
    try {
      return await this.#database.transaction(BINDING, { access: "read" }, (connection) =>
        connection.operation("bench", {}, async (db) => {
          // The transaction has begun when what is measured begins.
          await db.execute(sql.raw(`SET LOCAL statement_timeout = ${patienceMs}`));
          return work(db);
        }),
      );
    } catch (error) {
      // The connection takes it for a defect.
      if (error instanceof Error && error.cause instanceof GaveUp) throw error.cause;
      if (error instanceof TimeoutError) throw tookLongerThan(patienceMs);
      throw error;
    }
  }

  /** Runs a statement as the product does, until its rows are there; as {@link run}. */
  time<Row extends Record<string, unknown>>(statement: SQL, patienceMs?: number): Promise<Timed<Row[]>> {
    return this.run(async (db) => {
      const started = performance.now();
      const { rows } = await db.execute<Row>(statement);
      return { ms: performance.now() - started, found: rows as Row[] };
    }, patienceMs);
  }

  /** What a statement touches; null where it takes longer than `patienceMs`. */
  async explain(statement: SQL, patienceMs: number): Promise<Plan | null> {
    const asked = sql`EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${statement}`;
    try {
      const { found } = await this.time<{ "QUERY PLAN": [Explained] }>(asked, patienceMs);
      const explained = found[0]?.["QUERY PLAN"][0];
      if (explained === undefined) throw new Error("EXPLAIN told nothing");
      const root = explained.Plan;
      const nodes = nodesOf(root);
      return {
        buffers: (root["Shared Hit Blocks"] ?? 0) + (root["Shared Read Blocks"] ?? 0),
        spilled: root["Temp Written Blocks"] ?? 0,
        scanned: distinct(
          nodes.map((node) => (node["Node Type"] === "Seq Scan" ? node["Relation Name"] : undefined)),
        ),
        indexes: distinct(nodes.map((node) => node["Index Name"])),
        heapFetches: nodes.reduce((sum, node) => sum + (node["Heap Fetches"] ?? 0), 0),
        planningMs: explained["Planning Time"],
      };
    } catch (error) {
      if (error instanceof GaveUp) return null;
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#database.close();
  }
}

export function tookLongerThan(patienceMs: number): GaveUp {
  return new GaveUp(`> ${patienceMs / 1000} s`);
}

interface Explained {
  readonly Plan: PlanNode;
  readonly "Planning Time": number;
}

interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Heap Fetches"?: number;
  readonly "Shared Hit Blocks"?: number;
  readonly "Shared Read Blocks"?: number;
  readonly "Temp Written Blocks"?: number;
  readonly Plans?: readonly PlanNode[];
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

function distinct(names: readonly (string | undefined)[]): string[] {
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}
