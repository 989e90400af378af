import { describe, expect, it } from "vitest";
import { untilBlocked, whileLocked } from "../support/concurrency.ts";
import { prepareApi } from "../support/graphql.ts";
import { createWorkflow } from "../support/graphql-operations.ts";
import { prepareHeavy } from "../support/heavy.ts";
import { openKeptConnection } from "../support/kept-connection.ts";
import { timeUntilIdle } from "../support/sessions.ts";

const api = prepareApi({ slowOperationMs: 86_400_000 });
const openHeavy = prepareHeavy(api);

/** Heavy enough for a thread. */
const LONG = "query Long { workflows(first: 1000) { nodes { id name version } } }";
const TOO_LONG = "The operation took longer than it may (OPERATION_TIMEOUT_MS).";
/** What the database itself ends, if nobody else does. */
const PATIENT = { timeouts: { statementMs: 5000 } };

describe("a heavy operation", () => {
  it("whose client goes away is cancelled in its thread, which serves on", async () => {
    const opened = openHeavy({ options: PATIENT });
    const client = await openKeptConnection(opened);
    await whileLocked(api.store.database, "workflows", async () => {
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
    await whileLocked(api.store.database, "workflows", async () => {
      expect(await hurried.send(LONG)).toMatchObject({ status: 200, errors: [{ message: TOO_LONG }] });
      expect(await timeUntilIdle(api.store.database)).toBeLessThan(500);
    });
    await asTenant("slow").query(LONG);
  });

  it("whose turn does not come in the time that it has is TIMEOUT, and was not begun", async () => {
    const { heavy, asTenant } = openHeavy();
    const hurried = api.open({ heavy, operationTimeoutMs: 300 }).asTenant("slow");
    await whileLocked(api.store.database, "workflows", async (unlock) => {
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
