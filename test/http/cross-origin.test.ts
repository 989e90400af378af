import { describe, expect, it } from "vitest";
import { readAnswer } from "../support/answer.ts";
import { prepareApi } from "../support/graphql.ts";

const UI = "https://ui.example";
const ALLOWED = { corsOrigins: [UI, "http://localhost:5173"] };
const api = prepareApi();

const post = (headers: Record<string, string>): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json", "x-tenant-id": "acme", host: "localhost", ...headers },
  body: JSON.stringify({ query: "{ __typename }" }),
});
const corsOf = ({ headers }: Response) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith("access-control-")));

describe("what a browser sends for another host's page is refused:", () => {
  it.each<[what: string, headers: Record<string, string>]>([
    ["cross-site", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }],
    ["cross-site without an origin", { "sec-fetch-site": "cross-site" }],
    ["same-site", { "sec-fetch-site": "same-site", origin: "http://other.localhost" }],
    ["over plain HTTP", { origin: "http://evil.example" }],
    ["from another port", { origin: "http://localhost:8080" }],
    ["from a sandbox", { origin: "null" }],
  ])("%s", async (_, headers) => {
    const { fetch, statements } = api.open();
    const response = await fetch("/graphql", post(headers));
    expect(corsOf(response)).toEqual({});
    expect(await readAnswer(response)).toMatchObject({
      status: 403,
      data: undefined,
      errors: [{ message: expect.stringContaining("CORS_ORIGINS"), extensions: { code: "FORBIDDEN" } }],
    });
    const read = await fetch("/graphql?query={__typename}", { headers: { host: "localhost", ...headers } });
    expect(read.status).toBe(403);
    expect(statements.sent).toEqual([]);
  });
});

describe("answered is what comes", () => {
  it.each<[what: string, headers: Record<string, string>]>([
    ["from a program", {}],
    ["from GraphiQL", { "sec-fetch-site": "same-origin", origin: "http://localhost" }],
    ["from GraphiQL over plain HTTP", { origin: "http://localhost" }],
    [
      "from behind a proxy that changes the host",
      { "sec-fetch-site": "same-origin", origin: "https://api.example" },
    ],
    ["from the address bar", { "sec-fetch-site": "none" }],
  ])("%s", async (_, headers) => {
    expect((await readAnswer(await api.fetch("/graphql", post(headers)))).status).toBe(200);
  });

  it("by a link, for the page of GraphiQL", async () => {
    const headers = { accept: "text/html", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    expect((await api.fetch("/graphql", { headers })).status).toBe(200);
  });
});

describe("the origins that are allowed", () => {
  const { open } = api;
  const preflight = (origin: string): RequestInit => ({
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type,x-tenant-id",
    },
  });

  it("may ask, and read the answer and its request id", async () => {
    const { fetch } = open({ exposure: ALLOWED });
    for (const origin of ALLOWED.corsOrigins) {
      const asked = await fetch("/graphql", preflight(origin));
      expect(asked.status).toBe(204);
      expect(corsOf(asked)).toEqual({
        "access-control-allow-origin": origin,
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers":
          "authorization, content-type, x-tenant-id, x-servo-role, x-request-id",
        "access-control-expose-headers": "x-request-id",
        "access-control-max-age": "600",
      });
      const response = await fetch("/graphql", post({ origin, "sec-fetch-site": "cross-site" }));
      expect(corsOf(response)).toMatchObject({ "access-control-allow-origin": origin });
      expect(response.headers.get("vary")).toBe("Origin");
      expect((await readAnswer(response)).data).toEqual({ __typename: "Query" });
    }
  });

  it("are told of refusals too", async () => {
    const { fetch } = open({ exposure: ALLOWED });
    const response = await fetch("/graphql", post({ origin: UI, "x-tenant-id": "" }));
    expect(corsOf(response)).toMatchObject({ "access-control-allow-origin": UI });
    expect((await readAnswer(response)).status).toBe(400);
  });

  it.each([
    "https://evil.example",
    `${UI}.evil.example`,
    "http://ui.example",
    `${UI}:8443`,
    "null",
    UI.toUpperCase(),
  ])("are those alone: %s", async (origin) => {
    const { fetch } = open({ exposure: ALLOWED });
    const asked = await fetch("/graphql", preflight(origin));
    expect(corsOf(asked)).toEqual({});
    const response = await fetch("/graphql", post({ origin, "sec-fetch-site": "cross-site" }));
    expect(corsOf(response)).toEqual({});
    expect(response.headers.get("vary")).toBe("Origin");
    expect((await readAnswer(response)).status).toBe(403);
  });
});
