import { z } from "zod";
import { assetType } from "../modules/asset/asset.input.ts";
import { storedPartitionConfig } from "../modules/asset/partition-config.ts";
import { dependencyType } from "../modules/dependency/dependency.input.ts";
import { errorMessage, idempotencyKey, state } from "../modules/execution/execution.input.ts";
import {
  actor,
  description,
  distinct,
  id,
  MAX_TAGS,
  moment as momentField,
  name,
  owner,
  properties,
  refuseRepetition,
  source,
  tag,
  tags,
} from "../modules/fields.ts";
import { MAX_WORKFLOW_ASSETS, version } from "../modules/workflow/workflow.input.ts";
import { ASSET_ROLES } from "../modules/workflow/workflow.table.ts";

const moment = z
  .string("must be a date and time")
  .regex(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
    "must be a date and time such as 2026-01-31T10:30:45.123Z",
  )
  .transform((value) => new Date(value))
  .pipe(momentField);

const authorship = { createdBy: actor, updatedBy: actor };
const record = { createdAt: moment, updatedAt: moment, ...authorship };

const notBefore = (from: string, to: string) => ({ path: [to], message: `must not be before ${from}` });
const changedLater = ({ createdAt, updatedAt }: { createdAt: Date; updatedAt: Date }) =>
  updatedAt >= createdAt;
const CHANGED_EARLIER = notBefore("createdAt", "updatedAt");

/** One of the same file by its id, or a global one by what it is called, because elsewhere it has another id. */
const assetReference = z.union(
  [z.strictObject({ id }), z.strictObject({ globalName: name })],
  "must be an object with id, or with globalName",
);
const workflowReference = z.union(
  [z.strictObject({ id }), z.strictObject({ globalName: name, version })],
  "must be an object with id, or with globalName and version",
);
export type AssetReference = z.output<typeof assetReference>;
export type WorkflowReference = z.output<typeof workflowReference>;

export const assetRow = z
  .strictObject({
    id,
    name,
    assetType,
    description: description.nullable(),
    owner: owner.nullable(),
    partitionConfig: storedPartitionConfig.nullable(),
    properties,
    importedBy: z.array(actor),
    ...record,
    tags: z
      .array(z.strictObject({ tag, ...authorship }))
      .max(MAX_TAGS, `must be at most ${MAX_TAGS} tags`)
      .superRefine(refuseRepetition((item) => item.tag, "tag")),
  })
  .refine(changedLater, CHANGED_EARLIER);
export type AssetRow = z.output<typeof assetRow>;

const workflowAsset = z.strictObject({
  role: z.enum(ASSET_ROLES, `must be one of ${ASSET_ROLES.join(", ")}`),
  asset: assetReference,
  position: z.int("must be a whole number").min(0, "must be at least 0").max(2_147_483_647),
  ...authorship,
});

export const workflowRow = z
  .strictObject({
    id,
    name,
    version,
    description: description.nullable(),
    owner: owner.nullable(),
    tags,
    properties,
    ...record,
    assets: z
      .array(workflowAsset)
      .max(MAX_WORKFLOW_ASSETS, `must have at most ${MAX_WORKFLOW_ASSETS} items`)
      .superRefine(refuseRepetition(({ role, asset }) => `${role} ${JSON.stringify(asset)}`))
      .superRefine(refuseRepetition(({ position }) => position, "position")),
  })
  .refine(changedLater, CHANGED_EARLIER);
export type WorkflowRow = z.output<typeof workflowRow>;

export const executionRow = z
  .strictObject({
    id,
    workflow: workflowReference,
    state,
    idempotencyKey: idempotencyKey.nullable(),
    startedAt: moment.nullable(),
    completedAt: moment.nullable(),
    errorMessage: errorMessage.nullable(),
    ...record,
  })
  .refine(changedLater, CHANGED_EARLIER)
  .refine(
    ({ startedAt, completedAt }) => startedAt === null || completedAt === null || completedAt >= startedAt,
    notBefore("startedAt", "completedAt"),
  );
export type ExecutionRow = z.output<typeof executionRow>;

const edge = {
  id,
  upstream: assetReference,
  downstreamAssetId: id,
  dependencyType,
  sources: distinct(source).min(1, "must have at least one item"),
  lastSeenAt: moment,
  validFrom: moment,
};
const TO_ITSELF = { path: ["downstreamAssetId"], message: "must not be the upstream asset itself" };
type Edge = { upstream: AssetReference; downstreamAssetId: string };
const joinsTwo = ({ upstream, downstreamAssetId }: Edge) =>
  !("id" in upstream) || upstream.id !== downstreamAssetId;

export const dependencyRow = z
  .strictObject({ ...edge, ...record })
  .refine(changedLater, CHANGED_EARLIER)
  .refine(joinsTwo, TO_ITSELF);
export type DependencyRow = z.output<typeof dependencyRow>;

export const pastDependencyRow = z
  .strictObject({ ...edge, validTo: moment })
  .refine(joinsTwo, TO_ITSELF)
  .refine(({ validFrom, validTo }) => validTo > validFrom, {
    path: ["validTo"],
    message: "must be after validFrom",
  });
export type PastDependencyRow = z.output<typeof pastDependencyRow>;
