import { describe, expect, it } from "vitest";
import {
  ForbiddenError,
  LimitExceededError,
  TimeoutError,
  UnauthenticatedError,
  UnavailableError,
} from "../../src/errors.ts";
import { withClient } from "../setup/connection.ts";
import { readAnswer } from "../support/answer.ts";
import { prepareApi } from "../support/graphql.ts";
import { createAsset, findAsset } from "../support/graphql-operations.ts";
import { alterDatabase } from "../support/owner.ts";

// A machine under load makes operations slow, and they would be logged.
const NEVER = 86_400_000;
const api = prepareApi({ slowOperationMs: NEVER });

const REACH = "The database cannot be reached now; nothing was done, and the call may be repeated.";

/** A port of this machine that nothing listens on. */
function unreachable(url: string): string {
  const elsewhere = new URL(url);
  elsewhere.port = "1";
  return elsewhere.href;
}

describe("what nobody foresaw", () => {
  it("is masked, and logged with the request id that the client gets", async () => {
    const tenant = api.newTenant();
    const { id } = await createAsset(tenant, { name: "kept" });
    const { lines, asTenant } = api.open();
    const client = asTenant(tenant.tenantId);
    await alterDatabase(api.store.database, "ALTER TABLE asset_tags RENAME TO hidden_tags");
    try {
      for (const document of [
        "query Failing { assets { nodes { name tags } } }",
        'mutation Failing { createAsset(input: { name: "new", assetType: "t", tags: ["a"] }) { asset { name } } }',
      ]) {
        const start = lines.length;
        const answer = await client.send(document);
        expect(answer).toMatchObject({
          status: 200,
          data: document.startsWith("query") ? null : { createAsset: null },
        });
        expect(answer.errors).toEqual([
          {
            message: "Unexpected error.",
            path: [expect.any(String)],
            locations: [expect.anything()],
            extensions: { code: "INTERNAL_SERVER_ERROR", requestId: answer.requestId },
          },
        ]);
        const logged = lines.slice(start).filter(({ level }) => level === "ERROR");
        const fields = {
          request_id: answer.requestId,
          tenant_id: tenant.tenantId,
          operation_name: "Failing",
        };
        expect(logged).toMatchObject([
          { ...fields, message: "Unexpected database error", sqlstate: "42P01" },
          {
            ...fields,
            message: "Unexpected error",
            error: { message: expect.stringContaining("asset_tags") },
          },
        ]);
      }
    } finally {
      await alterDatabase(api.store.database, "ALTER TABLE hidden_tags RENAME TO asset_tags");
    }
    expect(await findAsset(client, id)).toMatchObject({ name: "kept" });
  });

  it("leaves what a query read before, where the field that failed may be null", async () => {
    const tenant = api.newTenant();
    const { id } = await createAsset(tenant);
    await alterDatabase(api.store.database, "ALTER TABLE workflows RENAME TO hidden_workflows");
    try {
      const answer = await tenant.send(
        "query ($id: ID!) { asset(id: $id) { id } workflow(id: $id) { id } }",
        { id },
      );
      expect(answer.data).toEqual({ asset: { id }, workflow: null });
      expect(answer.errors).toMatchObject([
        { path: ["workflow"], extensions: { code: "INTERNAL_SERVER_ERROR" } },
      ]);
    } finally {
      await alterDatabase(api.store.database, "ALTER TABLE hidden_workflows RENAME TO workflows");
    }
  });

  it("before execution answers 500", async () => {
    const { fetch, lines } = api.open({
      authenticate: () => {
        throw new Error("secret of the key store");
      },
    });
    const answer = await readAnswer(await fetch("/graphql", { method: "POST", body: "{}" }));
    expect(answer).toMatchObject({
      status: 500,
      data: undefined,
      errors: [
        {
          message: "Unexpected error.",
          extensions: { code: "INTERNAL_SERVER_ERROR", requestId: answer.requestId },
        },
      ],
    });
    expect(lines).toMatchObject([
      { level: "ERROR", request_id: answer.requestId, error: { message: "secret of the key store" } },
      { level: "INFO", request_id: answer.requestId, status: 500 },
    ]);
  });
});

describe("a refusal before execution has the status of its code:", () => {
  const away = { transient: "connect", retryable: true } as const;
  it.each([
    [401, new UnauthenticatedError("Who are you?")],
    [403, new ForbiddenError("Not you.")],
    [400, new LimitExceededError("Too much.")],
    [503, new UnavailableError("Not now.", away)],
    [504, new TimeoutError("Too late.")],
  ])("%i", async (status, error) => {
    const { fetch } = api.open({ authenticate: () => Promise.reject(error) });
    const answer = await readAnswer(await fetch("/graphql", { method: "POST", body: "{}" }));
    expect(answer).toMatchObject({
      status,
      errors: [{ message: error.message, extensions: { code: error.code } }],
    });
  });
});

describe("while the database is away", () => {
  const retry = { attempts: 3, minDelayMs: 1, maxDelayMs: 2 };
  const documents = [
    "{ assets { totalCount } }",
    'mutation { createAsset(input: { name: "lost", assetType: "t" }) { asset { id } } }',
  ];

  it.each(documents)(
    "a call is tried again, and then is UNAVAILABLE and may be repeated: %s",
    async (document) => {
      const { asTenant, lines } = api.open({ url: unreachable(api.store.database.applicationUrl), retry });
      const answer = await asTenant("acme").send(document);
      expect(answer).toMatchObject({
        status: 200,
        data: document.startsWith("{") ? null : { createAsset: null },
      });
      expect(answer.errors).toMatchObject([
        { message: REACH, extensions: { code: "UNAVAILABLE", retryable: true } },
      ]);
      const failed = lines.filter(({ level }) => level === "ERROR");
      expect(failed).toHaveLength(3);
      for (const line of failed) {
        expect(line).toMatchObject({ message: "Database connection failed", request_id: answer.requestId });
      }
    },
  );

  it("a call is tried once where that is what the configuration says", async () => {
    const url = unreachable(api.store.database.applicationUrl);
    const { asTenant, lines } = api.open({ url, retry: { attempts: 1 } });
    await asTenant("acme").send("{ assets { totalCount } }");
    expect(lines.filter(({ level }) => level === "ERROR")).toHaveLength(1);
  });

  it("each field says so where it may be null, and what needs no data is answered", async () => {
    const { asTenant } = api.open({ url: unreachable(api.store.database.applicationUrl), retry });
    const answer = await asTenant("acme").send('{ __typename assetByName(name: "x") { id } }');
    expect(answer.data).toEqual({ __typename: "Query", assetByName: null });
    expect(answer.errors).toMatchObject([{ path: ["assetByName"], extensions: { code: "UNAVAILABLE" } }]);
  });

  it("a pool that was closed is as if it were away", async () => {
    const { asTenant, database } = api.open({ url: api.store.database.applicationUrl, retry });
    await database.pool.end();
    database.pool.end = async () => undefined;
    expect((await asTenant("acme").send("{ assets { totalCount } }")).errors).toMatchObject([
      { extensions: { code: "UNAVAILABLE", retryable: true } },
    ]);
  });
});

it("an exhausted pool is UNAVAILABLE, and logged as such", async () => {
  const { asTenant, database, lines } = api.open({
    pool: { max: 1 },
    retry: { attempts: 1 },
  });
  const held = await database.pool.connect();
  // From here on: on a busy machine it takes longer to connect.
  database.pool.options.connectionTimeoutMillis = 50;
  try {
    const { errors } = await asTenant("acme").send("{ assets { totalCount } }");
    expect(errors).toMatchObject([{ extensions: { code: "UNAVAILABLE", retryable: true } }]);
    expect(lines).toMatchObject([
      { level: "ERROR", message: "Database connection pool exhausted", tenant_id: "acme" },
      { level: "INFO", message: "Request answered" },
    ]);
  } finally {
    held.release();
  }
  await asTenant("acme").query("{ assets { totalCount } }");
});

it("a statement that takes longer than it may is TIMEOUT, and the connection serves on", async () => {
  const { asTenant, lines } = api.open({ timeouts: { statementMs: 200 } });
  const client = asTenant("acme");
  await withClient(api.store.database.ownerUrl, async (owner) => {
    await owner.query("BEGIN; LOCK TABLE workflows IN ACCESS EXCLUSIVE MODE");
    const answer = await client.send("{ workflows { totalCount } }");
    expect(answer).toMatchObject({
      status: 200,
      errors: [
        {
          message: "The database did not answer in the time allowed.",
          extensions: { code: "TIMEOUT" },
        },
      ],
    });
    await owner.query("COMMIT");
  });
  expect(lines[0]).toMatchObject({
    level: "WARN",
    message: "Database operation timed out",
    sqlstate: "57014",
  });
  expect(await client.query("{ workflows { totalCount } }")).toEqual({ workflows: { totalCount: 0 } });
});

describe("a query of which a part fails", () => {
  it("keeps what was read before, however often it is asked", async () => {
    const tenant = api.newTenant();
    const { id } = await createAsset(tenant, { name: "read" });
    const { asTenant } = api.open({ timeouts: { statementMs: 300 } });
    const client = asTenant(tenant.tenantId);
    const document =
      "query Part($id: ID!) { assets { nodes { name } } lineage(assetId: $id) { nodes { depth } } }";
    await withClient(api.store.database.ownerUrl, async (owner) => {
      await owner.query("BEGIN; LOCK TABLE asset_dependencies IN ACCESS EXCLUSIVE MODE");
      for (const _ of [1, 2, 3]) {
        const { data, errors } = await client.send(document, { id });
        expect(data).toEqual({ assets: { nodes: [{ name: "read" }] }, lineage: null });
        expect(errors).toMatchObject([{ path: ["lineage"], extensions: { code: "TIMEOUT" } }]);
      }
      await owner.query("ROLLBACK");
    });
    expect(await client.query(document, { id })).toMatchObject({ lineage: { nodes: [{ depth: 0 }] } });
  });
});
