import { type SQL, sql } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import { beforeAll, describe, expect, it } from "vitest";
import { readableTenants } from "../../../src/db/tenant.ts";
import {
  inducedEdgesStatement,
  outsideStatement,
  pairsStatement,
  upstreamsStatement,
} from "../../../src/modules/lineage/answers.sql.ts";
import type { EdgeScope } from "../../../src/modules/lineage/edges.sql.ts";
import { countsStatement, type Walk, walksStatement } from "../../../src/modules/lineage/walk.sql.ts";
import { type Shape, type StoredShape, storeShape } from "../../support/lineage-shapes.ts";
import { alterDatabase } from "../../support/owner.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

type Planned = "for these values" | "for any values";

/** The indexes that begin with an end of an edge, or with a tenant and an end. */
const WALKS = [
  ...["asset_dependencies_walk_down", "asset_dependencies_walk_up"],
  ...["asset_dependencies_by_downstream", "asset_dependencies_by_upstream"],
];
const PAST = ["asset_dependency_history_walk_down", "asset_dependency_history_walk_up"];

/** Each place leads to three of the next. */
const braid = (size: number): Shape => ({
  size,
  pairs: Array.from({ length: size }, (_, from) => [from + 1, from + 2, from + 7] as const).flatMap(
    (all, from) => all.filter((to) => to < size).map((to) => [from, to] as const),
  ),
});

interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Index Cond"?: string;
  readonly Plans?: readonly PlanNode[];
}

/** An index by which edges are found that have an asset at an end; else, in more words, how edges are read. */
function readBy(node: PlanNode): string {
  const name = node["Index Name"];
  if (name === undefined) return `${node["Node Type"]} on ${node["Relation Name"]}`;
  return /stream_asset_id = /.test(node["Index Cond"] ?? "") ? name : `${name} without an asset`;
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

describe("whatever the planner knows of the tables, a statement finds edges by their ends", () => {
  let shape: StoredShape;

  beforeAll(async () => {
    shape = await storeShape(storage, braid(4000));
    // Of the same tenant's edges, a past of two days each.
    await alterDatabase(
      storage.database,
      `ALTER TABLE asset_dependency_history NO FORCE ROW LEVEL SECURITY;
      ALTER TABLE asset_dependencies NO FORCE ROW LEVEL SECURITY;
      INSERT INTO asset_dependency_history
      SELECT tenant_id, id, upstream_tenant_id, upstream_asset_id, downstream_asset_id, dependency_type, sources,
        last_seen_at, now() - make_interval(days => ago + 1), now() - make_interval(days => ago)
      FROM asset_dependencies, generate_series(1, 2) AS ago;
      ALTER TABLE asset_dependencies FORCE ROW LEVEL SECURITY;
      ALTER TABLE asset_dependency_history FORCE ROW LEVEL SECURITY`,
    );
  }, 60_000);

  /** What a statement reads edges by, planned for its values or, as one that is kept prepared, for any. */
  async function readsOf(statement: SQL, planned: Planned): Promise<string[]> {
    const binding = { ownTenant: shape.tenantId, actor: "plans" };
    return storage.openDatabase().transaction(binding, { access: "read" }, (connection) =>
      connection.operation("tenant.plan", {}, async (db) => {
        let asked = statement;
        if (planned === "for any values") {
          const { sql: text, params } = new PgDialect().sqlToQuery(statement);
          await db.execute(
            sql.raw(`SET LOCAL plan_cache_mode = force_generic_plan; PREPARE probe AS ${text}`),
          );
          asked = sql.raw(`EXECUTE probe(${params.map(() => "NULL").join()})`);
        }
        const { rows } = await db.execute<{ "QUERY PLAN": [{ Plan: PlanNode }] }>(
          sql`EXPLAIN (FORMAT JSON) ${asked}`,
        );
        if (planned === "for any values") await db.execute(sql`DEALLOCATE probe`);
        const plan = nodesOf((rows[0] as (typeof rows)[number])["QUERY PLAN"][0].Plan);
        const reads = plan.flatMap((node) =>
          node["Relation Name"]?.startsWith("asset_dep") || node["Index Name"]?.startsWith("asset_dep")
            ? [readBy(node)]
            : [],
        );
        return [...new Set(reads)].sort();
      }),
    );
  }

  /** Each statement of lineage with how it was asked. */
  function statements(scope: EdgeScope): [name: string, statement: SQL, planned: Planned][] {
    const ids = shape.ids.slice(0, 500);
    const walk = (directions: Walk["directions"]): Walk => ({
      ...{ ...scope, directions, maxDepth: 100, maxNodes: 500, passable: undefined },
    });
    const root = shape.idOf(2000);
    return [
      ["walk", walksStatement([root], walk(["upstream", "downstream"])), "for any values"],
      ["many walks", walksStatement(ids.slice(0, 100), walk(["downstream"])), "for any values"],
      ["walk, not prepared", walksStatement([root], walk(["upstream", "downstream"])), "for these values"],
      ["counts", countsStatement(root, walk(["upstream"])), "for these values"],
      ["edges", inducedEdgesStatement([ids], scope, 10_001, 200_001), "for these values"],
      ["outside", outsideStatement([ids], scope, "downstream"), "for these values"],
      ["pairs", pairsStatement([ids], scope, 1_000_001), "for these values"],
      ["upstreams", upstreamsStatement(ids, scope, 200_001), "for these values"],
    ];
  }

  it.each([
    ["nothing, today", false, null, WALKS],
    ["nothing, in the past", false, new Date(Date.now() - 129_600_000), [...WALKS, ...PAST]],
    ["what ANALYZE found, today", true, null, WALKS],
    ["what ANALYZE found, in the past", true, new Date(Date.now() - 129_600_000), [...WALKS, ...PAST]],
  ])("%s", async (_, analyzed, asOf, expected) => {
    if (analyzed) await alterDatabase(storage.database, "ANALYZE");
    const tenants = readableTenants({ ownTenant: shape.tenantId, actor: "plans" });
    for (const [name, statement, planned] of statements({ tenants, dependencyTypes: null, asOf })) {
      for (const read of await readsOf(statement, planned))
        expect(expected, `${name} by ${read}`).toContain(read);
    }
  });
});
