import type pg from "pg";
import { createDatabase, type Database, type DatabaseOptions } from "./db/database.ts";
import { GLOBAL_TENANT, parseTenantId } from "./db/tenant.ts";
import { actor as actorField, parseInput } from "./modules/fields.ts";
import { createRepositories, type Repositories } from "./modules/repositories.ts";

/** How {@link PostgresStorage} connects, retries and logs. */
export type StorageOptions = DatabaseOptions;

export interface WorkOptions {
  /** Who goes into `createdBy` and `updatedBy`. Default: the tenant's id, or `system`. */
  readonly actor?: string | undefined;
  /** Read one consistent snapshot; a write fails. Default false. */
  readonly readOnly?: boolean | undefined;
  /**
   * Whether doing the work twice does no harm, as with writes under an idempotency key; then it is also tried again after
   * the connection was lost in the middle. Default: as `readOnly`.
   */
  readonly repeatable?: boolean | undefined;
  /**
   * Ends the work, as `AbortSignal.timeout(5000)` does: what waits gives up, nothing more is begun, and nothing is stored.
   * Default: never.
   */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The metadata store, for a program that embeds it. Connects on first use, as the application role, which row-level
 * security holds to one tenant at a time.
 *
 * ```ts
 * const storage = new PostgresStorage("postgres://servo_server:…@localhost/servo");
 * const asset = await storage.withTenant("acme", ({ assets }) =>
 *   assets.insert({ name: "customer_events", assetType: "table" }),
 * );
 * await storage.close();
 * ```
 */
export class PostgresStorage {
  readonly #database: Database;

  /**
   * @param url connection string of the application role
   * @param options pool of 10 connections and 30 seconds to wait for one unless they say otherwise
   */
  constructor(url: string, options: StorageOptions = {}) {
    this.#database = createDatabase(url, options);
  }

  /** The connection pool underneath. Statements on it are bound to no tenant: they see global rows only. */
  get pool(): pg.Pool {
    return this.#database.pool;
  }

  /**
   * Runs `work` in one transaction for a tenant and returns its value once everything is stored; an error rolls it all
   * back. It sees the tenant's rows and global ones, and changes the tenant's. It may run more than once (after a
   * deadlock, for example), so it must have no effects outside the repositories.
   * @throws BadUserInputError for a malformed tenant id, ServingRoleError for a role that is not held by its policies,
   * TimeoutError or the signal's reason when it has aborted, and whatever `work` throws
   */
  async withTenant<T>(
    tenantId: string,
    work: (repositories: Repositories) => Promise<T>,
    options: WorkOptions = {},
  ): Promise<T> {
    const ownTenant = parseTenantId(tenantId);
    return this.#run(ownTenant, options.actor ?? ownTenant, work, options);
  }

  /** As {@link withTenant}, for the system, which sees and changes global rows. */
  async withSystem<T>(
    work: (repositories: Repositories) => Promise<T>,
    options: WorkOptions = {},
  ): Promise<T> {
    return this.#run(GLOBAL_TENANT, options.actor ?? "system", work, options);
  }

  /** Waits for running work, then closes every connection. */
  async close(): Promise<void> {
    await this.#database.close();
  }

  #run<T>(
    ownTenant: string,
    actor: string,
    work: (repositories: Repositories) => Promise<T>,
    { readOnly = false, repeatable = readOnly, signal }: WorkOptions,
  ): Promise<T> {
    const binding = { ownTenant, actor: parseInput(actorField, actor, ["actor"]) };
    const access = readOnly ? "read" : "write";
    return this.#database.transaction(binding, { access, repeatable, signal }, (connection) =>
      work(createRepositories(connection)),
    );
  }
}
