import type pg from "pg";
import type { StopSignal } from "../abort.ts";
import { type StorageLogger, silentLogger } from "../logger.ts";
import { type CircuitBreakerOptions, type CircuitState, createCircuitBreaker } from "./circuit-breaker.ts";
import type { NamedFields } from "./column-sets.ts";
import type { Access } from "./database-error.ts";
import { HeldClient } from "./held-client.ts";
import type { DatabaseObserver } from "./observer.ts";
import { createPool, type PoolOptions, prepareClose, takeClient } from "./pool.ts";
import { type RetryOptions, withRetry } from "./retry.ts";
import { createRoleGuard } from "./role-guard.ts";
import { StatementNames } from "./statement-names.ts";
import { shownTenant, type TenantBinding } from "./tenant.ts";
import { TenantConnection } from "./tenant-connection.ts";
import type { TenantDatabase } from "./tenant-database.ts";
import { longestSilence, type TimeoutOptions, timeoutSettings } from "./timeouts.ts";

/** Default of `slowOperationMs`, in milliseconds. */
export const SLOW_OPERATION_MS = 100;

export interface DatabaseOptions {
  readonly pool?: PoolOptions | undefined;
  readonly timeouts?: TimeoutOptions | undefined;
  readonly retry?: RetryOptions | undefined;
  readonly circuitBreaker?: CircuitBreakerOptions | undefined;
  /**
   * Whether PostgreSQL keeps statements that come again prepared in its sessions. Behind a pooler that cannot, it is switched
   * off by the first failure. Default: true.
   */
  readonly preparedStatements?: boolean | undefined;
  /** An operation that takes longer, in milliseconds, is logged as slow. Default 100. */
  readonly slowOperationMs?: number | undefined;
  /** A pino logger, or anything with its `error`, `warn`, `info` and `debug`. Default: silent. */
  readonly logger?: StorageLogger | undefined;
  /** Sees what is asked of the database. Default: nobody. */
  readonly observer?: DatabaseObserver | undefined;
}

/** What may be done, and what the request that it is done for lends to it. */
export interface ConnectOptions {
  readonly access: Access;
  /** The logger of the request, whose lines carry the request's id and tenant. Default: the database's. */
  readonly logger?: StorageLogger | undefined;
  /**
   * Ends it when nobody needs it any more: what waits for a connection gives up, what runs is cancelled on the server, and
   * nothing more is begun, with the error of {@link reasonOf}; a commit that has been sent is waited for. Default: never.
   */
  readonly signal?: StopSignal | undefined;
  /** The fields that are asked for; columns that none of them needs are left out where lists and ids are read. Default: all. */
  readonly namedFields?: NamedFields | undefined;
  /** The fields that are asked for of what is inserted; of no others need there be values. Default: all. */
  readonly returnedFields?: NamedFields | undefined;
  /**
   * Whether it is for one method of a repository, whose last statement `COMMIT` then leaves with, see
   * {@link TenantDatabase.runLast}. Default: false.
   */
  readonly isForOne?: boolean | undefined;
}

export interface TransactionOptions extends ConnectOptions {
  /** Whether running it twice does no harm; see {@link withRetry}. Default: true for reads, false for writes. */
  readonly repeatable?: boolean | undefined;
}

/** The pool and what is asked of every transaction on it. */
export interface Database {
  readonly pool: pg.Pool;
  readonly retry: RetryOptions;
  readonly observer: DatabaseObserver | undefined;
  /** Of the circuit breaker; undefined where there is none. */
  readonly circuit: CircuitState | undefined;
  /** A transaction that has not begun yet; the caller commits it or rolls it back. */
  connect(binding: TenantBinding, options: ConnectOptions): TenantConnection;
  /**
   * Runs `work` in one transaction and returns its value once it is committed; an error rolls everything back. The whole
   * is tried again where that is safe, so `work` must not have effects outside the transaction.
   */
  transaction<T>(
    binding: TenantBinding,
    options: TransactionOptions,
    work: (connection: TenantConnection) => Promise<T>,
  ): Promise<T>;
  /**
   * Checks now, rather than before the first transaction, that row-level security holds the role of the connections.
   * @throws ServingRoleError where it does not, or `pg`'s error where no connection can be had
   */
  assertServingRole(): Promise<void>;
  /**
   * Waits for what runs, then closes every connection.
   * @param patienceMs what runs longer than so many milliseconds fails; default: it is waited for
   */
  close(patienceMs?: number): Promise<void>;
}

export function createDatabase(url: string, options: DatabaseOptions = {}): Database {
  const databaseLogger = options.logger ?? silentLogger;
  const pool = createPool(url, options.pool ?? {}, databaseLogger);
  const { retry = {}, timeouts = {}, observer } = options;
  const slowOperationMs = options.slowOperationMs ?? SLOW_OPERATION_MS;
  // Compiled for each run, the statements of 10,000 nodes take three times as long.
  const settings = ["SET LOCAL jit = off", ...timeoutSettings(timeouts)].join("; ");
  const silenceMs = longestSilence(timeouts);
  const circuit = createCircuitBreaker(options.circuitBreaker, databaseLogger);

  const take = async (signal?: StopSignal) =>
    new HeldClient(await takeClient(pool, { signal, circuit }), { signal, silenceMs });

  const admit = createRoleGuard(databaseLogger);
  const names = new StatementNames(options.preparedStatements ?? true);

  const connect: Database["connect"] = (
    { ownTenant, actor },
    { access, logger, signal, namedFields, returnedFields, isForOne = false },
  ) =>
    // Each by its name: what is spread into an object with more properties takes V8 two hundred times as long.
    new TenantConnection({
      ownTenant,
      actor,
      access,
      isForOne,
      namedFields,
      returnedFields,
      signal,
      logger: logger ?? databaseLogger,
      // The logger of a request names its tenant already.
      logFields:
        logger === undefined ? { tenant_id: ownTenant === null ? null : shownTenant(ownTenant) } : {},
      slowOperationMs,
      observer,
      take: () => take(signal),
      admit,
      settings,
      names,
    });

  const transaction: Database["transaction"] = (binding, { repeatable, ...options }, work) => {
    const trial = { repeatable: repeatable ?? options.access === "read", observer, signal: options.signal };
    return withRetry(retry, trial, async () => {
      const connection = connect(binding, options);
      try {
        const result = await work(connection);
        await connection.commit();
        return result;
      } catch (error) {
        await connection.rollback();
        throw error;
      }
    });
  };

  return {
    pool,
    retry,
    observer,
    get circuit() {
      return circuit?.state;
    },
    connect,
    transaction,
    async assertServingRole() {
      const client = await take();
      try {
        await admit(client);
      } finally {
        await client.giveBack(false);
      }
    },
    close: prepareClose(pool),
  };
}
