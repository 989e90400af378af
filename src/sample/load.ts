import type { Database } from "../db/database.ts";
import { GLOBAL_TENANT } from "../db/tenant.ts";
import type { ExecutionState } from "../modules/execution/execution.table.ts";
import { createRepositories, type Repositories } from "../modules/repositories.ts";
import { ASSETS, DEPENDENCIES, GLOBAL_ASSETS, WORKFLOWS } from "./catalogue.ts";

const ACTOR = "sample";

/**
 * Stores the sample catalogue: reference data for everybody, and a shop for the tenant `demo`. Loading it again after an
 * interruption completes it.
 */
export async function loadSample(database: Database): Promise<void> {
  const inTenant = <T>(ownTenant: string, work: (repositories: Repositories) => Promise<T>) =>
    database.transaction({ ownTenant, actor: ACTOR }, { access: "write" }, (connection) =>
      work(createRepositories(connection)),
    );
  const references = await inTenant(GLOBAL_TENANT, ({ assets }) => assets.upsertMany(GLOBAL_ASSETS));
  await inTenant(EXAMPLE_ASSET.tenantId, async (repositories) => {
    const own = await repositories.assets.upsertMany(ASSETS);
    const ids = new Map([...references.assets, ...own.assets].map(({ name, id }) => [name, id]));
    if (own.created === 0) return;
    await repositories.dependencies.insertMany(
      DEPENDENCIES.map(([upstream, downstream, dependencyType]) => ({
        upstreamAssetId: ids.get(upstream) ?? "",
        downstreamAssetId: ids.get(downstream) ?? "",
        dependencyType,
      })),
    );
    for (const { runs, assets, tags, ...workflow } of WORKFLOWS) {
      const links = assets.map(({ name, role }) => ({ assetId: ids.get(name) ?? "", role }));
      const { id } = await repositories.workflows.insert({ ...workflow, tags: [...tags], assets: links });
      for (const [index, state] of runs.entries())
        await insertRun(repositories, id, state, runs.length - index);
    }
  });
}

async function insertRun(
  { executions }: Repositories,
  workflowId: string,
  state: ExecutionState,
  daysAgo: number,
) {
  const { id } = await executions.insert({ workflowId });
  if (state === "pending") return;
  const startedAt = new Date(Date.now() - daysAgo * 86_400_000);
  await executions.update(id, { state: "running", startedAt });
  if (state === "running") return;
  const completedAt = new Date(startedAt.getTime() + 95_000);
  const errorMessage = state === "failed" ? "landing.orders_csv: line 4711 has 11 fields, expected 12" : null;
  await executions.update(id, { state, completedAt, errorMessage });
}

/** The asset of the sample catalogue to begin with. */
export const EXAMPLE_ASSET = { tenantId: "demo", name: "shop.daily_revenue" } as const;

/** Its id, or nothing where it was deleted or the database is away. */
export async function findExampleId(database: Database): Promise<string> {
  const binding = { ownTenant: EXAMPLE_ASSET.tenantId, actor: ACTOR };
  try {
    return await database.transaction(binding, { access: "read" }, async (connection) => {
      const asset = await createRepositories(connection).assets.findByName(EXAMPLE_ASSET.name);
      return asset?.id ?? "";
    });
  } catch {
    return "";
  }
}
