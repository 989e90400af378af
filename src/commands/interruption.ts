import type { Logger } from "pino";
import { listenForSignal } from "./shutdown.ts";

/** Something ended a command between two of its steps. One line; the exit code is 1. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
}

/** Ends a command that works in steps at the next one after SIGINT or SIGTERM; a second signal ends it at once. */
export class Interruption {
  /** For what waits for something else than the database. */
  readonly signal: AbortSignal;

  constructor(logger: Logger) {
    this.signal = listenForSignal(logger);
  }

  /**
   * To be called between steps.
   * @param advice what to do about it
   * @throws InterruptedError once a signal has come
   */
  check(advice: string): void {
    const { aborted, reason } = this.signal;
    if (aborted) throw new InterruptedError(`interrupted by ${reason}; ${advice}`);
  }
}
