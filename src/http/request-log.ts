import { getOperationAST, Kind } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { StorageLogger } from "../logger.ts";
import { FieldLogger } from "./field-logger.ts";
import { requestIdOf } from "./request-id.ts";
import { noteOperation, operationOf, recordOf, startRecord } from "./request-record.ts";

/** Of a longer name, the log and the traces tell the begin. */
const LONGEST_NAME = 200;

/**
 * Gives every request an id, which its log lines carry and its response returns in `x-request-id`, and logs it when it is
 * answered. Variables and headers are never logged.
 */
export function useRequestLog(logger: StorageLogger): Plugin {
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
        operation.name = found.name?.value.slice(0, LONGEST_NAME) ?? null;
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
      const { pathname: path } = urlOf(request);
      const durationMs = Math.round(performance.now() - startedAt);
      const fields = { method: request.method, path, duration_ms: durationMs };
      if (request.signal.aborted)
        return requestLogger.info(fields, "Request not answered: its connection is gone");
      // A probe asks every few seconds; that it was answered is no news.
      const level = path.startsWith("/health/") && response.ok ? "debug" : "info";
      const codes = errorCodes.size > 0 ? [...errorCodes] : undefined;
      const { status } = response;
      requestLogger[level]({ ...fields, status, error_codes: codes, reason: refusal }, "Request answered");
    },
  };
}

/** Yoga's own request has been parsed. */
function urlOf(request: Request & { readonly parsedUrl?: URL }): URL {
  return request.parsedUrl ?? new URL(request.url, "http://localhost");
}
