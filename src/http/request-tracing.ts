import { propagation, ROOT_CONTEXT, SpanKind, trace } from "@opentelemetry/api";
import { isAsyncIterable, type Plugin } from "graphql-yoga";
import { inSpan, tellCode, tellFailure } from "../tracing/in-span.ts";
import { errorCodesToBe } from "./error-codes.ts";
import { operationOf } from "./request-record.ts";

/** All else is `_OTHER`: a name must not be the client's. */
const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/**
 * A span for each request, which continues the trace that it brings (`traceparent`), and within it one for each of its
 * operations. To stand before all plugins whose log lines are to belong to them.
 */
export function useTracing(): Plugin {
  return {
    instrumentation: {
      request({ request }, answer) {
        const { pathname, protocol } = new URL(request.url, "http://localhost");
        // Asked for every few seconds, for ever.
        if (pathname.startsWith("/health/") || pathname === "/metrics") return answer();
        const method = METHODS.includes(request.method) ? request.method : "_OTHER";
        const route = pathname === "/graphql" ? { "http.route": pathname } : {};
        const attributes = {
          ...{ "http.request.method": method, "url.path": pathname, "url.scheme": protocol.slice(0, -1) },
          ...route,
        };
        const name = [method === "_OTHER" ? "HTTP" : method, ...Object.values(route)].join(" ");
        const begunElsewhere = propagation.extract(ROOT_CONTEXT, request.headers, HEADERS);
        return inSpan(name, { kind: SpanKind.SERVER, attributes }, async () => answer(), begunElsewhere);
      },
      operation: (_, execute) => inSpan("GraphQL Operation", {}, async () => execute()),
    },
    onExecutionResult({ result, context }) {
      const operation = operationOf(context);
      const span = trace.getActiveSpan();
      if (span === undefined || operation === undefined || result === undefined) return;
      const { type, name } = operation;
      if (type !== undefined) span.updateName(type).setAttribute("graphql.operation.type", type);
      if (name !== undefined && name !== null) span.setAttribute("graphql.operation.name", name);
      if (!isAsyncIterable(result)) for (const code of errorCodesToBe(result)) tellCode(span, code);
    },
    onResponse({ request, response: { status } }) {
      const span = trace.getActiveSpan();
      if (span === undefined) return;
      if (request.signal.aborted) return tellFailure(span, "aborted");
      span.setAttribute("http.response.status_code", status);
      if (status >= 500) tellFailure(span, String(status));
    },
  };
}

const HEADERS = {
  get: (headers: Headers, name: string) => headers.get(name) ?? undefined,
  keys: (headers: Headers) => [...headers.keys()],
};
