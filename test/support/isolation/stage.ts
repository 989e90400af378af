import pg from "pg";
import type { TestDatabase } from "../../setup/database.ts";
import { TABLES } from "../owner.ts";
import { insertOf, OWNERS, type Owner, type Statement, stagedRows } from "./rows.ts";

/** Whom a connection is bound to. */
export interface Actor {
  readonly name: string;
  /** `app.current_tenant`; undefined where it was never set on the connection. */
  readonly setting: string | undefined;
}

const OWNER_NAMES: Readonly<Record<Owner, string>> = {
  "tenant-a": "tenant A",
  "tenant-b": "tenant B",
  "~global": "the system",
};

/** The owner of rows, as somebody who acts. */
export const actorOf = (owner: Owner): Actor => ({ name: OWNER_NAMES[owner], setting: owner });

/** Those who own no row. */
export const STRANGERS: readonly Actor[] = [
  { name: "a tenant without rows", setting: "tenant-c" },
  { name: "a tenant whose name begins another's", setting: "tenant" },
  { name: "nobody", setting: "" },
  { name: "a connection that was never bound", setting: undefined },
];

export const ACTORS: readonly Actor[] = [...OWNERS.map(actorOf), ...STRANGERS];

/** Everything of an owner's, in words. */
export const rowsOf = (owner: Owner): string =>
  owner === "~global" ? "global rows" : `${OWNER_NAMES[owner]}'s rows`;

/** What came of a statement. */
export type Outcome =
  | { readonly refused: false; readonly count: number; readonly rows: readonly unknown[] }
  | { readonly refused: true; readonly code: string; readonly message: string; readonly detail: string };

/** `3 rows`, or the SQLSTATE of a refusal. */
export function summary(outcome: Outcome): string {
  return outcome.refused ? outcome.code : `${outcome.count} rows`;
}

/** A database with rows of two tenants and global ones, and plain connections to it. */
export class Stage {
  readonly #application: pg.Client;
  readonly #neverBound: pg.Client;
  readonly #owner: pg.Client;

  private constructor({ applicationUrl, ownerUrl }: TestDatabase) {
    this.#application = connectTo(applicationUrl);
    this.#neverBound = connectTo(applicationUrl);
    this.#owner = connectTo(ownerUrl);
  }

  /** Stores the rows as the application, each owner's bound to it. */
  static async open(database: TestDatabase): Promise<Stage> {
    const stage = new Stage(database);
    await Promise.all([stage.#application.connect(), stage.#neverBound.connect(), stage.#owner.connect()]);
    // Global rows first: the tenants' refer to them.
    for (const owner of OWNERS.toReversed()) {
      await stage.#application.query(`BEGIN; SET LOCAL app.current_tenant = '${owner}'`);
      const rows = stagedRows(owner);
      for (const table of TABLES) {
        for (const row of rows[table]) {
          const { text, values } = insertOf(table, row);
          await stage.#application.query(text, [...values]);
        }
      }
      await stage.#application.query("COMMIT");
    }
    // There should be statistics to hide.
    await stage.change(`ANALYZE ${TABLES.join(", ")}`);
    return stage;
  }

  /** Runs a statement as the application bound to an actor, in a transaction that is rolled back. */
  async attempt({ setting }: Actor, statement: Statement): Promise<Outcome> {
    if (setting === undefined) return attemptOn(this.#neverBound, "BEGIN", statement);
    const tenant = this.#application.escapeLiteral(setting);
    return attemptOn(this.#application, `BEGIN; SET LOCAL app.current_tenant = ${tenant}`, statement);
  }

  /** Runs a statement as the role that owns the tables, bound to an owner of rows, and rolls it back. */
  async attemptAsOwner(setting: string, statement: Statement): Promise<Outcome> {
    return attemptOn(this.#owner, `BEGIN; SET LOCAL app.current_tenant = '${setting}'`, statement);
  }

  /** Changes the database itself, for good. */
  async change(statements: string, by: "owner" | "application" = "owner"): Promise<void> {
    await (by === "owner" ? this.#owner : this.#application).query(statements);
  }

  async close(): Promise<void> {
    await Promise.all([this.#application.end(), this.#neverBound.end(), this.#owner.end()]);
  }
}

function connectTo(connectionString: string): pg.Client {
  return new pg.Client({ connectionString, pipeline: true });
}

/** In one flight, because there are thousands of these. */
async function attemptOn(client: pg.Client, begin: string, { text, values }: Statement): Promise<Outcome> {
  const [, tried] = await Promise.allSettled([
    client.query(begin),
    client.query<pg.QueryResultRow>(text, [...values]),
    client.query("ROLLBACK"),
  ]);
  if (tried.status === "fulfilled") {
    const { rows, rowCount } = tried.value;
    return { refused: false, count: rowCount ?? 0, rows };
  }
  if (!(tried.reason instanceof pg.DatabaseError)) throw tried.reason;
  const { code = "", message, detail = "" } = tried.reason;
  return { refused: true, code, message, detail };
}
