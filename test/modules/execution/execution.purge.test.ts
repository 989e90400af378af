import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { BadUserInputError } from "../../../src/errors.ts";
import type { ExecutionPurge } from "../../../src/modules/execution/execution.input.ts";
import { purgeStatement } from "../../../src/modules/execution/execution.purge.ts";
import { ENDED_STATES, EXECUTION_STATES } from "../../../src/modules/execution/execution.table.ts";
import { withClient } from "../../setup/connection.ts";
import { untilBlocked } from "../../support/concurrency.ts";
import { storeWorkflow } from "../../support/factories.ts";
import { storeOldExecutions } from "../../support/old-executions.ts";
import { alterDatabase, storedRows } from "../../support/owner.ts";
import { present } from "../../support/present.ts";
import { refusal } from "../../support/refusal.ts";
import { type Party, prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();
const DAY_MS = 86_400_000;
const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS);

const purge = ({ run }: Party, request: ExecutionPurge) => run(({ executions }) => executions.purge(request));
const left = ({ id }: Party) =>
  storedRows<{ key: string }>(
    storage.database,
    "SELECT idempotency_key AS key FROM executions WHERE tenant_id = $1 ORDER BY key",
    [id],
  ).then((rows) => rows.map(({ key }) => key));

describe("purge", () => {
  it("deletes what has ended and not changed since, and keeps what runs or is waiting", async () => {
    const tenant = storage.newTenant();
    await storeOldExecutions(
      storage,
      tenant,
      EXECUTION_STATES.flatMap((state) => [
        { state, days: 100 },
        { state, days: 80 },
      ]),
    );
    const purged = await purge(tenant, { before: daysAgo(90) });
    expect(purged.map(({ state }) => state).sort()).toEqual([...ENDED_STATES].sort());
    expect(await left(tenant)).toEqual(
      EXECUTION_STATES.flatMap((state) => [
        ...(ENDED_STATES.some((ended) => ended === state) ? [] : [`${state} 100`]),
        `${state} 80`,
      ]).sort(),
    );
  });

  it("takes the states that it is told, one that never ended too", async () => {
    const tenant = storage.newTenant();
    await storeOldExecutions(storage, tenant, [
      { state: "running", days: 100 },
      { state: "failed", days: 100 },
      { state: "succeeded", days: 100 },
    ]);
    await purge(tenant, { before: daysAgo(90), states: ["running", "failed"] });
    expect(await left(tenant)).toEqual(["succeeded 100"]);
  });

  it("goes on after the last one, batch by batch, over what is kept, until none is left", async () => {
    const tenant = storage.newTenant();
    const ages = [9, 8, 7, 6, 5, 4];
    await storeOldExecutions(
      storage,
      tenant,
      ages.map((days) => ({ state: days === 7 ? "running" : "failed", days })),
    );
    const batches: string[][] = [];
    let after: ExecutionPurge["after"];
    do {
      const batch = await purge(tenant, { before: daysAgo(4.5), limit: 2, after });
      batches.push(
        batch.map(({ updatedAt }) => String(Math.round((Date.now() - updatedAt.getTime()) / DAY_MS))),
      );
      after = batch.at(-1);
    } while (after);
    expect(batches).toEqual([["9", "8"], ["6", "5"], []]);
    expect(await left(tenant)).toEqual(["failed 4", "running 7"]);
  });

  it("tells how many there are by state, without deleting any, and no other tenant's", async () => {
    const [tenant, other] = [storage.newTenant(), storage.newTenant()];
    for (const party of [tenant, other]) {
      await storeOldExecutions(storage, party, [
        { state: "failed", days: 3 },
        { state: "succeeded", days: 2 },
        { state: "succeeded", days: 4 },
        { state: "pending", days: 4 },
      ]);
    }
    const counted = await tenant.run(({ executions }) => executions.countPurgeable({ before: daysAgo(1) }), {
      readOnly: true,
    });
    expect(counted).toEqual(
      new Map([
        ["failed", 1],
        ["succeeded", 2],
      ]),
    );
    await purge(tenant, { before: daysAgo(1) });
    expect((await left(other)).length).toBe(4);
    expect((await left(tenant)).length).toBe(1);
  });

  it("keeps an execution that changes while it waits for it", async () => {
    const tenant = storage.newTenant();
    await storeOldExecutions(storage, tenant, [{ state: "failed", days: 3 }]);
    const [row] = await tenant.run(({ executions }) => executions.list());
    let purging: ReturnType<typeof purge> | undefined;
    await tenant.run(async ({ executions }) => {
      await executions.update(present(row).id, { errorMessage: "out of memory" });
      purging = purge(tenant, { before: daysAgo(1) });
      await untilBlocked(storage.database);
    });
    expect(await purging).toEqual([]);
    expect(await left(tenant)).toEqual(["failed 3"]);
  });

  it.each<[string, ExecutionPurge, string]>([
    ["no list of states", { before: daysAgo(1), states: [] }, "states must have at least one item"],
    ["a limit of none", { before: daysAgo(1), limit: 0 }, "limit must be at least 1"],
    ["a limit without bound", { before: daysAgo(1), limit: 10_001 }, "limit must be at most 10000"],
    ["no time", { before: new Date(Number.NaN) }, "before must be a date and time"],
  ])("refuses %s", async (_, request, message) => {
    const error = await refusal(purge(storage.newTenant(), request), BadUserInputError);
    expect(error.message).toBe(message);
  });
});

interface PlanNode {
  readonly "Node Type": string;
  readonly "Index Name"?: string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly Plans?: readonly PlanNode[];
}

describe("a batch of a large table", () => {
  it("is read from an index, no further than it reaches, wherever it begins", async () => {
    const tenant = storage.newTenant();
    const { id: workflowId } = await storeWorkflow(tenant);
    await alterDatabase(
      storage.database,
      `ALTER TABLE executions NO FORCE ROW LEVEL SECURITY;
      INSERT INTO executions (tenant_id, id, workflow_tenant_id, workflow_id, state, created_at, updated_at, created_by, updated_by)
      SELECT '${tenant.id}', gen_random_uuid(), '${tenant.id}', '${workflowId}', 'succeeded', at, at, 'test', 'test'
      FROM generate_series(1, 10000) AS n, LATERAL (SELECT now() - make_interval(mins => 60000 - n) AS at) AS age;
      ALTER TABLE executions FORCE ROW LEVEL SECURITY`,
    );
    const binding = { ownTenant: tenant.id, actor: "plans" };
    const request = { before: daysAgo(1), states: ENDED_STATES, limit: 100 };
    const [middle] = await storedRows<{ id: string; updatedAt: Date }>(
      storage.database,
      `SELECT id, updated_at AS "updatedAt" FROM executions WHERE tenant_id = $1 ORDER BY updated_at OFFSET 5000 LIMIT 1`,
      [tenant.id],
    );
    await withClient(storage.database.ownerUrl, (owner) => owner.query("ANALYZE executions"));
    for (const after of [null, present(middle)]) {
      const plan = await storage.openDatabase().transaction(binding, { access: "write" }, (connection) =>
        connection.operation("tenant.plan", {}, async (db) => {
          const statement = purgeStatement(db, connection, { ...request, after }).getSQL();
          const { rows } = await db.execute<{ "QUERY PLAN": [{ Plan: PlanNode }] }>(
            sql`EXPLAIN (ANALYZE, FORMAT JSON) ${statement}`,
          );
          return present(rows[0])["QUERY PLAN"][0].Plan;
        }),
      );
      const nodes = nodesOf(plan);
      expect(nodes.map((node) => node["Node Type"])).not.toContain("Seq Scan");
      expect(nodes.map((node) => node["Index Name"])).toContain("executions_by_updated_at");
      for (const node of nodes) expect(node["Actual Rows"] * node["Actual Loops"]).toBeLessThanOrEqual(100);
    }
  });
});

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];
