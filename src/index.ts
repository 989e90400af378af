export type { CircuitBreakerOptions } from "./db/circuit-breaker.ts";
export { type DatabaseOptions, SLOW_OPERATION_MS } from "./db/database.ts";
export type { Direction, Page, PageRequest } from "./db/keyset.ts";
export { isMigrated } from "./db/migration-state.ts";
export {
  type ApplicationLogin,
  MigrationError,
  type MigrationOptions,
  runMigrations,
} from "./db/migrations.ts";
export type { DatabaseObserver, DatabaseWork, WalkFound } from "./db/observer.ts";
export type { PoolOptions } from "./db/pool.ts";
export type { RetryOptions } from "./db/retry.ts";
export { ServingRoleError } from "./db/serving-role.ts";
export type { Scope } from "./db/tenant.ts";
export type { TimeoutOptions } from "./db/timeouts.ts";
export {
  BadUserInputError,
  ConflictError,
  type ErrorCode,
  ForbiddenError,
  type InputPath,
  InternalError,
  LimitExceededError,
  NotFoundError,
  ServoError,
  TimeoutError,
  type TransientKind,
  UnauthenticatedError,
  UnavailableError,
} from "./errors.ts";
export type { StorageLogger } from "./logger.ts";
export type { AssetFilter, AssetPatch, NewAsset } from "./modules/asset/asset.input.ts";
export type { AssetOrderField, AssetQuery } from "./modules/asset/asset.pages.ts";
export type { AssetRepository } from "./modules/asset/asset.repository.ts";
export type { Asset } from "./modules/asset/asset.select.ts";
export type { UpsertedAssets } from "./modules/asset/asset.upsert.ts";
export type { PartitionConfig } from "./modules/asset/partition-config.ts";
export type { ExpectedVersion } from "./modules/changes.ts";
export type { AssertedDependencies } from "./modules/dependency/dependency.assertions.ts";
export type { NewDependency, UpstreamReplacement } from "./modules/dependency/dependency.input.ts";
export type { Side } from "./modules/dependency/dependency.pages.ts";
export type { ReplacedUpstreams } from "./modules/dependency/dependency.replacement.ts";
export type { DependencyRepository } from "./modules/dependency/dependency.repository.ts";
export type { AssetDependency } from "./modules/dependency/dependency.select.ts";
export type { DependencyType } from "./modules/dependency/dependency.table.ts";
export type {
  ExecutionFilter,
  ExecutionPatch,
  ExecutionPurge,
  NewExecution,
} from "./modules/execution/execution.input.ts";
export type { ExecutionOrderField, ExecutionQuery } from "./modules/execution/execution.pages.ts";
export type { PurgedExecution } from "./modules/execution/execution.purge.ts";
export type { CreatedExecution, ExecutionRepository } from "./modules/execution/execution.repository.ts";
export type { Execution } from "./modules/execution/execution.select.ts";
export type { ExecutionState } from "./modules/execution/execution.table.ts";
export type { JsonObject } from "./modules/fields.ts";
export type {
  LineageEdge,
  LineageEdgeDetails,
  LineageEdges,
} from "./modules/lineage/lineage.answer.ts";
export type { FacetCount, LineageCounts, LineageFacets } from "./modules/lineage/lineage.counts.ts";
export type { LatestExecution } from "./modules/lineage/lineage.impact.ts";
export type {
  ImpactRequest,
  LineageCountsRequest,
  LineageDirection,
  LineageFilter,
  LineagePathsRequest,
  LineageRequest,
  LineagesRequest,
} from "./modules/lineage/lineage.input.ts";
export type { LineagePath, LineagePaths } from "./modules/lineage/lineage.paths.ts";
export type { LineageRepository } from "./modules/lineage/lineage.repository.ts";
export type { Completeness, Lineage } from "./modules/lineage/lineage.walk.ts";
export type { LineageNode } from "./modules/lineage/lineage-nodes.ts";
export type { ListWindow } from "./modules/list-window.ts";
export type { Repositories } from "./modules/repositories.ts";
export type {
  NewWorkflow,
  NewWorkflowVersion,
  WorkflowFilter,
  WorkflowPatch,
} from "./modules/workflow/workflow.input.ts";
export type { WorkflowAsset } from "./modules/workflow/workflow.links.ts";
export type { WorkflowOrderField, WorkflowQuery } from "./modules/workflow/workflow.pages.ts";
export type { WorkflowRepository } from "./modules/workflow/workflow.repository.ts";
export type { Workflow } from "./modules/workflow/workflow.select.ts";
export type { AssetRole } from "./modules/workflow/workflow.table.ts";
export { PostgresStorage, type StorageOptions, type WorkOptions } from "./storage.ts";
