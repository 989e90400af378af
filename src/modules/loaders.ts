import { createAssetLoaders } from "./asset/asset.loader.ts";
import { createDependencyLoaders } from "./dependency/dependency.loader.ts";
import { createExecutionLoaders } from "./execution/execution.loader.ts";
import { createLineageLoaders } from "./lineage/lineage.loader.ts";
import type { Repositories } from "./repositories.ts";
import { createWorkflowLoaders } from "./workflow/workflow.loader.ts";

/** All loaders of one execution: what they cache is one tenant's, so they are never shared. One line an entity. */
export function createLoaders({ assets, workflows, executions, dependencies, lineage }: Repositories) {
  return {
    ...createAssetLoaders(assets),
    ...createWorkflowLoaders(workflows),
    ...createExecutionLoaders(executions),
    ...createDependencyLoaders(dependencies),
    ...createLineageLoaders(lineage),
  };
}

export type Loaders = ReturnType<typeof createLoaders>;
