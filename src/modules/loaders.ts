import { lazily } from "../lazily.ts";
import { assetLoaders } from "./asset/asset.loader.ts";
import { dependencyLoaders } from "./dependency/dependency.loader.ts";
import { executionLoaders } from "./execution/execution.loader.ts";
import { lineageLoaders } from "./lineage/lineage.loader.ts";
import { workflowLoaders } from "./workflow/workflow.loader.ts";

/** All loaders of one execution: what they cache is one tenant's, so they are never shared. One line an entity. */
export const createLoaders = lazily({
  ...assetLoaders,
  ...workflowLoaders,
  ...executionLoaders,
  ...dependencyLoaders,
  ...lineageLoaders,
});

export type Loaders = ReturnType<typeof createLoaders>;
