import pRetry from "p-retry";
import { abortSignalOf, reasonOf, type StopSignal } from "../abort.ts";
import { TimeoutError, type TransientKind, UnavailableError } from "../errors.ts";
import type { DatabaseObserver } from "./observer.ts";

export interface RetryOptions {
  /** Tries in all, the first included; 1 switches retrying off. Default 4. */
  readonly attempts?: number | undefined;
  /** Pause before the second try, in milliseconds; it doubles from try to try, with jitter. Default 20. */
  readonly minDelayMs?: number | undefined;
  /** Longest pause, in milliseconds. Default 1,000. */
  readonly maxDelayMs?: number | undefined;
  /**
   * Which kinds of failure are tried again; see {@link TransientKind}. Default: all but `exhausted`, because waiting for a
   * free connection was the retry, and its time is the caller's to choose.
   */
  readonly kinds?: readonly TransientKind[] | undefined;
}

export const TRANSIENT_KINDS = ["serialization", "lock", "connect", "exhausted", "interrupted"] as const;

export const RETRY_DEFAULTS = {
  attempts: 4,
  minDelayMs: 20,
  maxDelayMs: 1000,
  kinds: ["serialization", "lock", "connect", "interrupted"],
} as const satisfies Required<RetryOptions>;

/** What is tried. */
export interface Trial {
  /**
   * Whether doing it twice does no harm, as with reads and writes under an idempotency key; without that, a lost
   * connection (`interrupted`) is never tried again, because its commit may have taken effect.
   */
  readonly repeatable: boolean;
  /** Told when it is tried again, and when it is given up. */
  readonly observer?: Pick<DatabaseObserver, "retrying" | "gaveUp"> | undefined;
  /** Once it has aborted, nothing is tried again, and no pause is waited out. */
  readonly signal?: StopSignal | undefined;
}

/**
 * Runs an attempt again, from its beginning, while it fails for a reason that lies outside it.
 * @throws what the last try failed with, or {@link reasonOf} the signal; or else, where nobody knows whether a try before it has
 * stored something, what says so
 */
export async function withRetry<T>(
  options: RetryOptions,
  { repeatable, observer, signal }: Trial,
  attempt: () => Promise<T>,
): Promise<T> {
  const kinds: readonly TransientKind[] = options.kinds ?? RETRY_DEFAULTS.kinds;
  const mayPass = (error: unknown): error is UnavailableError =>
    error instanceof UnavailableError &&
    kinds.includes(error.transient) &&
    (error.transient !== "interrupted" || repeatable);
  let inDoubt: UnavailableError | undefined;
  const noteDoubt = (error: unknown) => {
    if (error instanceof UnavailableError && error.transient === "interrupted" && !error.retryable)
      inDoubt ??= error;
  };
  if (signal?.aborted) throw reasonOf(signal);
  let last: PromiseSettledResult<T>;
  try {
    return await attempt();
  } catch (reason) {
    noteDoubt(reason);
    // Whatever has aborted meanwhile: it may say that something was stored.
    if (!mayPass(reason) || (signal?.aborted && inDoubt !== undefined)) throw reason;
    last = { status: "rejected", reason } as PromiseSettledResult<T>;
  }
  // Hardly any fails, so only then p-retry is asked, and told of the first try as its own.
  let tries = 0;
  try {
    return await pRetry(
      async () => {
        tries += 1;
        if (tries > 1) [last] = await Promise.allSettled([attempt()]);
        if (last.status === "fulfilled") return last.value;
        noteDoubt(last.reason);
        throw last.reason;
      },
      {
        retries: (options.attempts ?? RETRY_DEFAULTS.attempts) - 1,
        minTimeout: options.minDelayMs ?? RETRY_DEFAULTS.minDelayMs,
        maxTimeout: options.maxDelayMs ?? RETRY_DEFAULTS.maxDelayMs,
        factor: 2,
        randomize: true,
        ...(signal === undefined ? {} : { signal: abortSignalOf(signal) }),
        shouldRetry: ({ error }) => {
          const again = mayPass(error);
          if (again) observer?.retrying(error.transient);
          return again;
        },
      },
    );
  } catch (error) {
    // For p-retry, what succeeds after its signal has aborted has failed.
    if (last.status === "fulfilled") return last.value;
    const isOver = signal?.aborted === true && error !== last.reason;
    if (!isOver && mayPass(error)) observer?.gaveUp?.(error.transient);
    // What one try may have stored, none of those after it can say not to be.
    const isUnknown = isOver || error instanceof UnavailableError || error instanceof TimeoutError;
    if (inDoubt !== undefined && isUnknown) throw inDoubt;
    throw isOver ? reasonOf(signal) : error;
  }
}
