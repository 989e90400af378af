import { setTimeout as delay } from "node:timers/promises";
import { withClient } from "../setup/connection.ts";
import type { TestDatabase } from "../setup/database.ts";

/** The application's sessions that are in a transaction or run a statement, by what they do. */
export async function busySessions({ applicationUrl }: TestDatabase): Promise<readonly string[]> {
  return withClient(applicationUrl, async (client) => {
    const { rows } = await client.query<{ state: string; query: string }>(
      `SELECT state, query FROM pg_stat_activity
       WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid() AND state <> 'idle'`,
    );
    return rows.map(({ state, query }) => `${state}: ${query}`);
  });
}

/** Resolves once a statement that begins so runs. */
export async function untilRunning(database: TestDatabase, statement: string): Promise<void> {
  while (!(await busySessions(database)).some((session) => session.startsWith(`active: ${statement}`)))
    await delay(5);
}

/** How many milliseconds it takes until no session is busy any more. */
export async function timeUntilIdle(database: TestDatabase): Promise<number> {
  const started = performance.now();
  while ((await busySessions(database)).length > 0) await delay(5);
  return performance.now() - started;
}
