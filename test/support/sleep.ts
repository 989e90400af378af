import { sql } from "drizzle-orm";
import type { Database } from "../../src/db/database.ts";
import type { Access } from "../../src/db/database-error.ts";
import type { TenantConnection } from "../../src/db/tenant-connection.ts";

/** How the statement of {@link sleep} begins. */
export const SLEEPING = "/* test.sleep */";

/** Has the database sleep, and answers with the id of the process that did. */
export async function sleep(connection: TenantConnection, seconds: number): Promise<number> {
  const statement = sql`SELECT pg_backend_pid() AS pid, pg_sleep(${seconds})`;
  const { rows } = await connection.operation("test.sleep", {}, (db) =>
    db.execute<{ pid: number }>(statement),
  );
  return rows[0]?.pid ?? 0;
}

/** A transaction of the tenant `sleeper` that does nothing but {@link sleep}. */
export function sleepInTransaction(
  database: Database,
  seconds: number,
  { access = "read", signal }: { readonly access?: Access; readonly signal?: AbortSignal } = {},
): Promise<number> {
  const binding = { ownTenant: "sleeper", actor: "sleeper" };
  return database.transaction(binding, { access, signal }, (connection) => sleep(connection, seconds));
}
