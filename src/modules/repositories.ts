import type { TenantConnection } from "../db/tenant-connection.ts";
import { createAssetRepository } from "./asset/asset.repository.ts";
import { createDependencyRepository } from "./dependency/dependency.repository.ts";
import { createExecutionRepository } from "./execution/execution.repository.ts";
import { createLineageRepository } from "./lineage/lineage.repository.ts";
import { createWorkflowRepository } from "./workflow/workflow.repository.ts";

/** All repositories over one tenant-bound transaction: one line an entity. */
export function createRepositories(connection: TenantConnection) {
  return {
    assets: createAssetRepository(connection),
    workflows: createWorkflowRepository(connection),
    executions: createExecutionRepository(connection),
    dependencies: createDependencyRepository(connection),
    lineage: createLineageRepository(connection),
  };
}

export type Repositories = ReturnType<typeof createRepositories>;
