import { Stop, type StopSignal } from "../abort.ts";
import { AbandonedError, TimeoutError } from "../errors.ts";

/** Calls back when a client goes before it has its answer, if it has not gone already, until the returned function is called. */
export type WatchClient = (gone: () => void) => () => void;

/** Watches the client of a request by the request's own signal. */
export const clientOf =
  ({ signal }: Pick<Request, "signal">): WatchClient =>
  (gone) => {
    signal.addEventListener("abort", gone);
    if (signal.aborted) gone();
    return () => signal.removeEventListener("abort", gone);
  };

/**
 * Does what is to be done for an operation, with a signal that aborts when its client has gone or its time is over.
 * @param timeoutMs how long it may take, waiting included; 0: for ever
 */
export async function withOperationSignal<T>(
  watchClient: WatchClient,
  timeoutMs: number,
  work: (signal: StopSignal) => Promise<T>,
): Promise<T> {
  const operation = new Stop();
  const unwatch = watchClient(() => operation.abort(new AbandonedError()));
  const deadline = timeoutMs === 0 ? undefined : setTimeout(() => operation.abort(tooLong()), timeoutMs);
  try {
    return await work(operation);
  } finally {
    clearTimeout(deadline);
    unwatch();
  }
}

/** What an operation is given up with when its time is over. */
export function tooLong(): TimeoutError {
  return new TimeoutError("The operation took longer than it may (OPERATION_TIMEOUT_MS).");
}
