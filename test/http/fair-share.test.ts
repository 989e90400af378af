import type pg from "pg";
import { describe, expect, it } from "vitest";
import type { FairShareLimits } from "../../src/http/fair-share.ts";
import { withClient } from "../setup/connection.ts";
import { readAnswer } from "../support/answer.ts";
import { untilBlocked } from "../support/concurrency.ts";
import { type Client, prepareApi } from "../support/graphql.ts";

const api = prepareApi({ slowOperationMs: 60_000 });
const SHARE = { slots: 4, slotsPerTenant: 2, waitingPerTenant: 3, waitMs: 60_000 };

const BLOCKED = "{ workflows { totalCount } }";
const FREE = "{ assets { totalCount } }";
const ANSWERED = { workflows: { totalCount: 0 } };

const open = (share: Partial<FairShareLimits> = {}) =>
  api.open({ slowOperationMs: 60_000, pool: { max: 4 }, share: { ...SHARE, ...share } });

/** Keeps whoever reads workflows waiting until `work` is done. */
async function whileBlocked<T>(work: (free: () => Promise<pg.QueryResult>) => Promise<T>): Promise<T> {
  return withClient(api.store.database.ownerUrl, async (owner) => {
    await owner.query("BEGIN; LOCK TABLE workflows IN ACCESS EXCLUSIVE MODE");
    return work(() => owner.query("COMMIT"));
  });
}

const send = (client: Client, count: number, document = BLOCKED) =>
  Array.from({ length: count }, () => client.send(document));

describe("a tenant whose operations all wait for something", () => {
  it("leaves the others their connections, and gets its own answers afterwards", async () => {
    const { asTenant, system, nobody } = open();
    await whileBlocked(async (free) => {
      const mine = send(asTenant("heavy"), 5);
      await untilBlocked(api.store.database, 2);
      for (const client of [asTenant("other"), system, nobody, asTenant("third")])
        expect(await client.query(FREE)).toMatchObject({ assets: {} });
      await free();
      for (const { data } of await Promise.all(mine)) expect(data).toEqual(ANSWERED);
    });
  });

  it("is refused what may not wait any more, before anything is executed", async () => {
    const { asTenant } = open({ waitingPerTenant: 1 });
    await whileBlocked(async (free) => {
      const mine = send(asTenant("heavy"), 3);
      await untilBlocked(api.store.database, 2);
      expect(await asTenant("heavy").send(FREE)).toMatchObject({
        status: 400,
        data: undefined,
        errors: [
          {
            message: "No more than 1 operations of a tenant may wait for their turn (TENANT_MAX_WAITING).",
            extensions: { code: "LIMIT_EXCEEDED" },
          },
        ],
      });
      await free();
      for (const { data } of await Promise.all(mine)) expect(data).toEqual(ANSWERED);
    });
  });

  it("is told that what has waited for too long may be repeated", async () => {
    const { asTenant, statements } = open({ waitMs: 20 });
    await whileBlocked(async (free) => {
      const mine = send(asTenant("heavy"), 2);
      await untilBlocked(api.store.database, 2);
      const late = await asTenant("heavy").send(FREE);
      expect(late).toMatchObject({ status: 503, data: undefined });
      expect(late.errors).toMatchObject([{ extensions: { code: "UNAVAILABLE", retryable: true } }]);
      await free();
      await Promise.all(mine);
    });
    expect(statements.names).not.toContain("asset.count");
    expect(await asTenant("heavy").query(FREE)).toEqual({ assets: { totalCount: 0 } });
  });

  it("does not keep the place of a client that is gone", async () => {
    const { asTenant, fetch, statements } = open({ waitingPerTenant: 1 });
    const gone = new AbortController();
    await whileBlocked(async (free) => {
      const mine = send(asTenant("heavy"), 2);
      await untilBlocked(api.store.database, 2);
      const left = fetch("/graphql", {
        method: "POST",
        headers: { "content-type": "application/json", "x-tenant-id": "heavy" },
        body: JSON.stringify({ query: FREE }),
        signal: gone.signal,
      });
      // It waits when the next one is refused.
      while ((await asTenant("heavy").send(FREE)).errors.length === 0);
      gone.abort();
      await expect(left.then(readAnswer)).rejects.toThrow();
      const next = asTenant("heavy").send(FREE);
      await free();
      for (const { data } of await Promise.all(mine)) expect(data).toEqual(ANSWERED);
      expect((await next).errors).toEqual([]);
    });
    expect(statements.names.filter((name) => name === "asset.count")).toHaveLength(1);
  });

  it("has its mutations wait, too, and commits what has begun", async () => {
    const { asTenant } = open();
    const mutation = 'mutation { createWorkflow(input: { name: "made" }) { workflow { name } } }';
    await whileBlocked(async (free) => {
      const mine = send(asTenant("writer"), 2);
      await untilBlocked(api.store.database, 2);
      const made = asTenant("writer").send(mutation);
      expect(await asTenant("other").query(FREE)).toMatchObject({ assets: {} });
      await free();
      await Promise.all(mine);
      expect((await made).data).toEqual({ createWorkflow: { workflow: { name: "made" } } });
    });
  });
});
