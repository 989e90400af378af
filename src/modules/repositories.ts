import { lazily } from "../lazily.ts";
import { createAssetRepository } from "./asset/asset.repository.ts";
import { createDependencyRepository } from "./dependency/dependency.repository.ts";
import { createExecutionRepository } from "./execution/execution.repository.ts";
import { createLineageRepository } from "./lineage/lineage.repository.ts";
import { createWorkflowRepository } from "./workflow/workflow.repository.ts";

/** All repositories over one tenant-bound transaction: one line an entity. */
export const createRepositories = lazily({
  assets: createAssetRepository,
  workflows: createWorkflowRepository,
  executions: createExecutionRepository,
  dependencies: createDependencyRepository,
  lineage: createLineageRepository,
});

export type Repositories = ReturnType<typeof createRepositories>;
