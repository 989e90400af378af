import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { FastPath } from "../../src/http/fast-path/fast-path.ts";
import type { Role } from "../../src/principal.ts";
import { withClient } from "../setup/connection.ts";
import { readAnswer } from "../support/answer.ts";
import { terminateBackends, untilBlocked } from "../support/concurrency.ts";
import { storeAsset, UNKNOWN_ID } from "../support/factories.ts";
import { type ApiOptions, type AppFetch, Client, prepareApi } from "../support/graphql.ts";
import { createAsset, link } from "../support/graphql-operations.ts";
import { CRASH, type HeavyApi, prepareHeavy } from "../support/heavy.ts";
import { alterDatabase } from "../support/owner.ts";

const api = prepareApi({ slowOperationMs: 60_000 });
const openHeavy = prepareHeavy(api);
let shared: HeavyApi | undefined;
/** A thread takes a second to start: one for the tests that leave it as it was. */
const openShared = () => {
  shared ??= openHeavy();
  return shared;
};

const LONG_PAGE = `query Page { assets(first: 1000, orderBy: { field: NAME, direction: ASC }, filter: { scope: ALL }) {
  nodes { id name tenantId } } }`;
const WALK = `query Walk($assetId: ID!, $maxNodes: Int! = 1000) {
  lineage(assetId: $assetId, maxNodes: $maxNodes, maxEdges: 10000) {
    completeness
    nodes { ...Node hasMoreUpstream }
    edges { upstream { name } downstream { id } dependencyType lastSeenAt }
  }
}
fragment Node on LineageNode { depth asset { id name tags createdAt properties } }`;

const ENTITIES = `query Entities($of: [_Any!]!) {
  _entities(representations: $of) { __typename ... on Asset { id name tags } }
}`;

/** A mutation is as heavy as what is asked of its payload. */
const CHANGE = `mutation Change($id: ID!, $owner: String!) {
  updateAsset(input: { id: $id, owner: $owner }) { asset { owner lineage(maxNodes: 10000) { nodes { asset { id } } } } }
}`;

interface Raw {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

async function ask(fetch: AppFetch, body: object, headers: Record<string, string>): Promise<Raw> {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", "x-request-id": "the-same", ...headers },
    body: JSON.stringify(body),
  });
  return {
    status: response.status,
    headers: Object.fromEntries(new Headers([...response.headers])),
    body: Buffer.from(await response.arrayBuffer()).toString("base64"),
  };
}

/** What an API answers by the shared thread, which is asked once, and one without threads by itself. */
async function askBoth(options: ApiOptions, body: object, headers: Record<string, string>): Promise<unknown> {
  const { heavy } = openShared();
  const execute = vi.spyOn(heavy, "execute");
  onTestFinished(() => execute.mockRestore());
  const answer = await ask(api.open({ ...options, heavy }).fetch, body, headers);
  expect(execute).toHaveBeenCalledOnce();
  execute.mockRestore();
  expect(answer).toEqual(await ask(api.open(options).fetch, body, headers));
  return JSON.parse(Buffer.from(answer.body, "base64").toString());
}

const namesIn = (answer: { assets: { nodes: readonly { name: string }[] } }) =>
  answer.assets.nodes.map(({ name }) => name);

describe("a heavy query", () => {
  it.each([
    ["a walk", (assetId: string) => ({ query: WALK, variables: { assetId } })],
    ["a walk that finds nothing", () => ({ query: WALK, variables: { assetId: UNKNOWN_ID } })],
    ["a page", () => ({ query: LONG_PAGE })],
    [
      "entities, one of which is refused",
      (assetId: string) => ({
        query: ENTITIES,
        variables: { of: ["none", ...Array(999).fill(assetId)].map((id) => ({ __typename: "Asset", id })) },
      }),
    ],
    [
      "one of two operations",
      () => ({ query: `query Other { __typename } ${LONG_PAGE}`, operationName: "Page" }),
    ],
    ["an id that is none", () => ({ query: WALK, variables: { assetId: "none" } })],
    ["a cursor that is none", () => ({ query: LONG_PAGE.replace("(", '(after: "none", ') })],
    ["variables that do not fit", () => ({ query: WALK, variables: { assetId: UNKNOWN_ID, maxNodes: "9" } })],
    [
      "a part that is refused",
      (assetId: string) => ({
        query: `${WALK.replace("{", "{ refused: lineage(assetId: $assetId, maxDepth: 5000) { nodeCount }")}`,
        variables: { assetId },
      }),
    ],
  ])("is answered byte by byte as by the main thread: %s", async (_, bodyOf) => {
    const { fetch, asTenant, statements } = openShared();
    const { fetch: fetchPlainly } = api.open();
    const made = asTenant("walker");
    const [top, bottom] = [await createAsset(made, { tags: ["ä", "🦊"] }), await createAsset(made)];
    await link(made, [[top.id, bottom.id]]);
    for (const accept of ["application/json", "application/graphql-response+json"]) {
      const headers = { "x-tenant-id": "walker", accept };
      const before = statements.sent.length;
      const answer = await ask(fetch, bodyOf(bottom.id), headers);
      expect(statements.sent.length).toBe(before);
      expect(answer).toEqual(await ask(fetchPlainly, bodyOf(bottom.id), headers));
      expect(Buffer.from(answer.body, "base64").toString()).not.toContain("LIMIT_EXCEEDED");
    }
  });

  it("that comes again takes the fast path, unless it has errors", async () => {
    const { fetch, heavy, lines } = openShared();
    const headers = { "x-tenant-id": "walker" };
    for (const assetId of [UNKNOWN_ID, "none"]) {
      const start = lines.length;
      const body = { query: WALK.replace("Walk", "Again"), variables: { assetId } };
      const first = await ask(fetch, body, headers);
      const [taking, execute] = [vi.spyOn(FastPath.prototype, "take"), vi.spyOn(heavy, "execute")];
      expect(await ask(fetch, body, headers)).toEqual(first);
      const taken: unknown = await taking.mock.results[0]?.value;
      expect(typeof taken === "object" && taken !== null && "body" in taken).toBe(assetId === UNKNOWN_ID);
      expect(execute).toHaveBeenCalledOnce();
      const logged = lines.slice(start).map(({ duration_ms: _, timestamp: __, ...line }) => line);
      expect(logged.slice(logged.length / 2)).toEqual(logged.slice(0, logged.length / 2));
      taking.mockRestore();
      execute.mockRestore();
    }
  });

  it("shows each tenant its own, in the same thread", async () => {
    const { asTenant, system, nobody, fetch } = openShared();
    const [a, b] = [api.store.newTenant(), api.store.newTenant()];
    const [first, second, global] = await Promise.all(
      [a, b, api.store.system].map((party) => storeAsset(party)),
    );
    const systemInA = new Client(fetch, { "x-tenant-id": a.id, "x-servo-role": "system" });
    const clients = [systemInA, asTenant(a.id), asTenant(b.id), system, nobody];
    for (let round = 0; round < 3; round += 1) {
      const answers = await Promise.all(
        clients.map((client) => client.query<Parameters<typeof namesIn>[0]>(LONG_PAGE)),
      );
      const [ofSystemInFirst, ofFirst, ofSecond, ...ofOthers] = answers.map(namesIn);
      expect(ofFirst).toEqual([first?.name, global?.name].sort());
      expect(ofSystemInFirst).toEqual(ofFirst);
      expect(ofSecond).toEqual([second?.name, global?.name].sort());
      expect(ofOthers).toEqual([[global?.name], [global?.name]]);
    }
  });

  it("is answered in a batch beside a light one, in either order", async () => {
    const { name } = await createAsset(api.asTenant("batch"));
    const limits = { maxOperationsPerRequest: 2 };
    const [heavy, light] = [{ query: LONG_PAGE }, { query: "{ workflows { totalCount } }" }];
    const told = [
      { data: { assets: { nodes: expect.arrayContaining([expect.objectContaining({ name })]) } } },
      { data: { workflows: { totalCount: 0 } } },
    ];
    const headers = { "x-tenant-id": "batch" };
    expect(await askBoth({ limits }, [heavy, light], headers)).toEqual(told);
    expect(await askBoth({ limits }, [light, heavy], headers)).toEqual(told.toReversed());
  });

  it("is logged with its request", async () => {
    const { asTenant, lines } = openHeavy({ options: { slowOperationMs: 0 } });
    const { requestId } = await asTenant("slow").send(LONG_PAGE);
    const fields = { request_id: requestId, tenant_id: "slow", operation_name: "Page" };
    expect(lines).toMatchObject([
      {
        ...fields,
        level: "WARN",
        message: "Slow database operation detected",
        span: { name: "asset.page" },
      },
      { ...fields, level: "INFO", message: "Request answered", status: 200 },
    ]);
  });

  it("that meets a defect is logged and masked as every query", async () => {
    const { asTenant, lines } = openShared();
    lines.length = 0;
    await alterDatabase(api.store.database, "ALTER TABLE assets RENAME TO hidden_assets");
    try {
      const { errors, requestId } = await asTenant("slow").send(LONG_PAGE);
      expect(errors).toMatchObject([
        { message: "Unexpected error.", extensions: { code: "INTERNAL_SERVER_ERROR", requestId } },
      ]);
      expect(lines.filter(({ level }) => level === "ERROR")).toMatchObject([
        {
          message: "Unexpected database error",
          sqlstate: "42P01",
          request_id: requestId,
          error: {
            type: "DatabaseError",
            message: expect.stringContaining("assets"),
            stack: expect.stringMatching(/^error: relation .*\n {4}at /),
            code: "42P01",
          },
        },
        { message: "Unexpected error", request_id: requestId, path: ["assets"] },
      ]);
      expect(lines.at(-1)).toMatchObject({
        message: "Request answered",
        error_codes: ["INTERNAL_SERVER_ERROR"],
      });
    } finally {
      await alterDatabase(api.store.database, "ALTER TABLE hidden_assets RENAME TO assets");
    }
  });
});

describe("a heavy mutation", () => {
  it("is executed in the thread", async () => {
    const { asTenant, statements } = openShared();
    const client = asTenant("changer");
    const { id } = await createAsset(client);
    const before = statements.sent.length;
    expect(await client.query(CHANGE, { id, owner: "ada" })).toEqual({
      updateAsset: { asset: { owner: "ada", lineage: { nodes: [{ asset: { id } }] } } },
    });
    expect(statements.sent.length).toBe(before);
    expect(await client.query("query ($id: ID!) { asset(id: $id) { owner } }", { id })).toEqual({
      asset: { owner: "ada" },
    });
  });

  it("may not be repeated when its thread fails: it may have been stored", async () => {
    const client = openShared().asTenant("changer");
    const { id } = await createAsset(client);
    const document = CHANGE.replace("Change", CRASH);
    const { errors } = await client.send(document, { id, owner: "ada" }, { operationName: CRASH });
    expect(errors).toMatchObject([{ extensions: { code: "UNAVAILABLE", retryable: false } }]);
  });
});

describe("what a thread refuses is refused to the byte as by the main thread:", () => {
  const change = { query: CHANGE, variables: { id: UNKNOWN_ID, owner: "x" } };
  const walk = { query: WALK, variables: { assetId: "none" } };

  it.each<[what: string, body: object, roles: readonly Role[], error: object]>([
    [
      "a query of who has no role",
      { query: LONG_PAGE },
      [],
      { path: ["assets"], extensions: { code: "FORBIDDEN" } },
    ],
    ["a reader's change", change, ["reader"], { path: ["updateAsset"], extensions: { code: "FORBIDDEN" } }],
    [
      "a change whose variables do not fit",
      { query: CHANGE, variables: { id: UNKNOWN_ID, owner: 1 } },
      ["admin"],
      { extensions: { code: "BAD_USER_INPUT", inputPath: ["owner"] } },
    ],
    ["what is not there", change, ["admin"], { extensions: { code: "NOT_FOUND" } }],
    ["bad input", walk, ["admin"], { extensions: { code: "BAD_USER_INPUT", inputPath: ["assetId"] } }],
  ])("%s", async (_, body, roles, error) => {
    const authenticate = () => ({ tenantId: "acme", name: "ann", roles });
    expect(await askBoth({ authenticate }, body, {})).toMatchObject({ errors: [error] });
  });
});

describe("variables of a heavy operation", () => {
  const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;

  /** Written by hand: they are nested too deep to be written by the client, too. */
  const send = async (query: string, variables: string) => {
    const headers = { "content-type": "application/json", "x-tenant-id": "deep" };
    const body = `{ "query": ${JSON.stringify(query)}, "variables": ${variables} }`;
    return readAnswer(await openShared().fetch("/graphql", { method: "POST", headers, body }));
  };

  it("that it does not declare are not handed over, however deep", async () => {
    expect(await send(LONG_PAGE, `{ "x": ${deep} }`)).toMatchObject({ status: 200, errors: [] });
  });

  it("that are no numbers JSON knows are refused as of any operation", async () => {
    const walk = `query ($deep: Int) {
      lineage(assetId: "${UNKNOWN_ID}", maxDepth: $deep, maxNodes: 1000) { nodes { depth asset { id } } }
    }`;
    const answer = await send(walk, '{ "deep": 1e400 }');
    expect(answer.errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", inputPath: ["deep"] } }]);
    const create = `mutation ($p: JSONObject) {
      createAsset(input: { name: "endless", assetType: "t", properties: $p }) {
        asset { properties lineage(maxNodes: 10000) { nodes { asset { id } } } }
      }
    }`;
    const { errors } = await send(create, '{ "p": { "much": 1e400 } }');
    expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
  });

  it("that are nested too deep are refused", async () => {
    const document = `mutation ($p: JSONObject) {
      createAsset(input: { name: "deep", assetType: "t", properties: $p }) {
        asset { lineage(maxNodes: 10000) { nodes { asset { id } } } }
      }
    }`;
    expect(await send(document, `{ "p": { "deep": ${deep} } }`)).toMatchObject({
      errors: [{ message: "The variables are nested too deep.", extensions: { code: "LIMIT_EXCEEDED" } }],
    });
  });

  it("of which many do not fit are told of as those of any operation, and as soon", async () => {
    const names = Array.from({ length: 25 }, (_, index) => `s${index}`);
    const declared = names.map((name) => `$${name}: [ExecutionState!]`).join(" ");
    const fields = names.map((name) => `${name}: executions(filter: { states: $${name} }) { totalCount }`);
    const document = `query (${declared}) { ${fields.join(" ")} }`;
    const wrong = Object.fromEntries(names.map((name) => [name, Array.from({ length: 9990 }, () => "a")]));
    const { errors } = await openShared().asTenant("many").send(document, wrong);
    expect(errors.length).toBeGreaterThan(0);
    expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set(["BAD_USER_INPUT"]));
  });
});

describe("while the thread is busy", () => {
  it("light queries are answered, heavy ones wait, and who is gone does not", async () => {
    const { asTenant, fetch } = openShared();
    await withClient(api.store.database.ownerUrl, async (owner) => {
      await owner.query("BEGIN; LOCK TABLE assets IN ACCESS EXCLUSIVE MODE");
      const running = asTenant("busy").send(LONG_PAGE);
      await untilBlocked(api.store.database);
      for (const tenant of ["busy", "other"])
        expect(await asTenant(tenant).query("{ workflows { totalCount } }")).toMatchObject({ workflows: {} });
      const gone = new AbortController();
      const left = fetch("/graphql", {
        method: "POST",
        headers: { "content-type": "application/json", "x-tenant-id": "busy" },
        body: JSON.stringify({ query: LONG_PAGE }),
        signal: gone.signal,
      });
      const waiting = asTenant("busy").send(LONG_PAGE);
      expect((await asTenant("busy").refusal(LONG_PAGE)).extensions.code).toBe("LIMIT_EXCEEDED");
      gone.abort();
      await expect(left).rejects.toThrow();
      const next = asTenant("busy").send(LONG_PAGE);
      await owner.query("COMMIT");
      for (const { errors } of await Promise.all([running, waiting, next])) expect(errors).toEqual([]);
    });
  });
});

describe("a thread that fails", () => {
  it("has its query be UNAVAILABLE and repeatable, and the next ones are answered by another", async () => {
    const { asTenant } = openShared();
    const client = asTenant("crasher");
    const crash = () => client.send(LONG_PAGE.replace("Page", CRASH), {}, { operationName: CRASH });
    const [crashed, next, again] = await Promise.all([crash(), client.send(LONG_PAGE), crash()]);
    for (const answer of [crashed, again]) {
      expect(answer).toMatchObject({
        status: 503,
        errors: [
          { message: "The operation was interrupted.", extensions: { code: "UNAVAILABLE", retryable: true } },
        ],
      });
    }
    for (const answer of [next, await client.send(LONG_PAGE)])
      expect(answer).toMatchObject({ status: 200, errors: [] });
  });

  it("is replaced by one that belongs to none of the requests that need it", async () => {
    const moment = new AsyncLocalStorage<string>();
    const momentFields = () => ({ moment: moment.getStore() });
    const { asTenant, threadLines } = openHeavy({ momentFields });
    const client = asTenant("crasher");
    await client.send(LONG_PAGE.replace("Page", CRASH), {}, { operationName: CRASH });
    await moment.run("the next request", () => client.send(LONG_PAGE));
    await terminateBackends(api.store.database, "");
    const lost = () => threadLines.filter(({ message }) => message === "Database connection lost while idle");
    await vi.waitFor(() => expect(lost()).not.toEqual([]), { timeout: 10_000 });
    for (const line of lost()) expect(line).not.toHaveProperty("moment");
  });
});

describe("closing", () => {
  it("waits for nothing that does not run", async () => {
    const { heavy, asTenant } = openHeavy();
    await asTenant("closer").query(LONG_PAGE);
    await heavy.close(60_000);
  });

  it("gives up what runs for too long", async () => {
    const { heavy, asTenant } = openHeavy();
    await withClient(api.store.database.ownerUrl, async (owner) => {
      await owner.query("BEGIN; LOCK TABLE assets IN ACCESS EXCLUSIVE MODE");
      const running = asTenant("closer").refusal(LONG_PAGE);
      await untilBlocked(api.store.database);
      await heavy.close(10);
      expect((await running).extensions.code).toBe("UNAVAILABLE");
      await owner.query("COMMIT");
    });
  });
});
