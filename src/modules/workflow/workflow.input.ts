import { z } from "zod";
import {
  choice,
  description,
  id,
  name,
  owner,
  propertiesOrNone,
  refuseRepetition,
  tag,
  tags,
} from "../fields.ts";
import { nameFilter } from "../name-filter.ts";
import { ASSET_ROLES } from "./workflow.table.ts";

/** Most assets that one workflow version touches. */
export const MAX_WORKFLOW_ASSETS = 1000;

const links = z
  .array(
    z.strictObject({ assetId: id, role: z.enum(ASSET_ROLES, `must be one of ${ASSET_ROLES.join(", ")}`) }),
    "must be a list",
  )
  .max(MAX_WORKFLOW_ASSETS, `must have at most ${MAX_WORKFLOW_ASSETS} items`)
  .superRefine(refuseRepetition(({ assetId, role }) => `${role} ${assetId}`));

const details = {
  description: description.nullish(),
  owner: owner.nullish(),
  tags: tags.nullish(),
  properties: propertiesOrNone,
  assets: links.nullish(),
};

/** The first version of a new workflow. */
export const newWorkflow = z.strictObject({ name, ...details });

/** A change of one version: what is not given stays, null clears. Its name and number stay for good. */
export const workflowPatch = z
  .strictObject(details)
  .refine(
    (patch) => Object.values(patch).some((value) => value !== undefined),
    "must change at least one field",
  );

export const version = z
  .int("must be a whole number")
  .min(1, "must be at least 1")
  .max(2_147_483_647, "must be at most 2147483647");

/** Every condition that is given must hold. */
export const workflowFilter = z.strictObject({
  name: nameFilter,
  owners: choice(owner),
  tags: z.strictObject({ any: choice(tag), all: choice(tag) }).nullish(),
  latestOnly: z.boolean("must be true or false").nullish(),
});

export type NewWorkflow = z.input<typeof newWorkflow>;
/** The next version of a workflow: what is not given is taken over from the latest, null clears. */
export type NewWorkflowVersion = NewWorkflow;
export type WorkflowPatch = z.input<typeof workflowPatch>;
export type WorkflowFilter = z.input<typeof workflowFilter>;
