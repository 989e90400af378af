import type { Logger } from "pino";
import { untilSignal } from "./shutdown.ts";

/** A signal ended a command between two of its steps. One line; the exit code is 1. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
}

/** Ends a command that works in steps at the next one after SIGINT or SIGTERM; a second signal ends it at once. */
export class Interruption {
  #signal: NodeJS.Signals | undefined;

  constructor(logger: Logger) {
    void untilSignal(logger).then((signal) => {
      this.#signal = signal;
    });
  }

  get requested(): boolean {
    return this.#signal !== undefined;
  }

  /**
   * To be called between steps.
   * @param advice what to do about it
   * @throws InterruptedError once a signal has come
   */
  readonly check = (advice: string): void => {
    if (this.#signal !== undefined) throw new InterruptedError(`interrupted by ${this.#signal}; ${advice}`);
  };
}
