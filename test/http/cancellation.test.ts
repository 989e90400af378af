import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { listen } from "../../src/http/server.ts";
import { withClient } from "../setup/connection.ts";
import { untilBlocked } from "../support/concurrency.ts";
import { type OpenedApi, prepareApi } from "../support/graphql.ts";
import { createWorkflow } from "../support/graphql-operations.ts";
import { prepareHeavy } from "../support/heavy.ts";
import { timeUntilIdle } from "../support/sessions.ts";

const NEVER = 86_400_000;
const api = prepareApi({ slowOperationMs: NEVER, pool: { max: 2 } });
const openHeavy = prepareHeavy(api);

const BLOCKED = "query Blocked { workflows { totalCount } }";
const TOO_LONG = "The operation took longer than it may (OPERATION_TIMEOUT_MS).";
const FREE = "{ assets { totalCount } }";
/** Heavy enough for a thread. */
const LONG = "query Long { workflows(first: 1000) { nodes { id name version } } }";

/** Has whoever reads workflows wait until `work` is done. */
async function whileLocked<T>(work: (unlock: () => Promise<unknown>) => Promise<T>): Promise<T> {
  return withClient(api.store.database.ownerUrl, async (owner) => {
    await owner.query("BEGIN; LOCK TABLE workflows IN ACCESS EXCLUSIVE MODE");
    return work(() => owner.query("COMMIT"));
  });
}

/** Clients of a real server that keep their only connection, as a browser or a gateway does. */
async function openKeptConnection({ app }: Pick<OpenedApi, "app">) {
  const server = await listen(app, { host: "127.0.0.1", port: 0 });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(async () => {
    agent.destroy();
    await server.close(0);
  });
  const send = (method: string, target: string, body?: string) => {
    const headers = { "content-type": "application/json", "x-tenant-id": "acme" };
    const sent = request(new URL(target, server.url), { method, agent, headers }).end(body);
    return { sent, answer: answerTo(sent) };
  };
  return {
    post: (query: string) => send("POST", "/graphql", JSON.stringify({ query })),
    get: (query: string) => send("GET", `/graphql?query=${encodeURIComponent(query)}`),
  };
}

async function answerTo(sent: ClientRequest): Promise<string> {
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    sent.once("response", resolve).once("error", reject),
  );
  return text(response);
}

describe("a client that goes away", () => {
  it.each(["post", "get"] as const)(
    "has its statement cancelled, after a kept connection's %s",
    async (method) => {
      const opened = api.open();
      const client = await openKeptConnection(opened);
      expect(await client.post(FREE).answer).toContain("totalCount");
      await whileLocked(async () => {
        const { sent, answer } = client[method](BLOCKED);
        await untilBlocked(api.store.database);
        sent.destroy();
        await expect(answer).rejects.toThrow();
        expect(await timeUntilIdle(api.store.database)).toBeLessThan(500);
        expect(await client.post(FREE).answer).toContain("totalCount");
      });
      expect(opened.lines.filter(({ level }) => level !== "INFO")).toEqual([]);
    },
  );

  it("harms no other request, neither one that runs nor the next on the connection", async () => {
    const opened = api.open({ pool: { max: 2 }, share: undefined });
    const client = await openKeptConnection(opened);
    await whileLocked(async (unlock) => {
      const other = opened.asTenant("other").send(BLOCKED);
      const { sent, answer } = client.post(BLOCKED);
      await untilBlocked(api.store.database, 2);
      sent.destroy();
      await expect(answer).rejects.toThrow();
      for (let next = 0; next < 20; next += 1)
        expect(await opened.asTenant("acme").query(FREE)).toMatchObject({ assets: {} });
      await unlock();
      expect((await other).errors).toEqual([]);
    });
  });

  it("stores nothing with a mutation that had not come to its commit", async () => {
    const opened = api.open();
    const client = await openKeptConnection(opened);
    await whileLocked(async () => {
      const { sent, answer } = client.post(
        'mutation { createAsset(input: { name: "kept", assetType: "t" }) { asset { id } } createWorkflow(input: { name: "lost" }) { workflow { id } } }',
      );
      await untilBlocked(api.store.database);
      sent.destroy();
      await expect(answer).rejects.toThrow();
      await timeUntilIdle(api.store.database);
    });
    const left = '{ kept: assetByName(name: "kept") { name } lost: workflowByName(name: "lost") { name } }';
    expect(await opened.asTenant("acme").query(left)).toEqual({ kept: { name: "kept" }, lost: null });
  });
});

describe("an operation that takes longer than it may", () => {
  it("is TIMEOUT at each field that was not done, with what was read before", async () => {
    const { asTenant, lines } = api.open({ operationTimeoutMs: 300 });
    await whileLocked(async () => {
      const answer = await asTenant("acme").send(
        '{ asset: assetByName(name: "x") { id } w: workflowByName(name: "x") { id } }',
      );
      expect(answer).toMatchObject({ status: 200, data: { asset: null, w: null } });
      expect(answer.errors).toEqual([
        { message: TOO_LONG, path: ["w"], locations: [expect.anything()], extensions: { code: "TIMEOUT" } },
      ]);
      expect(await timeUntilIdle(api.store.database)).toBeLessThan(500);
      await asTenant("acme").query(FREE);
    });
    expect(lines.filter(({ level }) => level !== "INFO")).toMatchObject([
      { level: "WARN", message: "Database operation timed out", span: { name: "workflow.findByName" } },
    ]);
  });

  it("is TIMEOUT while it waits for a connection, and takes none later", async () => {
    const { asTenant, database } = api.open({ operationTimeoutMs: 200, pool: { max: 1 } });
    const held = await database.pool.connect();
    expect(await asTenant("acme").send(FREE)).toMatchObject({ status: 200, errors: [{ message: TOO_LONG }] });
    held.release();
    await asTenant("acme").query(FREE);
    await expect.poll(() => database.pool.idleCount).toBe(1);
  });

  it("is not tried again", async () => {
    const url = new URL(api.store.database.applicationUrl);
    url.port = "1";
    const retry = { attempts: 20, minDelayMs: 86_400_000, maxDelayMs: 86_400_000 };
    const { asTenant } = api.open({ url: url.href, retry, operationTimeoutMs: 200 });
    expect(await asTenant("acme").send(FREE)).toMatchObject({
      status: 200,
      data: null,
      errors: [{ message: TOO_LONG, extensions: { code: "TIMEOUT" } }],
    });
  });
});

describe("a heavy operation", () => {
  it("whose client goes away is cancelled in its thread, which serves on", async () => {
    const opened = openHeavy();
    const client = await openKeptConnection(opened);
    await whileLocked(async () => {
      const { sent, answer } = client.post(LONG);
      await untilBlocked(api.store.database);
      sent.destroy();
      await expect(answer).rejects.toThrow();
      expect(await timeUntilIdle(api.store.database)).toBeLessThan(500);
    });
    await createWorkflow(opened.asTenant("acme"), { name: "found" });
    expect(JSON.parse(await client.post(LONG).answer)).toMatchObject({
      data: { workflows: { nodes: [{}] } },
    });
    expect([...opened.lines, ...opened.threadLines].filter(({ level }) => level !== "INFO")).toEqual([]);
  });

  it("that takes longer than it may is TIMEOUT, and its thread serves on", async () => {
    const { heavy, asTenant } = openHeavy();
    await asTenant("slow").query(LONG);
    const hurried = api.open({ heavy, operationTimeoutMs: 300 }).asTenant("slow");
    await whileLocked(async () => {
      expect(await hurried.send(LONG)).toMatchObject({ status: 200, errors: [{ message: TOO_LONG }] });
      expect(await timeUntilIdle(api.store.database)).toBeLessThan(500);
    });
    await asTenant("slow").query(LONG);
  });

  it("whose turn does not come in the time that it has is TIMEOUT, and was not begun", async () => {
    const { heavy, asTenant } = openHeavy();
    const hurried = api.open({ heavy, operationTimeoutMs: 300 }).asTenant("slow");
    await whileLocked(async (unlock) => {
      const running = asTenant("slow").send(LONG);
      await untilBlocked(api.store.database);
      expect(await hurried.send(LONG)).toMatchObject({
        status: 504,
        data: undefined,
        errors: [{ message: TOO_LONG, extensions: { code: "TIMEOUT" } }],
      });
      await unlock();
      expect((await running).errors).toEqual([]);
    });
  });
});
