import type { OperationDefinitionNode } from "graphql";
import type { ErrorCode } from "../errors.ts";
import type { Principal } from "../principal.ts";
import type { FieldLogger } from "./field-logger.ts";

/** What the program notes of one HTTP request while it serves it. */
export interface RequestRecord {
  /** From `x-request-id`, or made; it is returned in that header. */
  requestId: string;
  /** `performance.now()` at its arrival. */
  startedAt: number;
  /** Carries the request id, and from authentication on the tenant. */
  logger: FieldLogger;
  principal: Principal | undefined;
  /** Those that it asks for, in the order in which they begin. */
  readonly operations: OperationRecord[];
  /** Those of the errors that it is answered with. */
  readonly errorCodes: Set<ErrorCode>;
  /** Why nothing was executed, where that is for who asks. */
  refusal: string | undefined;
}

/** What the program notes of one operation of a request. */
export interface OperationRecord {
  /** As its document has it, once that is parsed; null where it has no name. */
  name: string | null | undefined;
  /** `query`, `mutation` or `subscription`. */
  type: string | undefined;
  /** Carries its name once that is known, beside what the request's carries. */
  logger: FieldLogger;
  /** What `costOf` makes of it. */
  cost: number;
}

/** Of a longer name, the log and the traces tell the begin. */
const LONGEST_NAME = 200;

/** The name of an operation as the log and the traces tell it. */
export function shownName({ name }: OperationDefinitionNode): string | null {
  return name?.value.slice(0, LONGEST_NAME) ?? null;
}

const records = new WeakMap<Request, RequestRecord>();

/** Begins what is noted of a request; plugins find it by the request. */
export function startRecord(request: Request, record: RequestRecord): void {
  records.set(request, record);
}

/** What is noted of a request. */
export function recordOf(request: Request): RequestRecord {
  const record = records.get(request);
  if (record === undefined) throw new Error("the request log must be a plugin");
  return record;
}

const operations = new WeakMap<object, OperationRecord>();

/** Notes which operation a context or a result is of: those of a batch share their request. */
export function noteOperation(of: object, operation: OperationRecord): void {
  operations.set(of, operation);
}

/** The operation that a context or a result is of. */
export function operationOf(of: object): OperationRecord | undefined {
  return operations.get(of);
}
