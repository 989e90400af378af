import { z } from "zod";
import { choice, id, label, moment, text } from "../fields.ts";
import { EXECUTION_STATES } from "./execution.table.ts";

const state = z.enum(EXECUTION_STATES, `must be one of ${EXECUTION_STATES.join(", ")}`);

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
    errorMessage: text(10_000).nullish(),
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

export type NewExecution = z.input<typeof newExecution>;
export type ExecutionPatch = z.input<typeof executionPatch>;
export type ExecutionFilter = z.input<typeof executionFilter>;
