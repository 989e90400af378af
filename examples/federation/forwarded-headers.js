import { randomUUID } from "node:crypto";

/**
 * What the subgraphs learn of a request: who asks, and how to find it in logs and traces. Nothing else of it is passed on:
 * `x-servo-role`, for one, would let a client make itself the system.
 */
const FORWARDED = ["authorization", "x-tenant-id", "x-request-id", "traceparent", "tracestate"];

/**
 * The headers for the subgraphs, from those of a client. A request without an id gets one.
 *
 * @param {(name: string) => string | null | undefined} header reads one of the client's headers
 * @returns {Record<string, string>}
 */
export function forwardedHeaders(header) {
  const given = FORWARDED.map((name) => [name, header(name)]).filter(([, value]) => value);
  return { "x-request-id": randomUUID(), ...Object.fromEntries(given) };
}
