import { ServoError, TimeoutError } from "./errors.ts";

/** As much of an `AbortSignal` as is used here. */
export interface StopSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** An `AbortController` and its signal in one, for what comes often: Node takes 5 µs to make those. */
export class Stop implements StopSignal {
  readonly #listeners = new Set<() => void>();
  #reason: Error | undefined;

  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  get reason(): Error | undefined {
    return this.#reason;
  }

  addEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.delete(listener);
  }

  /** Only the first time counts. */
  abort(reason: Error): void {
    if (this.aborted) return;
    this.#reason = reason;
    // What is added meanwhile is not called, as of an `AbortSignal`: who adds it looks whether it is aborted.
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  }
}

/** The same for who must have an `AbortSignal`. */
export function abortSignalOf(signal: StopSignal): AbortSignal {
  if (signal instanceof AbortSignal) return signal;
  const controller = new AbortController();
  const abort = () => controller.abort(signal.reason);
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  return controller.signal;
}

/**
 * What a signal was aborted with, as an error: this program's own as it is, the end of `AbortSignal.timeout()` as a
 * {@link TimeoutError}, and another reason as it is where it is an error.
 */
export function reasonOf({ reason }: Pick<StopSignal, "reason">): Error {
  if (reason instanceof ServoError) return reason;
  if (!(reason instanceof Error)) return new DOMException(String(reason), "AbortError");
  if (reason.name !== "TimeoutError") return reason;
  return new TimeoutError("The time allowed for the operation is over.", { cause: reason });
}

/**
 * Waits for a promise, or until a signal aborts.
 * @throws what the promise is rejected with, or {@link reasonOf} the signal
 */
export async function abortable<T>(promise: Promise<T>, signal: StopSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  let giveUp = () => {};
  const aborted = new Promise<never>((_, reject) => {
    giveUp = () => reject(reasonOf(signal));
    signal.addEventListener("abort", giveUp);
    if (signal.aborted) giveUp();
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}
