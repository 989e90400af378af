import { byId, byParent, pagesByParentId } from "../batch.ts";
import type { ExecutionRepository } from "./execution.repository.ts";

/** What its loaders load from. */
export interface ExecutionSource {
  readonly executions: ExecutionRepository;
}

export const executionLoaders = {
  executionById: ({ executions }: ExecutionSource) => byId(executions.findManyByIds),
  executionPageByWorkflowId: ({ executions }: ExecutionSource) => pagesByParentId(executions.pagesByWorkflow),
  executionCountByWorkflowId: ({ executions }: ExecutionSource) => byParent(executions.countsByWorkflow, 0),
};
