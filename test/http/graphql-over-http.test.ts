import { serverAudits } from "graphql-http";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type HttpServer, listen } from "../../src/http/server.ts";
import { prepareApi } from "../support/graphql.ts";

const api = prepareApi();
let server: HttpServer | undefined;

beforeAll(async () => {
  server = await listen(api.app, { host: "127.0.0.1", port: 0 });
});
afterAll(() => server?.close(1000));

const audits = serverAudits({ url: () => `${server?.url}/graphql` });

it.each(audits.map((audit) => [audit.id, audit.name, audit] as const))("%s %s", async (_, __, audit) => {
  const result = await audit.fn();
  expect(result.status === "ok" ? result.status : `${result.status}: ${result.reason}`).toBe("ok");
});

it("there are as many audits as ever", () => {
  expect(audits.length).toBeGreaterThanOrEqual(61);
});
