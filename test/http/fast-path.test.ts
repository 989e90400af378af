import { connect } from "node:net";
import { afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { UnauthenticatedError } from "../../src/errors.ts";
import { FastPath } from "../../src/http/fast-path/fast-path.ts";
import { listen } from "../../src/http/server.ts";
import { type OpenedApi, prepareApi } from "../support/graphql.ts";
import { createAsset } from "../support/graphql-operations.ts";
import { Scrapes } from "../support/metrics.ts";

const api = prepareApi({ slowOperationMs: 86_400_000 });
const limits = { maxBodyBytes: 4000, maxCost: 3000 };

const JSON_BODY = { "content-type": "application/json", "x-tenant-id": "acme" };
const NAMES = "query Names { assets(first: 3) { totalCount nodes { name } } }";
const ONE = "query One($id: ID!) { asset(id: $id) { id name createdAt } }";
const MANY = "query Many($n: Int) { assets(first: $n) { nodes { tags } } }";
const NOBODY = "00000000-0000-7000-8000-000000000000";

interface Sent {
  /** What is sent before, so that its document is known. */
  readonly before?: unknown;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
}

/** Those that the fast path answers when they come again. */
const TAKEN: Readonly<Record<string, Sent>> = {
  "a query": { body: { query: NAMES } },
  "a query with variables": { body: { query: ONE, variables: { id: NOBODY } } },
  "a query with a name": { body: { query: `${NAMES} ${ONE}`, operationName: "Names", variables: {} } },
  "a query with nulls": { body: { query: NAMES, operationName: null, variables: null, extensions: null } },
  "variables that nobody declares": { body: { query: NAMES, variables: { more: 1 } } },
  "a type of the schema": { body: { query: '{ __type(name: "Asset") { name fields { name } } }' } },
  "a mutation": {
    body: {
      query: `mutation { upsertAssets(input: { assets: [{ name: "the same", assetType: "table" }] }) {
        unchangedCount assets { name upstream { totalCount } } } }`,
    },
  },
  "an answer of the other type": {
    body: { query: NAMES },
    headers: { accept: "application/graphql-response+json, application/json;q=0.9" },
  },
  "a browserless client's accept": {
    body: { query: NAMES },
    headers: { accept: "application/json, text/plain, */*" },
  },
  "a body with its encoding": {
    body: { query: NAMES },
    headers: { "content-type": "application/json; charset=utf-8" },
  },
};

/** Those that Yoga answers always. */
const HANDED_OVER: Readonly<Record<string, Sent>> = {
  "an error beside data": { body: { query: 'query Wrong { assets { totalCount } asset(id: "1") { id } }' } },
  "an error and no data": { body: { query: "query None { lineage(assetId: 1) { totalNodes } }" } },
  "a variable of the wrong type": { body: { query: ONE, variables: { id: {} } } },
  "a variable that is missing": { body: { query: ONE } },
  "a mutation that is refused": {
    body: { query: 'mutation { deleteAsset(input: { id: "1" }) { deletedId } }' },
  },
  "no such field": { body: { query: "{ nothing }" } },
  "no such operation": { body: { query: NAMES, operationName: "Others" } },
  "no GraphQL": { body: { query: "{" } },
  "too high a cost": { body: { query: MANY, variables: { n: 1000 } } },
  "too high a cost of what was cheap": {
    before: { query: MANY, variables: { n: 1 } },
    body: { query: MANY, variables: { n: 1000 } },
  },
  "no JSON": { body: "{" },
  "no object": { body: [1] },
  null: { body: null },
  "no query": { body: {} },
  "a parameter that there is not": { body: { query: NAMES, more: 1 } },
  "variables in a list": { body: { query: NAMES, variables: [] } },
  "a name that is a number": { body: { query: NAMES, operationName: 1 } },
  "a hash that is not known": { body: { extensions: { persistedQuery: { sha256Hash: "00" } } } },
  "a document and a hash": { body: { query: NAMES, documentId: "00" } },
  "a batch": { body: [{ query: NAMES }, { query: NAMES }] },
  "too long a body": { body: { query: `${NAMES} #${"x".repeat(5000)}` } },
  "a query in the address": { body: { query: NAMES }, path: "/graphql?query={__typename}" },
  "another address": { body: { query: NAMES }, path: "/graph" },
  "a page of another host": { body: { query: NAMES }, headers: { origin: "https://elsewhere.example" } },
  "a page of this host": { body: { query: NAMES }, headers: { "sec-fetch-site": "same-origin" } },
  "a stream": { body: { query: NAMES }, headers: { accept: "text/event-stream" } },
  "a picture": { body: { query: NAMES }, headers: { accept: "image/png" } },
  text: { body: { query: NAMES }, headers: { "content-type": "text/plain" } },
  "a tenant without a name": { body: { query: NAMES }, headers: { "x-tenant-id": "" } },
  "a tenant that cannot be": { body: { query: NAMES }, headers: { "x-tenant-id": "a,b" } },
};

const textOf = (body: unknown) => (typeof body === "string" ? body : JSON.stringify(body));

/** What is seen from outside of a request that is sent twice: of the second time, and of all lines and figures. */
async function seen({ fetch, lines }: OpenedApi, { before, body, headers, path = "/graphql" }: Sent) {
  const init = {
    method: "POST",
    headers: { ...JSON_BODY, "x-request-id": "the-same", ...headers },
    body: textOf(body),
  };
  for (const each of before === undefined ? [body] : [before])
    await fetch(path, { ...init, body: textOf(each) });
  const answer = await fetch(path, init);
  const { "content-length": _, ...shown } = Object.fromEntries(new Headers([...answer.headers]));
  const logged = lines.map(({ duration_ms: _, timestamp: __, ...line }) => line);
  return { status: answer.status, headers: shown, text: await answer.text(), logged };
}

afterEach(() => {
  vi.restoreAllMocks();
});

const OPERATIONS = "servo_graphql_operations_total";
const TIMES = "servo_graphql_operation_duration_seconds_count";

describe("what is asked for again", () => {
  // Or a mutation would make something the first time.
  beforeAll(async () => {
    const init = { method: "POST", headers: JSON_BODY, body: textOf(TAKEN["a mutation"]?.body) };
    await api.open().fetch("/graphql", init);
  });

  it.each(Object.entries({ ...TAKEN, ...HANDED_OVER }))(
    "is answered, logged and counted as by Yoga alone: %s",
    async (name, sent) => {
      await createAsset(api.newTenant());
      const taking = vi.spyOn(FastPath.prototype, "take");
      const [counted, expected] = [new Scrapes(), new Scrapes()];
      const fast = api.open({ limits, metrics: counted.metrics });
      // What is traced is left to Yoga.
      const slow = api.open({ limits, metrics: expected.metrics, tracing: {} });
      expect(await seen(fast, sent)).toEqual(await seen(slow, sent));
      const second: unknown = await taking.mock.results[1]?.value;
      expect(typeof second === "object" && second !== null && "body" in second).toBe(name in TAKEN);
      expect(counted.counts(OPERATIONS)).toEqual(expected.counts(OPERATIONS));
      expect(counted.counts(TIMES)).toEqual(expected.counts(TIMES));
      expect(fast.statements.sent).toEqual(slow.statements.sent);
    },
  );
});

describe("what is handed over", () => {
  it("is not authenticated again", async () => {
    const authenticate = vi.fn(async () => {
      throw new UnauthenticatedError("Nobody is known here.");
    });
    const { fetch } = api.open({ authenticate });
    const init = { method: "POST", headers: JSON_BODY, body: JSON.stringify({ query: NAMES }) };
    expect((await fetch("/graphql", init)).status).toBe(401);
    expect(authenticate).toHaveBeenCalledTimes(1);
  });
});

it("a client that hangs up within its body is counted and logged as by Yoga alone", async () => {
  const [counted, expected] = [new Scrapes(), new Scrapes()];
  const fast = api.open({ metrics: counted.metrics });
  const slow = api.open({ metrics: expected.metrics, tracing: {} });
  for (const [scrapes, { app, lines }] of [
    [counted, fast],
    [expected, slow],
  ] as const) {
    const server = await listen(app, { host: "127.0.0.1", port: 0 });
    onTestFinished(async () => void (await server.close(1000)));
    const client = connect(Number(new URL(server.url).port), "127.0.0.1");
    const headers = "Host: here\r\nContent-Type: application/json\r\nX-Tenant-Id: acme\r\nContent-Length: 99";
    client.write(`POST /graphql HTTP/1.1\r\n${headers}\r\n\r\n{"query"`, () => client.destroy());
    await vi.waitFor(() => expect(scrapes.counts(OPERATIONS)).toEqual({ "none none ABANDONED": 1 }));
    expect(lines).toMatchObject([
      { message: "Request not answered: its connection is gone", tenant_id: "acme" },
    ]);
  }
});
