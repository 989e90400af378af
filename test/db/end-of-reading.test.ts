import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { AbandonedError, ConflictError, UnavailableError } from "../../src/errors.ts";
import { terminateBackends } from "../support/concurrency.ts";
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

it("a connection that was lost while it read is not given to the next", async () => {
  const database = storage.openDatabase({ pool: { max: 1 }, slowOperationMs: 60_000 });
  const connection = database.connect({ ownTenant: "acme", actor: "acme" }, { access: "read" });
  const lost = sleep(connection, 60).catch((error: unknown) => error);
  await untilRunning(storage.database, SLEEPING);
  const idle: number[] = [];
  const ended = lost.then(async (error) => {
    await connection.endReading();
    idle.push(database.pool.idleCount);
    return error;
  });
  await terminateBackends(storage.database, SLEEPING);
  expect(await ended).toBeInstanceOf(UnavailableError);
  expect(idle).toEqual([0]);
});

it("what was read of a transaction in which a statement failed does not pass for whole", async () => {
  const database = storage.openDatabase({ pool: { max: 1 }, slowOperationMs: 60_000 });
  const reading = database.transaction(
    { ownTenant: "acme", actor: "acme" },
    { access: "read" },
    (connection) =>
      connection.operation("test.fail", {}, (db) =>
        // Caught within the operation: nobody is told.
        db.execute(sql`SELECT 'x'::int`).catch(() => "as if it were whole"),
      ),
  );
  await expect(reading).rejects.toThrow(ConflictError);
});
