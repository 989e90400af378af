import { sql } from "drizzle-orm";
import type { TenantConnection } from "../db/tenant-connection.ts";
import { type Header, TRAILER } from "./format.ts";
import { KINDS } from "./kinds.ts";
import { pagesOf } from "./pages.ts";
import type { Steps } from "./steps.ts";

/** Whoever takes the lines may take their time over one: the database is not to end the transaction meanwhile. */
const PATIENCE = sql`SET LOCAL idle_in_transaction_session_timeout = 0`;

/**
 * All that a tenant has, as lines of JSON in pieces of any number of lines: a header, the rows of each kind in an order in
 * which they can be imported, and a trailer with their numbers. Holds one page in memory. The transaction should be one
 * that reads (one snapshot), and not be repeated, because pieces that were taken are gone.
 */
export async function* exportTenant(
  connection: TenantConnection,
  header: Header,
  { check, tell }: Steps,
): AsyncGenerator<string> {
  await connection.operation("transfer.begin", {}, (db) => db.execute(PATIENCE));
  yield lineOf(header);
  const counts: Record<string, number> = {};
  for (const kind of KINDS) {
    let done = 0;
    for await (const rows of pagesOf(connection, kind)) {
      check();
      yield rows.map((row) => lineOf({ kind: kind.name, ...row })).join("");
      done += rows.length;
      tell(kind.plural, done);
    }
    counts[kind.name] = done;
  }
  yield lineOf({ kind: TRAILER, counts });
}

const lineOf = (value: object): string => `${JSON.stringify(value)}\n`;
