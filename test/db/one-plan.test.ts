import { sql } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { createRepositories, type Repositories } from "../../src/modules/repositories.ts";
import { storeCopies } from "../support/copies.ts";
import { link, newAsset, newWorkflow, UNKNOWN_ID } from "../support/factories.ts";
import { nextId } from "../support/lineage-store.ts";
import { prepareStorage } from "../support/storage.ts";

const storage = prepareStorage();

/** One tenant has all there is, and the other nothing. */
const [many, none] = [storage.newTenant(), storage.newTenant()];

beforeAll(async () => {
  const [asset, execution, edge] = await many.run(async (repositories) => {
    const { assets, workflows, executions } = repositories;
    const { id: workflowId } = await workflows.insert(newWorkflow());
    const made = await assets.insert(newAsset({ tags: ["one"] }));
    const { id: upstreamId } = await assets.insert(newAsset());
    return [
      made,
      await executions.insert({ workflowId }),
      await link(repositories, upstreamId, made.id),
    ] as const;
  });
  const ids = Array.from({ length: 5000 }, nextId);
  await storeCopies(storage.database, [
    { table: "assets", of: asset.id, changes: ids.map((id) => ({ id, name: id, name_search: id })) },
    { table: "asset_tags", of: asset.id, changes: ids.map((id) => ({ asset_id: id })) },
    {
      table: "workflows",
      of: execution.workflowId,
      changes: ids.map((id) => ({ id, name: id, name_search: id })),
    },
    { table: "executions", of: execution.id, changes: ids.map((id) => ({ id })) },
    { table: "asset_dependencies", of: edge.id, changes: ids.map((id) => ({ id, downstream_asset_id: id })) },
  ]);
}, 60_000);

/** The indexes by which the one plan of an operation's statement reads, and how it reads without. */
async function planOf(operation: string, ask: (repositories: Repositories) => Promise<unknown>) {
  const database = storage.openDatabase({ pool: { max: 1 } });
  const binding = { ownTenant: none.id, actor: "plans" };
  await database.transaction(binding, { access: "read" }, (connection) =>
    ask(createRepositories(connection)),
  );
  return database.transaction(binding, { access: "read" }, (connection) =>
    connection.operation("tenant.plan", {}, async (db) => {
      const { rows } = await db.execute<{ asked: string }>(
        sql`SELECT format('%I(%s)', name, rtrim(repeat('NULL,', cardinality(parameter_types)), ',')) AS asked
        FROM pg_prepared_statements WHERE statement LIKE ${`/* ${operation} */%`}`,
      );
      expect(rows).toHaveLength(1);
      await db.execute(sql.raw("SET LOCAL plan_cache_mode = force_generic_plan"));
      const explained = await db.execute(sql.raw(`EXPLAIN (FORMAT JSON) EXECUTE ${rows[0]?.asked}`));
      const plan = JSON.stringify(explained.rows);
      return {
        indexes: [...plan.matchAll(/"Index Name":"(\w+)"/g)].map(([, name]) => name).sort(),
        scans: [...plan.matchAll(/"(Seq Scan|Bitmap Heap Scan)"/g)].map(([, scan]) => scan),
      };
    }),
  );
}

describe("the plan that is made for a tenant without rows finds those of another", () => {
  const Tags = "asset_tags_pkey";
  const Versions = "workflows_tenant_id_name_version_key";
  const Ends = expect.stringMatching(/^asset_dependencies_(walk_up|by_downstream)$/);

  it.each<[operation: string, ask: (repositories: Repositories) => Promise<unknown>, indexes: unknown[]]>([
    ["asset.findManyByIds", ({ assets }) => assets.findManyByIds([UNKNOWN_ID]), [Tags, "assets_by_id"]],
    [
      "workflow.findManyByIds",
      ({ workflows }) => workflows.findManyByIds([UNKNOWN_ID]),
      ["workflows_by_id", Versions],
    ],
    [
      "execution.findManyByIds",
      ({ executions }) => executions.findManyByIds([UNKNOWN_ID]),
      ["executions_by_id"],
    ],
    ["asset.page", ({ assets }) => assets.page(), [Tags, "assets_by_created_at"]],
    ["workflow.page", ({ workflows }) => workflows.page(), ["workflows_by_created_at", Versions]],
    ["execution.page", ({ executions }) => executions.page(), ["executions_by_created_at"]],
    [
      "dependency.pagesByAsset",
      ({ dependencies }) => dependencies.pagesByAsset("upstream", [UNKNOWN_ID], {}),
      [Ends],
    ],
  ])("of %s", async (operation, ask, indexes) => {
    expect(await planOf(operation, ask)).toEqual({ indexes, scans: [] });
  });
});
