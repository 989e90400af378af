import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { createApp } from "../../src/http/app.ts";
import { authenticateByHeader } from "../../src/http/header-authentication.ts";
import { createLogger } from "../../src/logger.ts";
import { prepareApi } from "../support/graphql.ts";
import { operationsSection } from "../support/operations-page.ts";
import { codeIn, tableIn } from "../support/readme.ts";

const api = prepareApi();
const logger = createLogger({ level: "silent", format: "json" });

const elsewhere = () => Object.assign(new URL(api.store.database.applicationUrl), { port: "1" }).href;

describe("/health/ready", () => {
  it("says yes while the database can be served", async () => {
    const response = await api.fetch("/health/ready");
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: "ready",
      checks: { database: "ok", migrations: "ok", role: "ok" },
    });
  });

  it("names what is wrong, and no more", async () => {
    const response = await api.open({ url: elsewhere() }).fetch("/health/ready");
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      status: "unavailable",
      checks: { database: "failed", migrations: "unknown", role: "unknown" },
    });
  });

  it("says yes while all connections are in use: that is busy, and not broken", async () => {
    const { database, fetch } = api.open({ pool: { max: 1 } });
    const only = await database.pool.connect();
    try {
      expect((await fetch("/health/ready")).status).toBe(200);
    } finally {
      only.release();
    }
  });

  it("says no while the program shuts down, which serves on", async () => {
    const app = createApp({
      database: api.database,
      logger,
      authenticate: authenticateByHeader,
      probe: api.store.openProbe(),
      isShuttingDown: () => true,
    });
    const response = await app.fetch(new Request("http://localhost/health/ready"));
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: "shutting down" });
    expect((await app.fetch(new Request("http://localhost/health/live"))).status).toBe(200);
    const query = await app.fetch(new Request("http://localhost/graphql?query={__typename}"));
    expect(await query.json()).toEqual({ data: { __typename: "Query" } });
  });
});

it("/health/live says that the process answers, whatever the database does", async () => {
  const response = await api.open({ url: elsewhere() }).fetch("/health/live");
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ status: "live" });
});

describe.each(["/health/live", "/health/ready"])("%s", (path) => {
  it("is never cached, and asks for no credentials", async () => {
    for (const headers of [{}, { "x-tenant-id": "~" }]) {
      const response = await api.fetch(path, { headers });
      expect(response.status).toBe(200);
      expect(response.headers.get("cache-control")).toBe("no-store");
    }
  });

  it("answers HEAD as GET, without a body", async () => {
    const [get, head] = [await api.fetch(path), await api.fetch(path, { method: "HEAD" })];
    expect(head.status).toBe(get.status);
    expect(head.headers.get("content-type")).toBe(get.headers.get("content-type"));
    expect(await head.text()).toBe("");
  });

  it("answers nothing else", async () => {
    const response = await api.fetch(path, { method: "POST" });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET, HEAD");
  });

  it("is its whole address", async () => {
    expect((await api.fetch(`/elsewhere${path}`)).status).toBe(404);
  });
});

describe("docs/operations.md", () => {
  const section = operationsSection("Health checks");

  it("explains each check", async () => {
    const { checks } = (await (await api.fetch("/health/ready")).json()) as { checks: object };
    expect(tableIn(section).map(([name]) => name)).toEqual(Object.keys(checks).map((name) => `\`${name}\``));
  });

  it("shows probes that find what they ask for", async () => {
    const probes: Record<string, { httpGet: { path: string } }> = parse(codeIn(section, "yaml"));
    for (const { httpGet } of Object.values(probes)) expect((await api.fetch(httpGet.path)).status).toBe(200);
    expect(Object.keys(probes)).toEqual(["livenessProbe", "readinessProbe"]);
  });
});
