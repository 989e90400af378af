import { BadUserInputError, ConflictError } from "../../errors.ts";
import type { ExecutionState } from "./execution.table.ts";

const NEXT_STATES: Readonly<Record<ExecutionState, readonly ExecutionState[]>> = {
  pending: ["running", "cancelled"],
  running: ["succeeded", "failed", "timeout", "cancelled"],
  succeeded: [],
  failed: [],
  timeout: [],
  cancelled: [],
};

/** What of an execution its state decides. */
export interface ExecutionTimes {
  readonly state: ExecutionState;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
}

/**
 * Moves an execution: `startedAt` is set by the move to `running` and `completedAt` by the move to an end, to `now`
 * unless they are given.
 * @throws ConflictError that names both states, for a move that is not allowed
 * @throws BadUserInputError when it would end before it starts
 */
export function moveExecution(
  stored: ExecutionTimes,
  given: { readonly [K in keyof ExecutionTimes]?: ExecutionTimes[K] | undefined },
  now: Date,
): ExecutionTimes {
  const state = given.state ?? stored.state;
  if (given.state !== undefined && !NEXT_STATES[stored.state].includes(given.state)) {
    const [from, to] = [stored.state.toUpperCase(), given.state.toUpperCase()];
    throw new ConflictError(`An execution cannot go from ${from} to ${to}.`);
  }
  const starts = given.state === "running";
  const ends = given.state !== undefined && NEXT_STATES[given.state].length === 0;
  const startedAt = given.startedAt !== undefined ? given.startedAt : starts ? now : stored.startedAt;
  // The database's clock may lag behind a start that the caller gave.
  const end = startedAt !== null && startedAt > now ? startedAt : now;
  const completedAt = given.completedAt !== undefined ? given.completedAt : ends ? end : stored.completedAt;
  if (startedAt !== null && completedAt !== null && completedAt < startedAt) {
    throw new BadUserInputError(["completedAt"], "must not be before startedAt");
  }
  return { state, startedAt, completedAt };
}
