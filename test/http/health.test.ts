import { describe, expect, it } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { authenticateByHeader } from "../../src/http/header-authentication.ts";
import { createLogger } from "../../src/logger.ts";
import { prepareApi } from "../support/graphql.ts";

const api = prepareApi();
const logger = createLogger({ level: "silent", format: "json" });

describe("/health/ready", () => {
  it("says yes while the database answers", async () => {
    const response = await api.fetch("/health/ready");
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "ready" });
  });

  it("takes one connection for all that ask at once", async () => {
    let taken = 0;
    const { pool } = api.database;
    const count = () => {
      taken += 1;
    };
    pool.on("acquire", count);
    const answers = await Promise.all(Array.from({ length: 50 }, () => api.fetch("/health/ready")));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(taken).toBe(1);
    expect((await api.fetch("/health/ready")).status).toBe(200);
    expect(taken).toBe(2);
    pool.off("acquire", count);
  });

  it("says no while the database is away", async () => {
    const elsewhere = new URL(api.store.database.applicationUrl);
    elsewhere.port = "1";
    const response = await api.open({ url: elsewhere.href }).fetch("/health/ready");
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: "unavailable", failed: "database" });
  });

  it("says no while the program shuts down, and serves on", async () => {
    const app = createApp({
      database: api.database,
      logger,
      authenticate: authenticateByHeader,
      isShuttingDown: () => true,
    });
    const response = await app.fetch("http://localhost/health/ready");
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: "unavailable", failed: "shutting down" });
    const query = await app.fetch("http://localhost/graphql?query={__typename}");
    expect(await query.json()).toEqual({ data: { __typename: "Query" } });
  });
});

it("/health/live says that the process answers, whatever the database does", async () => {
  const elsewhere = new URL(api.store.database.applicationUrl);
  elsewhere.port = "1";
  expect((await api.open({ url: elsewhere.href }).fetch("/health/live")).status).toBe(200);
});
