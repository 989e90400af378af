import { ServoError, TimeoutError } from "./errors.ts";

/**
 * What a signal was aborted with, as an error: this program's own as it is, the end of `AbortSignal.timeout()` as a
 * {@link TimeoutError}, and another reason as it is where it is an error.
 */
export function reasonOf({ reason }: AbortSignal): Error {
  if (reason instanceof ServoError) return reason;
  if (!(reason instanceof Error)) return new DOMException(String(reason), "AbortError");
  if (reason.name !== "TimeoutError") return reason;
  return new TimeoutError("The time allowed for the operation is over.", { cause: reason });
}

/**
 * Waits for a promise, or until a signal aborts.
 * @throws what the promise is rejected with, or {@link reasonOf} the signal
 */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
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
