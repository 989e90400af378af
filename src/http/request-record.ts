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
  /** Those that are executed, in the order in which they begin. */
  readonly operations: OperationRecord[];
}

/** What the program notes of one operation of a request. */
export interface OperationRecord {
  /** Carries its name, beside what the request's carries. */
  readonly logger: Logger;
  /** What `costOf` makes of it. */
  cost: number;
}

const records = new WeakMap<Request, RequestRecord>();

/** Begins what is noted of a request; later plugins find it by the request. */
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

const operations = new WeakMap<object, OperationRecord>();

/** Notes which operation a result is of: those of a batch share their request. */
export function noteOperation(result: object, operation: OperationRecord): void {
  operations.set(result, operation);
}

/** The operation that a result is of, if it was executed. */
export function operationOf(result: object): OperationRecord | undefined {
  return operations.get(result);
}
