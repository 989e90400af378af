import type { ErrorCode } from "../errors.ts";
import { SECONDS } from "./buckets.ts";
import type { Registry } from "./families.ts";

/** An operation as it is counted: by its field of the schema, never by the name that a client gives it. */
export interface OperationSubject {
  /** `none` where it was refused before that was known. */
  readonly type: "query" | "mutation" | "none";
  readonly field: string;
}

/** An HTTP request that is over. */
export interface AnsweredRequest {
  readonly method: string;
  readonly path: string;
  /** Of its answer, or `aborted` where the client had gone. */
  readonly status: string;
  readonly seconds: number;
}

/** The code of an error, or `ABANDONED` where the client had gone before there was an answer. */
export type OperationCode = ErrorCode | "ABANDONED";

export interface RequestMetrics {
  answered(request: AnsweredRequest): void;
  /** @param code of its worst error; undefined where it has none */
  operated(subject: OperationSubject, code: OperationCode | undefined): void;
  /** Told of what was executed, however it ended. */
  executed(subject: OperationSubject, seconds: number): void;
}

/** What clients asked, how long that took, and how it was answered. */
export function addRequestMetrics(registry: Registry): RequestMetrics {
  const requests = registry.counter({
    name: "servo_http_requests_total",
    help: "HTTP requests, by the status of their answers, or aborted where the client had gone.",
    labels: ["method", "path", "status"],
  });
  const requestSeconds = registry.histogram(
    {
      name: "servo_http_request_duration_seconds",
      help: "Time from the headers of a request to the end of its answer.",
      labels: ["path"],
    },
    SECONDS,
  );
  const operations = registry.counter({
    name: "servo_graphql_operations_total",
    help: "Operations, refused ones included, by the code of their worst error, or OK.",
    labels: ["type", "field", "code"],
  });
  const operationSeconds = registry.histogram(
    {
      name: "servo_graphql_operation_duration_seconds",
      help: "Time that operations took that were executed, their wait for a turn included.",
      labels: ["type", "field"],
    },
    SECONDS,
  );
  return {
    answered({ method, path, status, seconds }) {
      requests.add({ method, path, status });
      requestSeconds.observe({ path }, seconds);
    },
    operated: ({ type, field }, code) => operations.add({ type, field, code: code ?? "OK" }),
    executed: ({ type, field }, seconds) => operationSeconds.observe({ type, field }, seconds),
  };
}
