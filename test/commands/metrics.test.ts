import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { withClient } from "../setup/connection.ts";
import { untilBlocked } from "../support/concurrency.ts";
import { announcedBy } from "../support/embedded-server.ts";
import { parseExposition } from "../support/exposition.ts";
import { prepareProgram, type RunningProgram, refusalLine } from "../support/program.ts";
import { prepareStorage } from "../support/storage.ts";

const storage = prepareStorage();
const test = prepareProgram();
let environment: Readonly<Record<string, string>>;
beforeAll(() => {
  environment = { DATABASE_URL: storage.database.applicationUrl, SHUTDOWN_DELAY_MS: "0" };
});

const serve = (more: Readonly<Record<string, string>> = {}) =>
  test.serve({ ...environment, METRICS_PORT: "0", ...more });

async function addressOf(program: RunningProgram): Promise<string> {
  const [, address = ""] = await program.untilItSays(/Metrics at (http:\/\/[^"\s]+)/);
  return address;
}

/** The value of a series, by its name and some of its labels; undefined where there is none. */
async function scraped(address: string, name: string, labels: object = {}): Promise<number | undefined> {
  const samples = [...parseExposition(await (await fetch(address)).text()).values()].flatMap(
    (family) => family.samples,
  );
  const isMeant = (sample: { name: string; labels: Readonly<Record<string, string>> }) =>
    sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value);
  return samples.find(isMeant)?.value;
}

const HELD = "{ workflows { totalCount } }";

/** Holds who reads workflows until `work` has let go. */
async function whileHeld<T>(work: (letGo: () => Promise<unknown>) => Promise<T>): Promise<T> {
  return withClient(storage.database.ownerUrl, async (owner) => {
    await owner.query("BEGIN; LOCK TABLE workflows IN ACCESS EXCLUSIVE MODE");
    return work(() => owner.query("COMMIT"));
  });
}

describe("without METRICS_PORT", () => {
  it("nothing is measured, and the API tells nothing at /metrics", async () => {
    const service = await test.serve(environment);
    expect((await fetch(`${service.url}/metrics`)).status).toBe(404);
    const { stdout } = await service.program.end();
    expect(stdout).not.toContain("Metrics at");
  });
});

describe("with METRICS_PORT", () => {
  it("what the service does is told at an address of its own, and not at the API's", async () => {
    const { url, program, graphql } = await serve({ HEAVY_WORKERS: "1" });
    const address = await addressOf(program);
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    for (const headers of [{}, { "x-tenant-id": "acme" }, { "x-servo-role": "system" }])
      expect((await fetch(`${url}/metrics`, { headers })).status).toBe(404);
    const answer = await fetch(address);
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(await answer.text()).toMatch(/^# HELP servo_build_info /);

    await graphql("{ assets { totalCount } }");
    await graphql("query Heavy { assets(first: 1000) { nodes { id name } } }");
    expect(await scraped(address, "servo_graphql_operations_total", { field: "assets", code: "OK" })).toBe(2);
    expect(await scraped(address, "servo_http_requests_total", { method: "POST", status: "200" })).toBe(2);
    const acquired = "servo_db_pool_acquire_duration_seconds_count";
    expect(await scraped(address, acquired, { lane: "main", outcome: "ok" })).toBe(1);
    expect(await scraped(address, acquired, { lane: "heavy", outcome: "ok" })).toBe(1);
    expect(await scraped(address, "servo_graphql_operations_slots", { lane: "main" })).toBe(9);
    expect(await scraped(address, "servo_db_pool_connections_max", { lane: "heavy" })).toBe(1);
    await program.end();
  });

  it("nothing else is answered there", async () => {
    const { program } = await serve();
    const address = await addressOf(program);
    const statusOf = async (path: string, method = "GET") =>
      (await fetch(new URL(path, address), { method })).status;
    expect(await statusOf("/metrics?x=1")).toBe(200);
    expect(await statusOf("/metrics", "HEAD")).toBe(200);
    expect(await statusOf("/metrics", "POST")).toBe(405);
    for (const path of ["/", "/graphql", "/health/live", "/metrics/", "/x//metrics"])
      expect(await statusOf(path)).toBe(404);
    await program.end();
  });

  it("a scrape takes no connection: it is answered while all are in use", async () => {
    const { program, graphql } = await serve({ POOL_MAX: "1", HEAVY_WORKERS: "0" });
    const address = await addressOf(program);
    await whileHeld(async (letGo) => {
      const asked = graphql(HELD);
      await untilBlocked(storage.database);
      expect(await scraped(address, "servo_db_pool_connections_used", { lane: "main" })).toBe(1);
      expect(await scraped(address, "servo_db_pool_connections_max", { lane: "main" })).toBe(1);
      await letGo();
      await asked;
    });
    await program.end();
  });

  it("it is answered while the service ends, and does not hold up the end", async () => {
    const { url, program, graphql } = await serve();
    const address = await addressOf(program);
    await whileHeld(async (letGo) => {
      const asked = graphql(HELD);
      await untilBlocked(storage.database);
      program.process.kill("SIGTERM");
      await program.untilItSays(/Shutting down/);
      await expect.poll(() => fetch(`${url}/health/live`).catch(() => "refused")).toBe("refused");
      expect(await scraped(address, "servo_graphql_operations_running", { lane: "main" })).toBe(1);
      await letGo();
      await asked;
    });
    expect(await program.ended).toMatchObject({ code: 0 });
    await expect(fetch(address)).rejects.toThrow("fetch failed");
  });

  it("it is answered while the database is away", async () => {
    const folder = test.folder();
    const { program, graphql } = await test.serve({
      DATA_DIR: folder,
      METRICS_PORT: "0",
      RETRY_ATTEMPTS: "1",
    });
    const address = await addressOf(program);
    await graphql("{ assets { totalCount } }");
    process.kill(announcedBy(folder).postmaster, "SIGQUIT");
    await expect.poll(() => graphql("{ assets { totalCount } }").catch(String)).toContain("UNAVAILABLE");
    const failed = { lane: "main", outcome: "connect" };
    await expect
      .poll(async () => {
        await graphql("{ assets { totalCount } }").catch(() => undefined);
        return scraped(address, "servo_db_pool_acquire_duration_seconds_count", failed);
      })
      .toBeGreaterThan(0);
    await program.end();
  });
});

describe("a program whose METRICS_PORT is taken", () => {
  it("says so in one line, and starts nothing", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const address = other.address();
    const port = typeof address === "object" ? String(address?.port) : "";
    const outcome = await test.run(["serve"], { ...environment, METRICS_PORT: port, LOG_LEVEL: "silent" });
    other.close();
    expect(outcome.code).toBe(1);
    expect(refusalLine(outcome)).toMatch(
      new RegExp(`^servo-storage: METRICS_HOST and METRICS_PORT cannot be listened on: .*${port}`),
    );
  });
});

it("a program that cannot serve does not go on telling its metrics", async () => {
  const program = test.start(["serve"], {
    ...environment,
    DATABASE_URL: "postgres://u@127.0.0.1:1/x",
    METRICS_PORT: "0",
  });
  const ended = await Promise.race([program.ended, delay(20_000)]);
  expect(ended).toMatchObject({ code: 1 });
});
