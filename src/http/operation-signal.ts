import { AbandonedError, TimeoutError } from "../errors.ts";

/**
 * Does what is to be done for an operation, with a signal that aborts when its client has gone or its time is over.
 * @param client the request's own signal
 * @param timeoutMs how long it may take, waiting included; 0: for ever
 */
export async function withOperationSignal<T>(
  client: AbortSignal,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const operation = new AbortController();
  const abandon = () => operation.abort(new AbandonedError());
  client.addEventListener("abort", abandon);
  if (client.aborted) abandon();
  const deadline = timeoutMs === 0 ? undefined : setTimeout(() => operation.abort(tooLong()), timeoutMs);
  try {
    return await work(operation.signal);
  } finally {
    clearTimeout(deadline);
    client.removeEventListener("abort", abandon);
  }
}

/** What an operation is given up with when its time is over. */
export function tooLong(): TimeoutError {
  return new TimeoutError("The operation took longer than it may (OPERATION_TIMEOUT_MS).");
}
