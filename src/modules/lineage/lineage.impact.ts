import type { TenantConnection } from "../../db/tenant-connection.ts";
import { LimitExceededError } from "../../errors.ts";
import type { ExecutionState } from "../execution/execution.table.ts";
import { type UpstreamRow, upstreamsStatement } from "./answers.sql.ts";
import { type ExecutionRow, latestExecutionsStatement } from "./impact.sql.ts";
import { findPairs } from "./lineage.answer.ts";
import { type Lineage, scopeOf } from "./lineage.walk.ts";
import { nearestFailed, staleNodes } from "./staleness.ts";

/** The latest of the executions that write an asset. */
export interface LatestExecution {
  readonly executionId: string;
  readonly state: ExecutionState;
}

/** Most edges that are read to assess an impact. */
const MAX_EDGES_READ = 200_000;

/** What an answer of a downstream walk means for those whom it reaches. */
export function createLineageImpact(connection: TenantConnection) {
  async function latest(assetIds: readonly string[], state?: ExecutionState): Promise<ExecutionRow[]> {
    return connection.operation("lineage.findLatestExecutions", { count: assetIds.length }, async (db) => {
      const statement = latestExecutionsStatement(assetIds, connection.readableTenants, state);
      return (await db.execute<ExecutionRow>(statement)).rows;
    });
  }

  return {
    /**
     * Of each asset that a workflow writes the execution that was made last, of all versions of all workflows that have
     * it as an output. Takes valid UUIDs only.
     */
    async findLatestExecutions(assetIds: readonly string[]): Promise<Map<string, LatestExecution>> {
      const rows = await latest(assetIds);
      return new Map(rows.map((row) => [row.asset_id, { executionId: row.execution_id, state: row.state }]));
    },

    /**
     * The assets of a lineage whose latest successful execution completed before that of an asset upstream of them, however
     * far. What never succeeded is not stale.
     * @returns null when they have more than 200,000 dependencies upstream, and it is not known
     */
    async findStale(lineage: Lineage): Promise<Set<string> | null> {
      const { rootId, walkedIds } = lineage;
      const scope = scopeOf(connection, lineage);
      const about = { asset_id: rootId, count: walkedIds.length };
      const edges = await connection.operation("lineage.findUpstreams", about, async (db) => {
        return (await db.execute<UpstreamRow>(upstreamsStatement(walkedIds, scope, MAX_EDGES_READ + 1))).rows;
      });
      if (edges.length > MAX_EDGES_READ) return null;
      const ids = [...new Set([...walkedIds, ...edges.map(({ upstream }) => upstream)])];
      const places = placesOf(ids);
      const builtAt: (number | null)[] = ids.map(() => null);
      for (const row of await latest(ids, "succeeded")) {
        if (row.completed_at !== null) builtAt[places(row.asset_id)] = Number(row.completed_at);
      }
      const stale = staleNodes({
        edges: edges.map(({ upstream, downstream }) => [places(upstream), places(downstream)]),
        builtAt,
      });
      return new Set(ids.filter((_, place) => stale[place]));
    },

    /**
     * For each asset of a lineage the nearest other one on the way from the root, root included, whose latest execution is
     * failed or timed out, hidden ones included; the one with the smallest id of several that are equally near.
     * @throws LimitExceededError when more than 200,000 dependencies join its assets
     */
    async findBlockers(lineage: Lineage): Promise<Map<string, string>> {
      // In the order of their ids, which decides between equals.
      const ids = [...lineage.walkedIds].sort();
      const places = placesOf(ids);
      const pairs = await findPairs(connection, [ids], scopeOf(connection, lineage), MAX_EDGES_READ);
      if (pairs === null) {
        throw new LimitExceededError(
          `What blocks an asset is looked for in up to ${MAX_EDGES_READ} dependencies; ask with a smaller maxNodes.`,
        );
      }
      const failed = (await latest(ids))
        .filter(({ state }) => state === "failed" || state === "timeout")
        .map((row) => places(row.asset_id));
      const blockers = nearestFailed(ids.length, pairs[0] ?? [], failed);
      return new Map(
        blockers.flatMap((blocker, place) =>
          blocker === null ? [] : [[ids[place] ?? "", ids[blocker] ?? ""] as const],
        ),
      );
    },
  };
}

function placesOf(ids: readonly string[]): (id: string) => number {
  const places = new Map(ids.map((id, place) => [id, place]));
  return (id) => places.get(id) ?? 0;
}
