import { and, eq, type SQL, sql } from "drizzle-orm";
import type { TenantConnection } from "../db/tenant-connection.ts";
import type { Kind, Row } from "./kind.ts";

/** Rows of one statement. */
const PAGE_ROWS = 500;

/**
 * The own rows of a kind, in the order of their keys, page by page: all, or those from one row's key to another's. By keys
 * rather than a cursor, which a pipelined connection does not have.
 */
export async function* pagesOf(
  connection: TenantConnection,
  kind: Kind,
  span?: { readonly from: Row; readonly to: Row },
): AsyncGenerator<Row[]> {
  const own = eq(kind.table.tenantId, connection.ownTenant ?? "");
  const end = span && compare(kind, "<=", span.to);
  let begin = span && compare(kind, ">=", span.from);
  for (;;) {
    const where = and(own, begin, end);
    const rows = await connection.operation("transfer.read", { kind: kind.name }, (db) =>
      kind.read(db, where, PAGE_ROWS),
    );
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    if (rows.length < PAGE_ROWS) return;
    begin = compare(kind, ">", last);
  }
}

function compare({ key, keyOf }: Kind, operator: ">" | ">=" | "<=", row: Row): SQL {
  const comma = sql`, `;
  const values = keyOf(row).map((value, place) => sql`${value}::${sql.raw(key[place]?.getSQLType() ?? "")}`);
  return sql`(${sql.join([...key], comma)}) ${sql.raw(operator)} (${sql.join(values, comma)})`;
}
