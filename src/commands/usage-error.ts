import { ServoError } from "../errors.ts";

/** What the caller gave to the command line is wrong. One line; the exit code is 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Runs what checks an argument or a file, whose refusals are the caller's to mend. */
export function asUsage<T>(prefix: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof ServoError ? new UsageError(`${prefix}${error.message}`) : error;
  }
}
