import type { DatabaseObserver, DatabaseWork } from "../db/observer.ts";
import {
  AbandonedError,
  type ErrorCode,
  ServoError,
  type TransientKind,
  UnavailableError,
} from "../errors.ts";

/** What is measured of the database, in a form that a thread can hand over. */
export type Measurement =
  | { readonly of: "acquire"; readonly outcome: AcquireOutcome; readonly seconds: number }
  | {
      readonly of: "operation";
      readonly name: string;
      /** Undefined where it succeeded. */
      readonly code: ErrorCode | "ABANDONED" | undefined;
      readonly seconds: number;
    }
  | { readonly of: "statement"; readonly name: string }
  | { readonly of: "retry"; readonly kind: TransientKind }
  /** There were no more tries. */
  | { readonly of: "surrender"; readonly kind: TransientKind }
  | { readonly of: "walk"; readonly name: string; readonly size: number; readonly completeness: string };

/** Whether a connection was had from the pool, or why not; `abandoned`: nobody waited for it any more. */
export type AcquireOutcome = "ok" | TransientKind | "abandoned" | "failed";

/** An observer that measures. */
export function measuring(tell: (measurement: Measurement) => void): DatabaseObserver {
  return {
    async around(work, run) {
      if (work.kind === "statement") {
        tell({ of: "statement", name: work.name });
        return run();
      }
      const started = performance.now();
      const secondsSince = () => (performance.now() - started) / 1000;
      try {
        const result = await run();
        tell(succeeded(work, secondsSince()));
        return result;
      } catch (error) {
        tell(failed(work, error, secondsSince()));
        throw error;
      }
    },
    retrying: (kind) => tell({ of: "retry", kind }),
    gaveUp: (kind) => tell({ of: "surrender", kind }),
    walked: (found) => tell({ of: "walk", ...found }),
  };
}

type Timed = Exclude<DatabaseWork, { kind: "statement" }>;

function succeeded(work: Timed, seconds: number): Measurement {
  if (work.kind === "acquire") return { of: "acquire", outcome: "ok", seconds };
  return { of: "operation", name: work.name, code: undefined, seconds };
}

function failed(work: Timed, error: unknown, seconds: number): Measurement {
  if (work.kind === "acquire") {
    return { of: "acquire", outcome: outcomeOf(error), seconds };
  }
  return { of: "operation", name: work.name, code: codeOf(error), seconds };
}

function outcomeOf(error: unknown): AcquireOutcome {
  if (error instanceof AbandonedError) return "abandoned";
  return error instanceof UnavailableError ? error.transient : "failed";
}

function codeOf(error: unknown): ErrorCode | "ABANDONED" {
  if (error instanceof AbandonedError) return "ABANDONED";
  return error instanceof ServoError ? error.code : "INTERNAL_SERVER_ERROR";
}
