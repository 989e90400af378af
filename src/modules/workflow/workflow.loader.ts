import { byId, byKey, byParent, pagesByParentId } from "../batch.ts";
import type { WorkflowAsset } from "./workflow.links.ts";
import type { WorkflowRepository, WorkflowVersion } from "./workflow.repository.ts";
import type { Workflow } from "./workflow.select.ts";

const NO_LINKS: readonly WorkflowAsset[] = [];

export function createWorkflowLoaders(workflows: WorkflowRepository) {
  return {
    workflowById: byId(workflows.findManyByIds),
    workflowByVersion: byKey<WorkflowVersion, Workflow>(
      workflows.findManyByVersions,
      (workflow) => workflow,
      ({ name, version }) => `${version} ${name}`,
    ),
    workflowAssetsByWorkflowId: byParent(workflows.findLinks, NO_LINKS),
    workflowPageByAssetId: pagesByParentId(workflows.pagesByAsset),
    workflowCountByAssetId: byParent(workflows.countsByAsset, 0),
  };
}
