import fc from "fast-check";
import type { FuzzRequest } from "./request.ts";

const HEADERS: Readonly<Record<string, readonly string[]>> = {
  "x-tenant-id": ["~global", "", "tenant-a, tenant-a", "TENANT-A", "a'--", "é", "x".repeat(200)],
  "x-servo-role": ["system", "SYSTEM", "", "admin", "system, system"],
  "x-request-id": ["", "1", "../x", "a b", "é", "%00", "x".repeat(5000), '"}\\'],
  "content-type": [
    ...["application/graphql", "application/x-www-form-urlencoded", "text/plain", "multipart/form-data", ""],
    ...["application/json; charset=utf-16", "application/json;;", "application/graphql+json", "x"],
  ],
  accept: [
    ...["*/*", "text/html", "text/event-stream", "multipart/mixed", "application/graphql-response+json"],
    ...["x", "", "application/json;q=0, */*;q=0.1"],
  ],
  origin: ["null", "https://example.com", "é"],
  "content-encoding": ["gzip", "identity", "x"],
  authorization: ["Bearer x", "Bearer", "Basic é"],
};

const headers: fc.Arbitrary<Record<string, string>> = fc
  .array(
    fc.oneof(
      ...Object.entries(HEADERS).map(([name, values]) =>
        fc.constantFrom(...values).map((value) => [name, value]),
      ),
    ),
    { maxLength: 2 },
  )
  .map((chosen) => Object.fromEntries(chosen));

const PATHS = [
  ...["/graphql", "/graphql/", "//graphql", "/nope", "/", "/health/ready", "/graphql?query={__typename}"],
  ...[
    "/graphql?query=%FF%00",
    "/graphql?query={__typename}&variables=1",
    "/graphql?operationName=Asked&extensions=x",
  ],
];

/** How a request is wrapped. */
export interface Envelope {
  readonly headers: Readonly<Record<string, string>>;
  readonly path: string;
  readonly method: string;
  /** What comes before the body. */
  readonly front: string;
  /** How many characters of the body are cut off. */
  readonly cut: number;
}

/** Wrappings that no ordinary client makes. */
export const oddEnvelopes: fc.Arbitrary<Envelope> = fc.record({
  headers,
  path: fc.oneof({ weight: 4, arbitrary: fc.constant("/graphql") }, fc.constantFrom(...PATHS)),
  method: fc.oneof(
    { weight: 4, arbitrary: fc.constant("POST") },
    fc.constantFrom("GET", "HEAD", "PUT", "OPTIONS"),
  ),
  front: fc.constantFrom(...Array<string>(12).fill(""), "\ufeff", " \n", "\u0000", "[", "query=", "{}"),
  cut: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.nat({ max: 40 })),
});

export function wrapOddly(request: FuzzRequest, odd: Envelope): FuzzRequest {
  const { body = "", ...rest } = request;
  const wrapped = {
    ...rest,
    method: odd.method,
    path: odd.path,
    headers: { ...request.headers, ...odd.headers },
  };
  // Fetch sends none with these.
  if (odd.method === "GET" || odd.method === "HEAD") return wrapped;
  return { ...wrapped, body: odd.front + body.slice(0, body.length - odd.cut) };
}
