import { setTimeout as delay } from "node:timers/promises";
import { withClient } from "../setup/connection.ts";
import type { TestDatabase } from "../setup/database.ts";

/** Something that happens once and can be waited for. */
export class Signal {
  readonly #promise: Promise<void>;
  #resolve: () => void = () => undefined;

  constructor() {
    this.#promise = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  give(): void {
    this.#resolve();
  }

  wait(): Promise<void> {
    return this.#promise;
  }
}

/** Resolves once so many of the application's connections wait for a lock. */
export async function untilBlocked({ applicationUrl }: TestDatabase, connections = 1): Promise<void> {
  await withClient(applicationUrl, async (client) => {
    for (;;) {
      const { rowCount } = await client.query(
        `SELECT FROM pg_stat_activity
         WHERE datname = current_database() AND usename = current_user AND wait_event_type = 'Lock'`,
      );
      if ((rowCount ?? 0) >= connections) return;
      await delay(10);
    }
  });
}

/** Ends the application's connections to the database whose last statement begins so. Returns how many. */
export async function terminateBackends(
  { applicationUrl }: TestDatabase,
  statement: string,
): Promise<number> {
  return withClient(applicationUrl, async (client) => {
    const { rowCount } = await client.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND starts_with(query, $1)`,
      [statement],
    );
    return rowCount ?? 0;
  });
}

/** Has whoever uses some tables wait until `work` is done, or unlocks them. */
export async function whileLocked<T>(
  { ownerUrl }: TestDatabase,
  tables: string,
  work: (unlock: () => Promise<unknown>) => Promise<T>,
): Promise<T> {
  return withClient(ownerUrl, async (owner) => {
    await owner.query(`BEGIN; LOCK TABLE ${tables} IN ACCESS EXCLUSIVE MODE`);
    return work(() => owner.query("COMMIT"));
  });
}
