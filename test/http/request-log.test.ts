import { UUID } from "uuidv7";
import { describe, expect, it } from "vitest";
import { createLogger } from "../../src/logger.ts";
import { prepareApi } from "../support/graphql.ts";
import { createAsset, mutation } from "../support/graphql-operations.ts";
import { alterDatabase } from "../support/owner.ts";

// A machine under load makes operations slow, and they would be logged.
const NEVER = 86_400_000;
const api = prepareApi({ slowOperationMs: NEVER });

/** An API whose log is kept as it is written. */
function openWritten(options: { slowOperationMs?: number } = {}) {
  const written: string[] = [];
  const destination = { write: (text: string) => void written.push(text) };
  const logger = createLogger({ level: "trace", format: "json", destination });
  return { ...api.open({ ...options, logger }), written };
}

const LINE = {
  timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  level: "INFO",
  message: "Request answered",
  method: "POST",
  path: "/graphql",
  status: 200,
  duration_ms: expect.any(Number),
};

const post = (query: string, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify({ query }),
});

describe("x-request-id", () => {
  it.each(["a", "abc-123", "A.b_c:d", "x".repeat(128)])("is taken over: %s", async (requestId) => {
    const { fetch, lines } = api.open();
    const response = await fetch("/graphql", post("{ __typename }", { "x-request-id": requestId }));
    expect(response.headers.get("x-request-id")).toBe(requestId);
    expect(lines).toMatchObject([{ request_id: requestId }]);
  });

  it.each([
    ["absent", undefined],
    ["empty", ""],
    ["too long", "x".repeat(129)],
    ["of other characters", 'a"b'],
    ["of two words", "a b"],
    ["repeated", "a, a"],
    ["beginning with a hyphen", "-a"],
  ])("is made where it is %s", async (_, requestId) => {
    const { fetch, lines } = api.open();
    const headers: Record<string, string> = requestId === undefined ? {} : { "x-request-id": requestId };
    const response = await fetch("/graphql", post("{ __typename }", headers));
    const made = response.headers.get("x-request-id") ?? "";
    expect(UUID.parse(made).getVariant()).toBe("VAR_10");
    expect(lines).toMatchObject([{ request_id: made }]);
  });

  it.each([
    ["/graphql", post("{", {}), 200],
    ["/graphql", post("{ __typename }", { "x-tenant-id": "~" }), 400],
    ["/graphql", { method: "PUT" }, 405],
    ["/graphql", { headers: { accept: "text/html" } }, 200],
    ["/nope", {}, 404],
    ["/", {}, 302],
    ["/health/ready", {}, 200],
    ["/health/live", {}, 200],
    ["/graphql", { method: "OPTIONS" }, 405],
  ])("comes with every answer, and each is logged: %s %j", async (path, init, status) => {
    const { fetch, lines } = api.open();
    const response = await fetch(path, init);
    expect(response.status).toBe(status);
    expect(lines).toMatchObject([
      { message: "Request answered", path, status, request_id: response.headers.get("x-request-id") },
    ]);
  });
});

describe("the line of a request", () => {
  it("tells who asked for which operation, and how it went", async () => {
    const { asTenant, system, nobody, lines } = api.open();
    const tenant = await asTenant("acme").send("query Named { assets { totalCount } }");
    const others = [
      await system.send("query Named { __typename }"),
      await nobody.send("query Named { __typename }"),
    ];
    expect(lines).toEqual([
      { ...LINE, request_id: tenant.requestId, tenant_id: "acme", operation_name: "Named" },
      ...others.map(({ requestId }) => ({
        ...LINE,
        request_id: requestId,
        tenant_id: null,
        operation_name: "Named",
      })),
    ]);
  });

  it("names the operation that ran, of several, and null where it has no name", async () => {
    const { asTenant, lines } = api.open();
    const client = asTenant("acme");
    await client.send("query A { __typename } query B { __typename }", {}, { operationName: "B" });
    await client.send("{ __typename }");
    expect(lines.map(({ operation_name }) => operation_name)).toEqual(["B", null]);
  });

  it("has the tenant, and the operation as far as it can be told, where the operation was refused", async () => {
    const { asTenant, lines } = api.open({ limits: { maxCost: 100 } });
    const client = asTenant("acme");
    await client.send("query Unknown { nope }");
    await client.send("query Dear { assets(first: 1000) { nodes { id } } }");
    await client.send("query Bad($id: ID!) { asset(id: $id) { id } }");
    await client.send("query A { __typename } query B { nope }", {}, { operationName: "B" });
    await client.send("{ nope }");
    const named = { tenant_id: "acme", error_codes: ["BAD_USER_INPUT"] };
    expect(lines).toMatchObject([
      { ...named, operation_name: "Unknown" },
      { ...named, operation_name: "Dear", error_codes: ["LIMIT_EXCEEDED"] },
      { ...named, operation_name: "Bad" },
      { ...named, operation_name: "B" },
      { ...named, operation_name: null },
    ]);
    lines.length = 0;
    await client.send("query Broken {");
    await client.send("query A { __typename }", {}, { operationName: "secret" });
    expect(lines).toMatchObject([named, named]);
    for (const line of lines) expect(line).not.toHaveProperty("operation_name");
  });

  it("tells the begin of a name that is long", async () => {
    const { asTenant, lines } = api.open();
    await asTenant("acme").send(`query ${"x".repeat(5000)} { __typename }`);
    expect(lines).toMatchObject([{ operation_name: "x".repeat(200) }]);
  });

  it("tells the codes of the errors in the answer, each once, and no reason but for a refusal", async () => {
    const { asTenant, lines } = api.open();
    await asTenant("acme").send(
      "{ a: asset(id: 1) { id } b: asset(id: 2) { id } workflow(id: 3) { id } assets { totalCount } }",
    );
    await asTenant("acme").send("{ assets { totalCount } }");
    expect(lines).toMatchObject([{ status: 200, error_codes: ["BAD_USER_INPUT"] }, { status: 200 }]);
    expect(lines[1]).not.toHaveProperty("error_codes");
    for (const line of lines) expect(line).not.toHaveProperty("reason");
  });

  it("says that nothing was answered where the client has gone meanwhile", async () => {
    const { app, lines } = api.open();
    const gone = new AbortController();
    gone.abort();
    const init = { ...post("query Late { __typename }"), signal: gone.signal };
    await Promise.resolve(app.fetch(new Request("http://localhost/graphql", init))).catch(() => {});
    expect(lines).toMatchObject([{ level: "INFO", message: "Request not answered: its connection is gone" }]);
    expect(lines[0]).not.toHaveProperty("status");
  });
});

describe("all lines of a request", () => {
  const fields = { tenant_id: "acme", operation_name: "Make" };

  it("bear its id, tenant and operation: the slow operation, the broken constraint and the answer", async () => {
    const { asTenant, lines } = api.open({ slowOperationMs: 0 });
    const document =
      'mutation Make { createAsset(input: { name: "made twice", assetType: "t" }) { asset { id } } }';
    await asTenant("acme").send(document);
    lines.splice(0);
    const { requestId } = await asTenant("acme").send(document);
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toMatchObject({ ...fields, request_id: requestId });
    expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "WARN Constraint violation",
      "WARN Slow database operation detected",
      "INFO Request answered",
    ]);
  });

  it("of a slow operation tell its duration, name and ids, and are there when it is slow alone", async () => {
    const document =
      'mutation Make { createAsset(input: { name: "slow", assetType: "t" }) { asset { id upstream { totalCount } } } }';
    const { asTenant, lines } = api.open({ slowOperationMs: 0 });
    const { data } = await asTenant("slow").send<{ createAsset: { asset: { id: string } } }>(document);
    const slow = lines.filter(({ message }) => message === "Slow database operation detected");
    expect(slow).toMatchObject([
      {
        level: "WARN",
        duration_ms: expect.any(Number),
        span: { name: "asset.insert", asset_id: data?.createAsset.asset.id },
      },
      { level: "WARN", span: { name: "dependency.pagesByAsset", count: 1, side: "upstream" } },
      { level: "WARN", span: { name: "dependency.countsByAsset", count: 1, side: "upstream" } },
    ]);
    const never = api.open({ slowOperationMs: NEVER });
    await never.asTenant("fast").send(document);
    expect(never.lines.map(({ message }) => message)).toEqual(["Request answered"]);
  });

  it("name each field once, however many loggers had a hand in them", async () => {
    const { asTenant, system, written } = openWritten({ slowOperationMs: 0 });
    const document =
      'mutation Make { createAsset(input: { name: "named once", assetType: "t" }) { asset { id } } }';
    for (const client of [asTenant("acme"), asTenant("acme"), system]) await client.send(document);
    expect(written.length).toBeGreaterThanOrEqual(7);
    for (const text of written) {
      // JSON.parse would keep the last of several; a revived count of them does not.
      const keys = [...text.matchAll(/[{,]"(\w+)":/g)].map(([, key]) => key);
      const { span = {} } = JSON.parse(text);
      const outside = keys.filter((key) => !Object.keys(span).includes(key ?? ""));
      expect(outside).toEqual([...new Set(outside)]);
    }
  });

  it("hold no value of a variable, no literal, no address's query, and no header", async () => {
    const { asTenant, fetch, written } = openWritten({ slowOperationMs: 0 });
    const secrets = {
      "x-tenant-id": "acme",
      authorization: "Bearer secret-1",
      cookie: "session=secret-2",
      "user-agent": "secret-3",
      "x-api-key": "secret-4",
    };
    const input = {
      name: "secret-5",
      assetType: "secret-6",
      owner: "secret-7",
      description: "secret-8",
      tags: ["secret-9"],
      properties: { "secret-10": "secret-11" },
    };
    const send = (document: string, variables: object) =>
      asTenant("acme").send(document, variables, { headers: secrets });
    // Stored, and then in conflict with what is stored.
    for (let times = 0; times < 2; times += 1) await send(mutation("createAsset"), { input });
    await send(mutation("createAsset"), { input: { ...input, name: "secret-5\u0000" } });
    await send(mutation("createAsset"), { input: { ...input, owner: { no: "secret-12" } } });
    await send('{ assetByName(name: "secret-13") { id } }', {});
    await send('{ assetByName(name: "secret-14", nope: "secret-14") { id } }', {});
    await fetch(`/graphql?query=${encodeURIComponent('{ assetByName(name: "secret-15") { id } }')}`, {
      headers: secrets,
    });
    await fetch("/secretless?token=secret-16", { headers: secrets });
    await alterDatabase(api.store.database, "ALTER TABLE asset_tags RENAME TO hidden_tags");
    await send(mutation("createAsset"), { input: { ...input, name: "secret-17" } }).finally(() =>
      alterDatabase(api.store.database, "ALTER TABLE hidden_tags RENAME TO asset_tags"),
    );
    expect(written.filter((text) => text.includes("Request answered"))).toHaveLength(9);
    expect(written.filter((text) => text.includes("Unexpected error"))).toHaveLength(1);
    expect(written.filter((text) => text.includes("secret-"))).toEqual([]);
  });
});

it("what was asked for stays out of the log at every level", async () => {
  const { asTenant, written } = openWritten();
  await createAsset(asTenant("acme"), { name: "quiet" });
  expect(written).toHaveLength(1);
});
