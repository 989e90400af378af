import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import type { Database, DatabaseOptions } from "../../src/db/database.ts";
import { collectLogLines } from "../support/log-lines.ts";
import { prepareStorage } from "../support/storage.ts";

const storage = prepareStorage();
const BINDING = { ownTenant: "acme", actor: "acme" };

/** A database of one session, with what it logs. */
function open(options: DatabaseOptions = {}) {
  const { lines, logger } = collectLogLines();
  const database = storage.openDatabase({ pool: { max: 1 }, slowOperationMs: 60_000, logger, ...options });
  return { database, messages: () => lines.map(({ message }) => message) };
}

/** Runs a statement in a transaction of its own. */
async function run<Row extends Record<string, unknown>>(database: Database, text: string) {
  const { rows } = await database.transaction(BINDING, { access: "read" }, (connection) =>
    connection.operation("test.run", {}, (db) => db.execute<Row>(sql.raw(text))),
  );
  return rows;
}

const ASKED = "SELECT 1 AS asked";

/** How often the session keeps what `run` was given prepared. */
async function preparedIn(database: Database): Promise<number> {
  const statement = `SELECT count(*)::int AS kept FROM pg_prepared_statements WHERE statement LIKE '%${ASKED}'`;
  return (await run<{ kept: number }>(database, statement))[0]?.kept ?? 0;
}

async function askThrice(database: Database): Promise<void> {
  for (const _ of [1, 2, 3]) expect(await run(database, ASKED)).toEqual([{ asked: 1 }]);
}

it("a statement that comes again is kept prepared", async () => {
  const { database } = open();
  await run(database, ASKED);
  expect(await preparedIn(database)).toBe(0);
  await askThrice(database);
  expect(await preparedIn(database)).toBe(1);
});

it("none is where they are switched off", async () => {
  const { database } = open({ preparedStatements: false });
  await askThrice(database);
  expect(await preparedIn(database)).toBe(0);
});

it.each([
  ["that are lost between transactions", "DEALLOCATE ALL"],
  ["that others have made under their names", "the same again"],
])("those %s are given up, and what was asked is answered", async (_, how) => {
  const { database, messages } = open();
  if (how === "DEALLOCATE ALL") {
    await askThrice(database);
    await run(database, how);
  } else {
    // As a session that had another client before.
    const other = open().database;
    await askThrice(other);
    const names = await run<{ name: string }>(other, "SELECT name FROM pg_prepared_statements");
    for (const { name } of names) await run(database, `PREPARE "${name}" AS SELECT 2`);
  }
  await askThrice(database);
  expect(messages().filter((message) => message.startsWith("Prepared"))).toEqual([
    "Prepared statements are lost between transactions, and not used any more",
  ]);
  expect(await preparedIn(database)).toBe(0);
});
