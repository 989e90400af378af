import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { terminateBackends } from "../support/concurrency.ts";
import { prepareKeyProvider } from "../support/key-provider.ts";
import type { LogLine } from "../support/log-lines.ts";
import { alterDatabase } from "../support/owner.ts";
import { prepareProgram, type RunningProgram } from "../support/program.ts";
import { storeGlobalRows, storeRichTenant } from "../support/rich-tenant.ts";
import { prepareStorage } from "../support/storage.ts";
import { AUDIENCE, ISSUER } from "../support/tokens.ts";
import { prepareTraceReceiver, type ReceivedSpan } from "../support/trace-receiver.ts";

const test = prepareProgram();
const storage = prepareStorage();
const receiver = prepareTraceReceiver();

/** A program that sends its traces to the receiver of the test. */
const serve = (environment: Readonly<Record<string, string>> = {}) =>
  test.serve({
    DATABASE_URL: storage.database.applicationUrl,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.current.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    HEAVY_WORKERS: "0",
    SLOW_OPERATION_MS: "0",
    ...environment,
  });

const newTrace = () => ({
  traceId: randomBytes(16).toString("hex"),
  parentId: randomBytes(8).toString("hex"),
});

/** Sends an operation as the tenant `acme`. */
function send(url: string, query: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-tenant-id": "acme", ...headers },
    body: JSON.stringify({ query }),
  });
}

/** The log of a program, once it has ended as it should. */
async function linesOf(program: RunningProgram): Promise<LogLine[]> {
  const { code, stdout } = await program.end();
  expect(code).toBe(0);
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** A span's name, within those of its parents. */
function placeOf({ name, kind, parentSpanId }: ReceivedSpan): string {
  const parent = receiver.current.spans.find(({ spanId }) => spanId === parentSpanId);
  const own = kind === 3 ? `[${name}]` : name;
  return parent === undefined ? own : `${placeOf(parent)} > ${own}`;
}

const NESTED =
  "query Nested { assets(first: 2) { nodes { name upstream { nodes { upstream { name } } } } } }";
/** So long that a thread executes it. */
const HEAVY = "query Heavy { assets(first: 1000) { nodes { id name } } }";

beforeAll(async () => {
  await storeGlobalRows(storage);
  for (const id of ["acme", "secret-t"])
    await storeRichTenant({ id, run: (work, options) => storage.asTenant(id, work, options) });
});

describe("a request in the traces", () => {
  it("holds its operation, that the calls of repositories, and those their statements, also of batches", async () => {
    const { url, program } = await serve();
    const { traceId, parentId } = newTrace();
    expect((await send(url, NESTED, { traceparent: `00-${traceId}-${parentId}-01` })).status).toBe(200);
    const lines = await linesOf(program);
    const request = "POST /graphql > query";
    expect(receiver.current.spans.map(placeOf).sort()).toEqual(
      [
        ...["POST /graphql", request, `${request} > asset.page`],
        ...[`${request} > asset.page > pool.acquire`, `${request} > asset.page > [asset.page]`],
        ...[`${request} > dependency.pagesByAsset`],
        ...[`${request} > dependency.pagesByAsset > [dependency.pagesByAsset]`],
        ...[`${request} > asset.findManyByIds`, `${request} > asset.findManyByIds > [asset.findManyByIds]`],
      ].sort(),
    );
    expect(new Set(receiver.current.spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    expect(receiver.current.span("POST /graphql")).toMatchObject({
      kind: 2,
      parentSpanId: parentId,
      attributes: {
        "http.request.method": "POST",
        "http.route": "/graphql",
        "url.path": "/graphql",
        "url.scheme": "http",
        "http.response.status_code": 200,
      },
    });
    expect(receiver.current.span("query").attributes).toEqual({
      "graphql.operation.type": "query",
      "graphql.operation.name": "Nested",
    });
    expect(receiver.current.span("asset.page", 3).attributes).toEqual({
      "db.system.name": "postgresql",
      "db.operation.name": "asset.page",
      "db.query.summary": "asset.page",
    });
    for (const { status } of receiver.current.spans) expect(status.code).not.toBe(2);

    const ofRequest = lines.filter(({ request_id }) => request_id !== undefined);
    expect(ofRequest.map(({ message, span_id }) => [message, span_id])).toEqual([
      ["Slow database operation detected", receiver.current.span("asset.page", 1).spanId],
      ["Slow database operation detected", receiver.current.span("dependency.pagesByAsset", 1).spanId],
      ["Slow database operation detected", receiver.current.span("asset.findManyByIds", 1).spanId],
      ["Request answered", receiver.current.span("POST /graphql").spanId],
    ]);
    for (const line of ofRequest) expect(line.trace_id).toBe(traceId);
    const others = lines.filter(({ request_id }) => request_id === undefined);
    expect(others.length).toBeGreaterThanOrEqual(3);
    for (const line of others) expect(line).not.toHaveProperty("trace_id");
  });

  it("is continued by the thread that executes it", async () => {
    const { url, program } = await serve({ HEAVY_WORKERS: "1" });
    const { traceId, parentId } = newTrace();
    expect((await send(url, HEAVY, { traceparent: `00-${traceId}-${parentId}-01` })).status).toBe(200);
    expect((await send(url, HEAVY)).status).toBe(200);
    const lines = await linesOf(program);
    const continued = receiver.current.spans.filter((span) => span.traceId === traceId);
    const request = "POST /graphql > query > asset.page";
    expect(continued.map(placeOf).sort()).toEqual(
      [
        "POST /graphql",
        "POST /graphql > query",
        request,
        `${request} > pool.acquire`,
        `${request} > [asset.page]`,
      ].sort(),
    );
    const slow = lines.find(({ message }) => message === "Slow database operation detected");
    const page = continued.find(({ name, kind }) => name === "asset.page" && kind === 1);
    expect(slow).toMatchObject({ operation_name: "Heavy", trace_id: traceId, span_id: page?.spanId });
    // The next one is in a trace of its own.
    expect(receiver.current.spans.length).toBe(2 * continued.length);
  });

  it("begins a trace of its own where traceparent is none", async () => {
    const { url, program } = await serve();
    const wrong = {
      malformed: "00-xyz-b7ad6b7169203331-01",
      "of zeros": `00-${"0".repeat(32)}-b7ad6b7169203331-01`,
      "of a version that cannot be": "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "with more than its version has": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
      empty: "",
    };
    for (const [what, traceparent] of Object.entries(wrong))
      expect([what, (await send(url, "{ __typename }", { traceparent })).status]).toEqual([what, 200]);
    await program.end();
    const begun = receiver.current.spans.filter(({ name }) => name === "POST /graphql");
    expect(begun.map(({ parentSpanId }) => parentSpanId)).toEqual(Object.keys(wrong).map(() => undefined));
    const traces = new Set(begun.map(({ traceId }) => traceId));
    expect(traces.size).toBe(begun.length);
    for (const traceId of traces) expect(traceId).toMatch(/^(?!0af7651916cd43dd)[0-9a-f]{32}$/);
  });

  it("is not kept where whoever began the trace does not keep it, and is in the log all the same", async () => {
    const { url, program } = await serve();
    const { traceId, parentId } = newTrace();
    await send(url, "{ __typename }", { traceparent: `00-${traceId}-${parentId}-00` });
    expect((await linesOf(program)).find(({ message }) => message === "Request answered")).toMatchObject({
      trace_id: traceId,
    });
    expect(receiver.current.deliveries).toEqual([]);
  });

  it("tells what it failed with, by its code alone", async () => {
    const { url, program } = await serve({ RETRY_ATTEMPTS: "1" });
    const ask = (query: string) => send(url, query).then((answer) => answer.text());
    await ask('mutation { createAsset(input: { name: "twice", assetType: "t" }) { asset { id } } }');
    await ask('mutation Again { createAsset(input: { name: "twice", assetType: "t" }) { asset { id } } }');
    await ask("query Unknown { nope }");
    await alterDatabase(storage.database, "ALTER TABLE workflows RENAME TO hidden_workflows");
    await ask("query Broken { workflows { totalCount } }").finally(() =>
      alterDatabase(storage.database, "ALTER TABLE hidden_workflows RENAME TO workflows"),
    );
    await program.end();
    const told = receiver.current.spans
      .filter(({ attributes }) => "error.type" in attributes)
      .map((span) => [span.name, span.kind, span.attributes["error.type"], span.status.code === 2]);
    expect(told).toEqual([
      ["asset.insert", 3, "23505", true],
      ["asset.insert", 1, "CONFLICT", false],
      ["mutation", 1, "CONFLICT", false],
      ["query", 1, "BAD_USER_INPUT", false],
      ["workflow.page", 3, "42P01", true],
      ["workflow.page", 1, "INTERNAL_SERVER_ERROR", true],
      ["query", 1, "INTERNAL_SERVER_ERROR", true],
    ]);
  });

  it("is there for what is no operation, but not for probes", async () => {
    const { url, program } = await serve();
    for (const path of ["health/live", "health/ready", "nope?x=secret", "graphql"])
      await fetch(`${url}/${path}`);
    await program.end();
    expect(receiver.current.spans.map(({ name, attributes }) => [name, attributes["url.path"]])).toEqual([
      ["GET", "/nope"],
      ["GraphQL Operation", undefined],
      ["GET /graphql", "/graphql"],
    ]);
  });
});

describe("traces", () => {
  it("hold no tenant, id, value of a variable, literal or header", async () => {
    const { url, program } = await serve({ HEAVY_WORKERS: "1" });
    const secrets = { "x-tenant-id": "secret-t", authorization: "Bearer secret", "user-agent": "secret" };
    const create = `mutation Make { createAsset(input: { name: "secret-name", assetType: "secret", tags: ["secret"] }) {
      asset { id upstream { totalCount } } } }`;
    const made = (await (await send(url, create, secrets)).json()) as {
      data: { createAsset: { asset: { id: string } } };
    };
    const { id } = made.data.createAsset.asset;
    for (const query of [
      ...[create, HEAVY, `{ asset(id: "${id}") { name lineage { nodeCount } } }`],
      ...['{ assetByName(name: "secret-name", secret: 1) { id } }', '{ asset(id: "secret") { id } }'],
    ])
      await send(url, query, secrets);
    await fetch(`${url}/graphql?query={assetByName(name:"secret-name"){id}}`, { headers: secrets });
    await program.end();
    expect(receiver.current.spans.length).toBeGreaterThan(25);
    expect(receiver.current.text).not.toContain("secret");
    expect(receiver.current.text).not.toContain(id);
  });

  it("do not take in what happens to a connection that a request has opened", async () => {
    const { url, program } = await serve();
    // That from the start, and then the request's.
    await terminateBackends(storage.database, "");
    await program.untilItSays(/lost while idle/);
    await send(url, "query Opens { assets { totalCount } }");
    await terminateBackends(storage.database, "");
    await program.untilItSays(/"Opens"[\s\S]*lost while idle/);
    const lost = (await linesOf(program)).filter(({ message }) => /lost while idle/.test(message));
    expect(lost).toHaveLength(2);
    for (const line of lost) expect(line).not.toHaveProperty("trace_id");
  });

  it("name their service, and take more from the environment", async () => {
    const { url, program } = await serve({
      OTEL_SERVICE_NAME: "catalogue",
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test,service.name=other,team=a%20b",
      OTEL_EXPORTER_OTLP_HEADERS: "x-api-key=secret-key",
    });
    await send(url, "{ __typename }");
    const { stdout, stderr } = await program.end();
    expect(receiver.current.resources).toMatchObject([
      {
        "service.name": "catalogue",
        "service.version": expect.stringMatching(/^\d+\.\d+\.\d+/),
        "deployment.environment.name": "test",
        team: "a b",
        "host.name": expect.any(String),
      },
    ]);
    expect(receiver.current.deliveries).toMatchObject([
      { path: "/v1/traces", headers: { "x-api-key": "secret-key", "content-type": "application/json" } },
    ]);
    expect(`${stdout}${stderr}`).not.toContain("secret-key");
  });

  it("go out as protobuf unless told otherwise, to whatever path is named", async () => {
    const { url, program } = await serve({
      OTEL_EXPORTER_OTLP_PROTOCOL: "",
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.current.url}/otlp/in`,
    });
    await send(url, "query Packed { assets { totalCount } }");
    await program.end();
    expect(receiver.current.deliveries).toMatchObject([
      { path: "/otlp/in", headers: { "content-type": "application/x-protobuf" } },
    ]);
    for (const name of ["servo-storage", "POST /graphql", "Packed", "asset.page", "db.system.name"])
      expect(receiver.current.text).toContain(name);
  });

  it("keep the share that is asked for", async () => {
    const { url, program } = await serve({
      OTEL_TRACES_SAMPLER: "traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "0",
    });
    const { traceId, parentId } = newTrace();
    await send(url, "{ __typename }", { traceparent: `00-${traceId}-${parentId}-01` });
    await program.end();
    expect(receiver.current.deliveries).toEqual([]);
  });
});

describe("a provider of keys", () => {
  const provider = prepareKeyProvider();

  it("is asked within the trace, and told it", async () => {
    const sign = provider.current.addKey("first");
    const { url, program } = await serve({
      AUTH_MODE: "jwt",
      JWT_JWKS_URL: provider.current.url,
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: AUDIENCE,
      JWT_TENANT_CLAIM: "tenant",
    });
    expect((await send(url, "{ __typename }", { authorization: `Bearer ${await sign()}` })).status).toBe(200);
    await program.end();
    const { traceId, spanId, kind, attributes } = receiver.current.span("GET");
    expect(kind).toBe(3);
    expect(attributes).toMatchObject({
      "http.request.method": "GET",
      "http.response.status_code": 200,
      "server.address": "127.0.0.1",
    });
    expect(provider.current.askedWith.map(({ traceparent }) => traceparent)).toEqual([
      `00-${traceId}-${spanId}-01`,
    ]);
  });
});
