import { getOperationAST, Kind } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { StorageLogger } from "../logger.ts";
import { FieldLogger } from "./field-logger.ts";
import type { HandedOver } from "./handover.ts";
import { requestIdOf } from "./request-id.ts";
import { noteOperation, operationOf, recordOf, shownName, startRecord } from "./request-record.ts";

/**
 * Gives every request an id, which its log lines carry and its response returns in `x-request-id`, and logs it when it is
 * answered. Variables and headers are never logged.
 */
export function useRequestLog(logger: StorageLogger): Plugin<object, HandedOver> {
  return {
    instrumentation: {
      // Around all plugins: Yoga's own answer probes and preflights before ours are asked.
      request({ request }, answer) {
        const requestId = requestIdOf(request.headers.get("x-request-id"));
        startRecord(request, {
          requestId,
          startedAt: performance.now(),
          logger: new FieldLogger(logger, { request_id: requestId }),
          principal: undefined,
          operations: [],
          errorCodes: new Set(),
          refusal: undefined,
        });
        return answer();
      },
    },
    onRequestParse({ request, serverContext: { handover } }) {
      if (handover === undefined) return;
      const record = recordOf(request);
      record.requestId = handover.requestId;
      record.startedAt = handover.startedAt;
      record.logger = new FieldLogger(logger, { request_id: handover.requestId });
    },
    onParams({ request, context }) {
      const { logger: requestLogger, operations } = recordOf(request);
      const operation = { name: undefined, type: undefined, logger: requestLogger, cost: 0 };
      operations.push(operation);
      noteOperation(context, operation);
    },
    onParse({ context }) {
      return ({ result: document }) => {
        const operation = operationOf(context);
        if (operation === undefined || document?.kind !== Kind.DOCUMENT) return;
        const found = getOperationAST(document, context.params.operationName);
        if (found === null || found === undefined) return;
        operation.type = found.operation;
        operation.name = shownName(found);
        operation.logger = operation.logger.with({ operation_name: operation.name });
      };
    },
    onExecutionResult({ result, context }) {
      const operation = operationOf(context);
      if (operation !== undefined && typeof result === "object") noteOperation(result, operation);
    },
    onResponse({ request, response }) {
      const { logger: ofRequest, operations, requestId, startedAt, errorCodes, refusal } = recordOf(request);
      const [only] = operations;
      // The request of a batch is no single operation's.
      const requestLogger = only !== undefined && operations.length === 1 ? only.logger : ofRequest;
      response.headers.set("x-request-id", requestId);
      const { method } = request;
      const { pathname: path } = urlOf(request);
      if (request.signal.aborted) return logGone(requestLogger, { method, path, startedAt });
      // A probe asks every few seconds; that it was answered is no news.
      const level = path.startsWith("/health/") && response.ok ? "debug" : "info";
      const codes = errorCodes.size > 0 ? [...errorCodes] : undefined;
      const answer = { status: response.status, error_codes: codes, reason: refusal };
      logAnswered(requestLogger, { method, path, startedAt }, answer, level);
    },
  };
}

/** A request as its line in the log tells of it. */
interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  /** `performance.now()` at its arrival. */
  readonly startedAt: number;
}

export function logAnswered(
  logger: StorageLogger,
  { method, path, startedAt }: LoggedRequest,
  answer: object,
  level: "info" | "debug" = "info",
): void {
  logger[level]({ method, path, duration_ms: msSince(startedAt), ...answer }, "Request answered");
}

export function logGone(logger: StorageLogger, { method, path, startedAt }: LoggedRequest): void {
  const fields = { method, path, duration_ms: msSince(startedAt) };
  logger.info(fields, "Request not answered: its connection is gone");
}

const msSince = (moment: number) => Math.round(performance.now() - moment);

/** Yoga's own request has been parsed. */
function urlOf(request: Request & { readonly parsedUrl?: URL }): URL {
  return request.parsedUrl ?? new URL(request.url, "http://localhost");
}
