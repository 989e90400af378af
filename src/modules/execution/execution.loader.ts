import { byId, byParent, pagesByParentId } from "../batch.ts";
import type { ExecutionRepository } from "./execution.repository.ts";

export function createExecutionLoaders(executions: ExecutionRepository) {
  return {
    executionById: byId(executions.findManyByIds),
    executionPageByWorkflowId: pagesByParentId(executions.pagesByWorkflow),
    executionCountByWorkflowId: byParent(executions.countsByWorkflow, 0),
  };
}
