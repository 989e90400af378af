import { describe, expect, it, vi } from "vitest";
import { UnauthenticatedError } from "../../src/errors.ts";
import { measureRequests } from "../../src/http/request-metrics.ts";
import { listen } from "../../src/http/server.ts";
import { withClient } from "../setup/connection.ts";
import { terminateBackends, untilBlocked } from "../support/concurrency.ts";
import { UNKNOWN_ID } from "../support/factories.ts";
import { type ApiOptions, prepareApi } from "../support/graphql.ts";
import { createAsset, link } from "../support/graphql-operations.ts";
import { Scrapes } from "../support/metrics.ts";
import { alterDatabase } from "../support/owner.ts";

const api = prepareApi({ slowOperationMs: 60_000, retry: { minDelayMs: 1, maxDelayMs: 10 } });

function open(options: ApiOptions = {}) {
  const scrapes = new Scrapes();
  return { scrapes, ...api.open({ ...options, metrics: scrapes.metrics }) };
}

const OPERATIONS = "servo_graphql_operations_total";
const post = (body: string, headers = {}): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json", "x-tenant-id": "acme", ...headers },
  body,
});

describe("operations are counted", () => {
  it("by their type, field and code", async () => {
    const { scrapes, asTenant, nobody } = open();
    const tenant = asTenant("counted");
    await tenant.query("query Mine { mine: assets { totalCount } }");
    await tenant.query("{ assets { totalCount } workflows { totalCount } }");
    await tenant.query("{ __schema { queryType { name } } }");
    await createAsset(tenant, { name: "once" });
    for (const client of [tenant, nobody])
      await client.send('mutation { createAsset(input: { name: "once", assetType: "t" }) { asset { id } } }');
    await tenant.send(`mutation { deleteAsset(input: { id: "${UNKNOWN_ID}" }) { deletedId } }`);
    await tenant.send('{ asset(id: "none") { id } }');
    expect(scrapes.counts(OPERATIONS)).toEqual({
      "query assets OK": 1,
      "query several OK": 1,
      "query introspection OK": 1,
      "mutation createAsset OK": 1,
      "mutation createAsset CONFLICT": 1,
      "mutation createAsset FORBIDDEN": 1,
      "mutation deleteAsset NOT_FOUND": 1,
      "query asset BAD_USER_INPUT": 1,
    });
    expect(scrapes.counts("servo_graphql_operation_duration_seconds_count")).toEqual({
      "query assets": 1,
      "query several": 1,
      "query introspection": 1,
      "mutation createAsset": 3,
      "mutation deleteAsset": 1,
      "query asset": 1,
    });
  });

  it("by the worst of their errors", async () => {
    const { scrapes, asTenant } = open();
    await asTenant("worst").send('{ bad: asset(id: "none") { id } assets(after: "none") { totalCount } }');
    await alterDatabase(api.store.database, "ALTER TABLE workflows RENAME TO hidden");
    try {
      await asTenant("worst").send('{ asset(id: "none") { id } workflows { totalCount } }');
    } finally {
      await alterDatabase(api.store.database, "ALTER TABLE hidden RENAME TO workflows");
    }
    expect(scrapes.counts(OPERATIONS)).toEqual({
      "query several BAD_USER_INPUT": 1,
      "query several INTERNAL_SERVER_ERROR": 1,
    });
  });

  it("also where they are refused before they are executed", async () => {
    const { scrapes, fetch } = open({ limits: { maxBodyBytes: 1024, maxCost: 500 } });
    await fetch("/graphql", post("no JSON"));
    await fetch("/graphql", post(JSON.stringify({ query: `{ __typename }${" ".repeat(1024)}` })));
    await fetch("/graphql", post(JSON.stringify({ query: "{ nothing }" })));
    await fetch("/graphql", post(JSON.stringify({ query: "{ assets(first: 1000) { nodes { id } } }" })));
    await fetch("/graphql", post("[]"));
    await fetch("/graphql", post(JSON.stringify({ query: "{ __typename }" }), { "x-tenant-id": "~" }));
    expect(scrapes.counts(OPERATIONS)).toEqual({
      "none none BAD_USER_INPUT": 3,
      "none none LIMIT_EXCEEDED": 2,
      "query assets LIMIT_EXCEEDED": 1,
    });
    expect(scrapes.samples("servo_graphql_operation_duration_seconds_count")).toEqual([]);
  });

  it("also where nobody known asks", async () => {
    const authenticate = () => {
      throw new UnauthenticatedError("A token is needed.");
    };
    const { scrapes, nobody } = open({ authenticate });
    await nobody.send("{ __typename }");
    expect(scrapes.counts(OPERATIONS)).toEqual({ "none none UNAUTHENTICATED": 1 });
  });

  it("each of a batch", async () => {
    const { scrapes, fetch } = open({ limits: { maxOperationsPerRequest: 4, maxCost: 500 } });
    const documents = [
      "{ assets { nodes { id } } }",
      '{ asset(id: "none") { id } }',
      "{ assets(first: 1000) { nodes { id } } }",
      "{ nothing }",
    ];
    const response = await fetch("/graphql", post(JSON.stringify(documents.map((query) => ({ query })))));
    expect(await response.json()).toHaveLength(4);
    expect(scrapes.counts(OPERATIONS)).toEqual({
      "query assets LIMIT_EXCEEDED": 1,
      "query asset BAD_USER_INPUT": 1,
      "query assets OK": 1,
      "none none BAD_USER_INPUT": 1,
    });
  });
});

/** Serves an API as the program does. */
async function serving<T>(
  app: Parameters<typeof measureRequests>[0],
  scrapes: Scrapes,
  work: (url: string) => Promise<T>,
) {
  const server = await listen(measureRequests(app, scrapes.metrics.requests), { host: "127.0.0.1", port: 0 });
  try {
    return await work(server.url);
  } finally {
    await server.close(0);
  }
}

describe("HTTP requests are counted", () => {
  it("by their method, path and status", async () => {
    const { scrapes, app } = open();
    await serving(app, scrapes, async (url) => {
      await fetch(`${url}/health/live`);
      await fetch(`${url}/graphql`, post("no JSON"));
      await fetch(`${url}/graphql?query={__typename}`, { headers: { "x-tenant-id": "acme" } });
      for (const method of ["DELETE", "PURGE"]) await fetch(`${url}/${method}/of/tenant-1`, { method });
    });
    expect(scrapes.counts("servo_http_requests_total")).toEqual({
      "GET /health/live 200": 1,
      "POST /graphql 400": 1,
      "GET /graphql 200": 1,
      "other other 404": 2,
    });
    expect(scrapes.counts("servo_http_request_duration_seconds_count")).toEqual({
      "/health/live": 1,
      "/graphql": 2,
      other: 2,
    });
  });

  it("as aborted where the client has gone, whose operation is no failure", async () => {
    const { scrapes, app } = open();
    await serving(app, scrapes, (url) =>
      withClient(api.store.database.ownerUrl, async (owner) => {
        await owner.query("BEGIN; LOCK TABLE workflows IN ACCESS EXCLUSIVE MODE");
        const going = new AbortController();
        const asked = fetch(`${url}/graphql`, {
          ...post(JSON.stringify({ query: "{ workflows { totalCount } }" })),
          signal: going.signal,
        });
        await untilBlocked(api.store.database);
        going.abort();
        await expect(asked).rejects.toThrow("aborted");
        await vi.waitFor(() =>
          expect(scrapes.counts("servo_http_requests_total")).toEqual({ "POST /graphql aborted": 1 }),
        );
        await owner.query("COMMIT");
      }),
    );
    await vi.waitFor(() =>
      expect(scrapes.counts("servo_graphql_operation_duration_seconds_count")).toEqual({
        "query workflows": 1,
      }),
    );
    expect(
      Object.keys(scrapes.counts(OPERATIONS)).filter((told) => told !== "query workflows ABANDONED"),
    ).toEqual([]);
  });
});

describe("what the database does is counted", () => {
  it("by methods of repositories, their statements and errors, and connections", async () => {
    const { scrapes, asTenant, database } = open({ pool: { max: 3 } });
    const tenant = asTenant("database");
    const { id } = await createAsset(tenant);
    await tenant.query(`{ asset(id: "${id}") { id lineage { nodeCount } } }`);
    await tenant.send(`mutation { deleteAsset(input: { id: "${UNKNOWN_ID}" }) { deletedId } }`);
    expect(scrapes.counts("servo_db_operation_duration_seconds_count")).toMatchObject({
      "asset.insert": 1,
      "asset.findManyByIds": 2,
      "lineage.walk": 1,
      "asset.remove": 1,
    });
    expect(scrapes.counts("servo_db_operation_errors_total")).toEqual({ "asset.remove NOT_FOUND": 1 });
    expect(scrapes.counts("servo_db_statements_total")).toMatchObject({ "asset.findManyByIds": 2 });
    expect(scrapes.counts("servo_db_pool_acquire_duration_seconds_count")).toEqual({ "main ok": 3 });
    expect(scrapes.counts("servo_lineage_answers_total")).toEqual({ "lineage.find COMPLETE": 1 });
    await vi.waitFor(() => expect(scrapes.counts("servo_db_pool_connections_used")).toEqual({}));
    expect(scrapes.counts("servo_db_pool_connections_max")).toEqual({ main: 3 });
    expect(scrapes.counts("servo_db_pool_connections_idle")).toEqual({ main: database.pool.totalCount });
  });

  it("by why it was tried again", async () => {
    const { scrapes, asTenant } = open();
    await withClient(api.store.database.ownerUrl, async (owner) => {
      await owner.query("BEGIN; LOCK TABLE workflows IN ACCESS EXCLUSIVE MODE");
      const asked = asTenant("retried").query("{ workflows { nodes { id } } }");
      await untilBlocked(api.store.database);
      expect(await terminateBackends(api.store.database, "/* workflow.page */")).toBe(1);
      await owner.query("COMMIT");
      await asked;
    });
    expect(scrapes.counts("servo_db_retries_total")).toEqual({ interrupted: 1 });
    expect(scrapes.counts("servo_db_operation_errors_total")).toEqual({ "workflow.page UNAVAILABLE": 1 });
    expect(scrapes.counts(OPERATIONS)).toEqual({ "query workflows OK": 1 });
    // Or the first of each kind would be no change, and alert nobody.
    const kinds = scrapes.samples("servo_db_retries_total").map(({ labels }) => labels.kind);
    expect(kinds).toEqual(expect.arrayContaining(["serialization", "lock", "connect", "exhausted"]));
  });

  it("by why no connection could be had, while the database is away", async () => {
    const { scrapes, asTenant } = open({
      url: "postgres://servo_server@127.0.0.1:1/servo",
      retry: { attempts: 2 },
    });
    await asTenant("away").send("{ assets { totalCount } }");
    expect(scrapes.counts("servo_db_pool_acquire_duration_seconds_count")).toEqual({ "main connect": 2 });
    expect(scrapes.counts("servo_db_retries_total")).toEqual({ connect: 1 });
    expect(scrapes.counts(OPERATIONS)).toEqual({ "query assets UNAVAILABLE": 1 });
  });

  it("by how many wait for a connection and for their turn, whom a scrape does not hinder", async () => {
    const { scrapes, asTenant } = open({
      pool: { max: 2, acquireTimeoutMs: 200 },
      share: { slots: 3, slotsPerTenant: 3, waitingPerTenant: 9, waitMs: 60_000 },
    });
    await withClient(api.store.database.ownerUrl, async (owner) => {
      await owner.query("BEGIN; LOCK TABLE workflows IN ACCESS EXCLUSIVE MODE");
      const asked = Array.from({ length: 5 }, () => asTenant("many").send("{ workflows { totalCount } }"));
      await untilBlocked(api.store.database, 2);
      expect(scrapes.counts("servo_graphql_operations_running")).toEqual({ main: 3 });
      expect(scrapes.counts("servo_graphql_operations_waiting")).toEqual({ main: 2 });
      expect(scrapes.counts("servo_graphql_operations_slots")).toEqual({ main: 3 });
      expect(scrapes.counts("servo_graphql_tenants_busy")).toEqual({ main: 1 });
      expect(scrapes.counts("servo_db_pool_connections_used")).toEqual({ main: 2 });
      expect(scrapes.counts("servo_db_pool_waiting")).toEqual({ main: 1 });
      await vi.waitFor(() =>
        expect(scrapes.counts(OPERATIONS)).toEqual({ "query workflows UNAVAILABLE": 3 }),
      );
      await owner.query("COMMIT");
      await Promise.all(asked);
    });
    expect(scrapes.counts("servo_db_pool_acquire_duration_seconds_count")).toEqual({
      "main ok": 2,
      "main exhausted": 3,
    });
  });
});

it("answers about lineage are counted by how whole they are, with how many assets they have", async () => {
  const { scrapes, asTenant } = open();
  const tenant = asTenant("lineage");
  const chain = await Promise.all(Array.from({ length: 4 }, () => createAsset(tenant)));
  const [top, , , bottom] = chain.map(({ id }) => id);
  await link(
    tenant,
    chain.slice(1).map(({ id }, index) => [chain[index]?.id ?? "", id]),
  );
  await tenant.query(`{
    whole: lineage(assetId: "${bottom}") { nodeCount }
    shallow: lineage(assetId: "${bottom}", maxDepth: 1) { nodeCount }
    cut: lineage(assetId: "${bottom}", maxNodes: 2) { nodeCount }
    none: lineage(assetId: "${UNKNOWN_ID}") { nodeCount }
    impact(assetId: "${top}") { nodes { depth } }
    lineageCounts(assetId: "${bottom}") { nodeCount }
    lineagePaths(from: "${top}", to: "${bottom}") { completeness }
  }`);
  expect(scrapes.counts("servo_lineage_answers_total")).toEqual({
    "lineage.find COMPLETE": 2,
    "lineage.find DEPTH_LIMITED": 1,
    "lineage.find NODE_LIMITED": 1,
    "lineage.count COMPLETE": 1,
    "lineage.findPaths COMPLETE": 1,
  });
  expect(scrapes.counts("servo_lineage_nodes_sum")).toEqual({
    "lineage.find": 4 + 2 + 2 + 4,
    "lineage.count": 4,
    "lineage.findPaths": 4,
  });
});
