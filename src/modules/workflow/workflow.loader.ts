import { byId, byKey, byParent, pagesByParentId } from "../batch.ts";
import type { WorkflowAsset } from "./workflow.links.ts";
import type { WorkflowRepository, WorkflowVersion } from "./workflow.repository.ts";
import type { Workflow } from "./workflow.select.ts";

const NO_LINKS: readonly WorkflowAsset[] = [];

/** What its loaders load from. */
export interface WorkflowSource {
  readonly workflows: WorkflowRepository;
}

export const workflowLoaders = {
  workflowById: ({ workflows }: WorkflowSource) => byId(workflows.findManyByIds),
  workflowByVersion: ({ workflows }: WorkflowSource) =>
    byKey<WorkflowVersion, Workflow>(
      workflows.findManyByVersions,
      (workflow) => workflow,
      ({ name, version }) => `${version} ${name}`,
    ),
  workflowAssetsByWorkflowId: ({ workflows }: WorkflowSource) => byParent(workflows.findLinks, NO_LINKS),
  workflowPageByAssetId: ({ workflows }: WorkflowSource) => pagesByParentId(workflows.pagesByAsset),
  workflowCountByAssetId: ({ workflows }: WorkflowSource) => byParent(workflows.countsByAsset, 0),
};
