import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { readAnswer } from "../support/answer.ts";
import { untilBlocked, whileLocked } from "../support/concurrency.ts";
import { prepareProgram } from "../support/program.ts";
import { prepareStorage } from "../support/storage.ts";

const storage = prepareStorage();
const test = prepareProgram();

const LIGHT = "{ workflows { totalCount } }";
const HEAVY = "{ workflows(first: 1000) { nodes { id name version } } }";

const environment = (given: Readonly<Record<string, string>>) => ({
  DATABASE_URL: storage.database.applicationUrl,
  ...given,
});

describe("a service that is told to be impatient", () => {
  it.each([
    ["STATEMENT_TIMEOUT_MS", "The database did not answer in the time allowed."],
    ["OPERATION_TIMEOUT_MS", "The operation took longer than it may (OPERATION_TIMEOUT_MS)."],
  ])("by %s is so in the main thread and in the others", async (variable, message) => {
    const { url } = await test.serve(environment({ [variable]: "1500", HEAVY_WORKERS: "1" }));
    const send = (query: string) =>
      fetch(`${url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-tenant-id": "acme" },
        body: JSON.stringify({ query }),
      });
    // A thread takes a while to start.
    await expect
      .poll(async () => (await readAnswer(await send(HEAVY))).errors, { timeout: 20_000 })
      .toEqual([]);
    await whileLocked(storage.database, "workflows, executions", async () => {
      for (const response of await Promise.all([LIGHT, HEAVY].map(send)))
        expect(await readAnswer(response)).toMatchObject({ status: 200, errors: [{ message }] });
    });
  });
});

describe("a command", () => {
  it("takes its time, however impatient the service is told to be", async () => {
    const impatient = environment({ STATEMENT_TIMEOUT_MS: "100", IDLE_IN_TRANSACTION_TIMEOUT_MS: "100" });
    const purge = await whileLocked(storage.database, "workflows, executions", async () => {
      const purging = test.start(["purge", "--tenant", "acme", "--older-than", "90d"], impatient);
      await untilBlocked(storage.database);
      await delay(500);
      return purging;
    });
    expect(await purge.ended).toMatchObject({ code: 0 });
  });
});
