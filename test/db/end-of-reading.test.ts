import { expect, it } from "vitest";
import { AbandonedError } from "../../src/errors.ts";
import { collectLogLines } from "../support/log-lines.ts";
import { timeUntilIdle, untilRunning } from "../support/sessions.ts";
import { SLEEPING, sleep, sleepInTransaction } from "../support/sleep.ts";
import { prepareStorage } from "../support/storage.ts";

const storage = prepareStorage();

it("the end of what was read cancels what still runs: nobody waits for it, and its connection is used on", async () => {
  const { lines, logger } = collectLogLines();
  const database = storage.openDatabase({ pool: { max: 1 }, slowOperationMs: 60_000, logger });
  const pid = await sleepInTransaction(database, 0);
  const connection = database.connect({ ownTenant: "acme", actor: "acme" }, { access: "read" });
  const left = sleep(connection, 60).catch((error: unknown) => error);
  await untilRunning(storage.database, SLEEPING);
  const end = connection.endReading();
  expect(await timeUntilIdle(storage.database)).toBeLessThan(1000);
  await end;
  expect(await left).toBeInstanceOf(AbandonedError);
  expect(await sleepInTransaction(database, 0)).toBe(pid);
  expect(lines).toEqual([]);
});
