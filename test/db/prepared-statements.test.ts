import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import type { Database, DatabaseOptions } from "../../src/db/database.ts";
import { type TenantDatabase, writtenPerShape } from "../../src/db/tenant-database.ts";
import { createAssetRepository } from "../../src/modules/asset/asset.repository.ts";
import { createExecutionRepository } from "../../src/modules/execution/execution.repository.ts";
import { UNKNOWN_ID } from "../support/factories.ts";
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

/** Does something in a transaction of its own. */
function inTransaction<T>(database: Database, work: (db: TenantDatabase) => Promise<T>): Promise<T> {
  return database.transaction(BINDING, { access: "read" }, (connection) =>
    connection.operation("test.run", {}, work),
  );
}

async function run<Row extends Record<string, unknown>>(database: Database, text: string) {
  return (await inTransaction(database, (db) => db.execute<Row>(sql.raw(text)))).rows;
}

/** A statement that is to be kept prepared. */
const prepared = (text: string) => writtenPerShape(() => sql.raw(text))("");

const ASKED = "SELECT 1 AS asked";

/** What the session keeps of what was asked. */
function kept(database: Database) {
  return run<{ name: string; generic: number }>(
    database,
    `SELECT name, generic_plans::int AS generic FROM pg_prepared_statements WHERE statement LIKE '%${ASKED}'`,
  );
}

async function askThrice(database: Database): Promise<void> {
  for (const _ of [1, 2, 3]) {
    const rows = await inTransaction(database, (db) => db.run(prepared(ASKED), {}));
    expect(rows).toEqual([{ asked: 1 }]);
  }
}

it("a statement that is to be kept prepared is, with one plan", async () => {
  const { database } = open();
  await askThrice(database);
  expect(await kept(database)).toEqual([{ name: expect.stringMatching(/^servo_/), generic: 3 }]);
});

it("what is looked for by parents is planned for its tenant: of one with few rows, all may as well be read", async () => {
  const { database } = open();
  for (const ownTenant of ["few", "many", "few", "many", "few", "many", "few"])
    await database.transaction({ ownTenant, actor: ownTenant }, { access: "read" }, (connection) =>
      createExecutionRepository(connection).pagesByWorkflow([UNKNOWN_ID], {}),
    );
  const plans = await run(
    database,
    `SELECT generic_plans::int AS generic, custom_plans::int AS custom FROM pg_prepared_statements
     WHERE statement LIKE '/* execution.pagesByWorkflow */%'`,
  );
  expect(plans).toEqual([{ generic: 0, custom: 7 }]);
});

it("another is planned by its values, also beside it", async () => {
  const { database } = open();
  const modes = await inTransaction(database, async (db) => {
    const show = "SELECT current_setting('plan_cache_mode') AS mode";
    const plainly = async () => (await db.execute(sql.raw(show))).rows;
    return [...(await plainly()), ...(await db.run(prepared(show), {})), ...(await plainly())];
  });
  expect(modes).toEqual([{ mode: "auto" }, { mode: "force_generic_plan" }, { mode: "auto" }]);
});

it("none is where they are switched off", async () => {
  const { database } = open({ preparedStatements: false });
  await askThrice(database);
  expect(await kept(database)).toEqual([]);
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
    for (const { name } of await kept(other)) await run(database, `PREPARE "${name}" AS SELECT 2`);
  }
  await askThrice(database);
  expect(messages().filter((message) => message.startsWith("Prepared"))).toEqual([
    "Prepared statements are lost between transactions, and not used any more",
  ]);
  expect(await kept(database)).toEqual([]);
});

describe("an insert", () => {
  const insert = (database: Database, name: string) =>
    database.transaction(BINDING, { access: "write" }, (connection) =>
      createAssetRepository(connection).insert({ name, assetType: "table", tags: ["one"] }),
    );

  it("is kept prepared, and planned as PostgreSQL chooses", async () => {
    const { database } = open();
    const modes: string[] = [];
    database.pool.on("connect", (client) => {
      const { query } = client;
      client.query = ((...asked: [string]) => {
        if (/plan_cache_mode/.test(String(asked[0]))) modes.push(asked[0]);
        return Reflect.apply(query, client, asked);
      }) as typeof query;
    });
    await insert(database, "prepared");
    expect(modes).toEqual([]);
    const statements = await run<{ statement: string }>(
      database,
      "SELECT statement FROM pg_prepared_statements WHERE statement ILIKE '%insert into%' ORDER BY statement DESC",
    );
    expect(statements).toMatchObject([
      { statement: expect.stringMatching(/insert into "assets" .* values/) },
      { statement: expect.stringMatching(/insert into "asset_tags" .* FROM json_to_recordset/) },
    ]);
  });

  it("whose preparation is lost is done again, and stored once", async () => {
    const { database } = open();
    await insert(database, "before");
    await run(database, "DEALLOCATE ALL");
    const { name, tags } = await insert(database, "after");
    expect({ name, tags }).toEqual({ name: "after", tags: ["one"] });
    const stored = await run(database, "SELECT name FROM assets WHERE name = 'after'");
    expect(stored).toHaveLength(1);
  });
});
