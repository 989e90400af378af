import { type SQL, sql } from "drizzle-orm";
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
  readonly Plans?: readonly PlanNode[];
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

  /** What a statement reads edges by. */
  async function readsOf(statement: SQL): Promise<string[]> {
    const binding = { ownTenant: shape.tenantId, actor: "plans" };
    return storage.openDatabase().transaction(binding, { access: "read" }, (connection) =>
      connection.operation("tenant.plan", {}, async (db) => {
        const { rows } = await db.execute<{ "QUERY PLAN": [{ Plan: PlanNode }] }>(
          sql`EXPLAIN (FORMAT JSON) ${statement}`,
        );
        const plan = nodesOf((rows[0] as (typeof rows)[number])["QUERY PLAN"][0].Plan);
        const reads = plan.flatMap((node) =>
          node["Relation Name"]?.startsWith("asset_dep") || node["Index Name"]?.startsWith("asset_dep")
            ? [node["Index Name"] ?? `${node["Node Type"]} on ${node["Relation Name"]}`]
            : [],
        );
        return [...new Set(reads)].sort();
      }),
    );
  }

  /** Each statement of lineage with how it was asked. */
  function statements(scope: EdgeScope): [name: string, statement: SQL][] {
    const ids = shape.ids.slice(0, 500);
    const walk = (directions: Walk["directions"]): Walk => ({
      ...{ ...scope, directions, maxDepth: 100, maxNodes: 500, passable: undefined },
    });
    const root = shape.idOf(2000);
    return [
      ["walk", walksStatement([root], walk(["upstream", "downstream"]))],
      ["many walks", walksStatement(ids.slice(0, 100), walk(["downstream"]))],
      ["counts", countsStatement(root, walk(["upstream"]))],
      ["edges", inducedEdgesStatement([ids], scope, 10_001, 200_001)],
      ["outside", outsideStatement([ids], scope, "downstream")],
      ["pairs", pairsStatement([ids], scope, 1_000_001)],
      ["upstreams", upstreamsStatement(ids, scope, 200_001)],
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
    for (const [name, statement] of statements({ tenants, dependencyTypes: null, asOf })) {
      for (const read of await readsOf(statement)) expect(expected, `${name} by ${read}`).toContain(read);
    }
  });
});
