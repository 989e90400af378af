import { z } from "zod";
import { choice, distinct, id, label, moment, text } from "../fields.ts";
import { ENDED_STATES, EXECUTION_STATES, type ExecutionState } from "./execution.table.ts";

export const state = z.enum(EXECUTION_STATES, `must be one of ${EXECUTION_STATES.join(", ")}`);

export const errorMessage = text(10_000);

/** 1 to 512 characters, unique in tenant and workflow. */
export const idempotencyKey = label(512);

/** A new execution, `pending`. */
export const newExecution = z.strictObject({ workflowId: id, idempotencyKey: idempotencyKey.nullish() });

/** A change of an execution: what is not given stays, null clears. */
export const executionPatch = z
  .strictObject({
    state: state.optional(),
    startedAt: moment.nullish(),
    completedAt: moment.nullish(),
    errorMessage: errorMessage.nullish(),
  })
  .refine(
    (patch) => Object.values(patch).some((value) => value !== undefined),
    "must change at least one field",
  );

/** Every condition that is given must hold. */
export const executionFilter = z.strictObject({
  workflowId: id.nullish(),
  states: choice(state),
  /** From the first moment, included, to the second, excluded; what has not started does not match. */
  startedBetween: z.strictObject({ from: moment.nullish(), to: moment.nullish() }).nullish(),
});

/** Most executions that one call deletes for their age, and the number when nobody says. */
const MAX_PURGE = 10_000;
const DEFAULT_PURGE = 1000;

const purgeLimit = z
  .int("must be a whole number")
  .min(1, "must be at least 1")
  .max(MAX_PURGE, `must be at most ${MAX_PURGE}`);

/** Which executions are to be deleted for their age, and how many at once. */
export const executionPurge = z.strictObject({
  before: moment,
  states: distinct(state)
    .min(1, "must have at least one item")
    .nullish()
    .transform((states): readonly ExecutionState[] => states ?? ENDED_STATES),
  limit: purgeLimit.nullish().transform((limit) => limit ?? DEFAULT_PURGE),
  after: z.object({ updatedAt: moment, id }).nullish(),
});

export type NewExecution = z.input<typeof newExecution>;
export type ExecutionPatch = z.input<typeof executionPatch>;
export type ExecutionFilter = z.input<typeof executionFilter>;
export type ExecutionPurge = z.input<typeof executionPurge>;
