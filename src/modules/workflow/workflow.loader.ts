import { byId, byParent, pagesByParentId } from "../batch.ts";
import type { WorkflowAsset } from "./workflow.links.ts";
import type { WorkflowRepository } from "./workflow.repository.ts";

const NO_LINKS: readonly WorkflowAsset[] = [];

export function createWorkflowLoaders(workflows: WorkflowRepository) {
  return {
    workflowById: byId(workflows.findManyByIds),
    workflowAssetsByWorkflowId: byParent(workflows.findLinks, NO_LINKS),
    workflowPageByAssetId: pagesByParentId(workflows.pagesByAsset),
    workflowCountByAssetId: byParent(workflows.countsByAsset, 0),
  };
}
