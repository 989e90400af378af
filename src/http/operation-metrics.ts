import { isAsyncIterable, type Plugin } from "graphql-yoga";
import type { ErrorCode } from "../errors.ts";
import type { OperationSubject, RequestMetrics } from "../metrics/request-metrics.ts";
import { errorCodesOf } from "./error-codes.ts";
import type { HandedOver } from "./handover.ts";
import { NO_SUBJECT, subjectOf } from "./operation-subject.ts";
import { type OperationRecord, operationOf } from "./request-record.ts";

/** Which of several codes counts: what says most of the service comes first. */
const BY_WEIGHT: readonly ErrorCode[] = [
  "INTERNAL_SERVER_ERROR",
  "TIMEOUT",
  "UNAVAILABLE",
  "LIMIT_EXCEEDED",
  "CONFLICT",
  "FORBIDDEN",
  "NOT_FOUND",
  "BAD_USER_INPUT",
  "UNAUTHENTICATED",
];

/** Counts operations and times those that are executed. Comes after what gives errors their codes, and before what may refuse. */
export function useOperationMetrics(metrics: RequestMetrics): Plugin<HandedOver> {
  const subjects = new WeakMap<OperationRecord, OperationSubject>();
  return {
    onExecute({ args: { document, operationName, contextValue } }) {
      const subject = subjectOf(document, operationName);
      const operation = operationOf(contextValue);
      if (operation !== undefined) subjects.set(operation, subject);
      const started = contextValue.handover?.execution?.startedAt ?? performance.now();
      return { onExecuteDone: () => metrics.executed(subject, (performance.now() - started) / 1000) };
    },
    onResultProcess({ request, result }) {
      if (isAsyncIterable(result)) return;
      for (const each of Array.isArray(result) ? result : [result]) {
        const operation = operationOf(each);
        const subject = (operation && subjects.get(operation)) ?? NO_SUBJECT;
        metrics.operated(subject, request.signal.aborted ? "ABANDONED" : worstOf(errorCodesOf(each)));
      }
    },
  };
}

const worstOf = (codes: readonly ErrorCode[]) => BY_WEIGHT.find((code) => codes.includes(code));
