import type { Logger } from "pino";
import type { Principal } from "../principal.ts";

/** What the program notes of one HTTP request while it serves it. */
export interface RequestRecord {
  /** From `x-request-id`, or made; it is returned in that header. */
  readonly requestId: string;
  /** `performance.now()` at its arrival. */
  readonly startedAt: number;
  /** Carries the request id, and from authentication on the tenant. */
  logger: Logger;
  principal: Principal | undefined;
  /** Of each operation that is executed, in the order in which they begin: carry its name too. */
  readonly operationLoggers: Logger[];
}

const records = new WeakMap<Request, RequestRecord>();

export function startRecord(request: Request, record: RequestRecord): void {
  records.set(request, record);
}

/** The record of a request, if {@link startRecord} has seen it: Yoga answers its own probe before any plugin. */
export function findRecord(request: Request): RequestRecord | undefined {
  return records.get(request);
}

/** The record of a request that gets as far as authentication. */
export function recordOf(request: Request): RequestRecord {
  const record = records.get(request);
  if (record === undefined) throw new Error("the request log must be the first plugin");
  return record;
}

const loggers = new WeakMap<object, Logger>();

/** Notes which operation a result is of: those of a batch share their request. */
export function logResultBy(result: object, logger: Logger): void {
  loggers.set(result, logger);
}

/** The logger of the operation that a result is of, if it was executed. */
export function loggerOf(result: object): Logger | undefined {
  return loggers.get(result);
}
