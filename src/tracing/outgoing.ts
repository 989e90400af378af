import { context, propagation, SpanKind } from "@opentelemetry/api";
import { inSpan, tellFailure } from "./in-span.ts";

/** `fetch`, with a span of its own that the other side is told to continue. */
export async function tracedFetch(url: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const { hostname, port, protocol } = new URL(url instanceof Request ? url.url : url);
  const method = init.method ?? "GET";
  const attributes = {
    "http.request.method": method,
    "url.scheme": protocol.slice(0, -1),
    "server.address": hostname,
    "server.port": Number(port) || (protocol === "https:" ? 443 : 80),
  };
  return inSpan(method, { kind: SpanKind.CLIENT, attributes }, async (span) => {
    const headers = new Headers(init.headers);
    propagation.inject(context.active(), headers, { set: (to, name, value) => to.set(name, value) });
    const response = await fetch(url, { ...init, headers });
    span.setAttribute("http.response.status_code", response.status);
    if (!response.ok) tellFailure(span, String(response.status));
    return response;
  });
}
