import type { DatabaseOptions } from "../../db/database.ts";
import type { ErrorCode } from "../../errors.ts";
import type { StorageLogger } from "../../logger.ts";
import type { PoolLoad } from "../../metrics/lane-metrics.ts";
import type { Measurement } from "../../metrics/measuring.ts";
import type { Principal } from "../../principal.ts";
import type { TraceCarrier } from "../../tracing/moment.ts";
import type { TracingOptions } from "../../tracing/options.ts";

/** An operation that is known to be valid but for its variables, as a thread is told it. */
export interface HeavyJob {
  readonly document: string;
  readonly operationName: string | undefined;
  /** Those that it declares, as JSON. */
  readonly variables: string;
  /** Or else a mutation, which may have been stored when its thread fails. */
  readonly isQuery: boolean;
  readonly principal: Principal;
  readonly requestId: string;
  /** Continues the trace of its request, where there are traces. */
  readonly trace?: TraceCarrier | undefined;
}

/** What a thread is made with. */
export interface WorkerData {
  /** The application role's connection. */
  readonly url: string;
  readonly options: Omit<DatabaseOptions, "logger" | "observer">;
  /** Whether it tells what it measures. */
  readonly measures: boolean;
  /** Where traces go. Default: there are none. */
  readonly tracing?: TracingOptions | undefined;
}

/** The number tells the jobs of one thread apart. */
export type NumberedJob = HeavyJob & { readonly number: number };

/** The client of the job that runs has gone, or its time is over. */
export interface Abort {
  readonly abort: "gone" | "late";
}

/** What a thread is told: a job, why to give it up, or to come to its end. */
export type ToWorker = NumberedJob | Abort | "close";

/** What a thread tells: lines for the log, what it has measured, and at last the answer. */
export type FromWorker =
  | { readonly measured: Measurement }
  | { readonly pool: PoolLoad }
  /** Nothing was executed: what is wrong with the operation, the main thread tells. */
  | { readonly refused: true }
  | {
      readonly level: keyof StorageLogger;
      /** As JSON. */
      readonly fields: string;
      readonly message: string;
      /** The number of the job that the line is about, if it is about one. */
      readonly job: number | undefined;
    }
  | {
      /** JSON in UTF-8. */
      readonly answer: Uint8Array<ArrayBuffer>;
      /** Those of the errors in it. */
      readonly errorCodes: readonly ErrorCode[];
    };
