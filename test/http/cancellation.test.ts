import { describe, expect, it } from "vitest";
import { untilBlocked, whileLocked } from "../support/concurrency.ts";
import { prepareApi } from "../support/graphql.ts";
import { openKeptConnection } from "../support/kept-connection.ts";
import { timeUntilIdle } from "../support/sessions.ts";

const NEVER = 86_400_000;
const api = prepareApi({ slowOperationMs: NEVER, pool: { max: 2 } });

const BLOCKED = "query Blocked { workflows { totalCount } }";
const FREE = "{ assets { totalCount } }";
const TOO_LONG = "The operation took longer than it may (OPERATION_TIMEOUT_MS).";
/** What the database itself ends, if nobody else does. */
const PATIENT = { timeouts: { statementMs: 5000 } };

describe("a client that goes away", () => {
  it.each(["post", "get"] as const)(
    "has its statement cancelled, after a kept connection's %s",
    async (method) => {
      const opened = api.open();
      const client = await openKeptConnection(opened);
      expect(await client.post(FREE).answer).toContain("totalCount");
      await whileLocked(api.store.database, "workflows", async () => {
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
    await whileLocked(api.store.database, "workflows", async (unlock) => {
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
    await whileLocked(api.store.database, "workflows", async () => {
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
    const { asTenant, lines } = api.open({ operationTimeoutMs: 300, ...PATIENT });
    await whileLocked(api.store.database, "workflows", async () => {
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
