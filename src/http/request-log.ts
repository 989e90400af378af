import type { Plugin } from "graphql-yoga";
import type { Logger } from "pino";
import { v7 as uuidv7 } from "uuid";
import { findRecord, recordOf, startRecord } from "./request-record.ts";

const REQUEST_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/**
 * Gives every request an id, which its log lines carry and its response returns in `x-request-id`, and logs it when it is
 * answered. Variables and headers are never logged.
 */
export function useRequestLog(logger: Logger): Plugin {
  return {
    onRequest({ request }) {
      const given = request.headers.get("x-request-id") ?? "";
      const requestId = REQUEST_ID.test(given) ? given : uuidv7();
      startRecord(request, {
        requestId,
        startedAt: performance.now(),
        logger: logger.child({ request_id: requestId }),
        principal: undefined,
        operations: [],
      });
    },
    onExecute({ args }) {
      const record = recordOf(args.contextValue.request);
      const name = args.operationName ?? nameOfOnly(args.document.definitions);
      record.operations.push({ logger: record.logger.child({ operation_name: name ?? null }), cost: 0 });
    },
    onResponse({ request, response }) {
      const record = findRecord(request);
      if (record === undefined) return;
      const { requestId, startedAt, operations } = record;
      const [only = record] = operations;
      // The request of a batch is no single operation's.
      const { logger: requestLogger } = operations.length === 1 ? only : record;
      response.headers.set("x-request-id", requestId);
      const path = new URL(request.url, "http://localhost").pathname;
      const durationMs = Math.round(performance.now() - startedAt);
      const fields = { method: request.method, path, status: response.status, duration_ms: durationMs };
      // A probe asks every few seconds; that it was answered is no news.
      const level = path.startsWith("/health/") && response.ok ? "debug" : "info";
      requestLogger[level](fields, "Request answered");
    },
  };
}

function nameOfOnly(
  definitions: readonly { kind: string; name?: { value: string } | undefined }[],
): string | undefined {
  const operations = definitions.filter(({ kind }) => kind === "OperationDefinition");
  return operations.length === 1 ? operations[0]?.name?.value : undefined;
}
