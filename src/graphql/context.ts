import type { StopSignal } from "../abort.ts";
import type { NamedFields } from "../db/column-sets.ts";
import type { Database } from "../db/database.ts";
import type { TenantConnection } from "../db/tenant-connection.ts";
import { BadUserInputError, InternalError } from "../errors.ts";
import type { StorageLogger } from "../logger.ts";
import { createLoaders, type Loaders } from "../modules/loaders.ts";
import { createRepositories, type Repositories } from "../modules/repositories.ts";
import { bindingOf, type Principal } from "../principal.ts";

/** What is known of a request before it is executed. */
export interface RequestContext {
  readonly principal: Principal;
  readonly logger: StorageLogger;
  /** Aborts when the client has gone or the time for the operation is over. Default: never. */
  readonly signal?: StopSignal | undefined;
  /** The fields that are asked for, see `namedFieldsOf`: of nothing else need there be values. Default: all. */
  readonly namedFields?: NamedFields | undefined;
}

/** What a mutation field does. */
export interface MutateOptions {
  /** Whether doing it twice does no harm, so that it may be tried again after a lost connection. Default: false. */
  readonly repeatable?: boolean | undefined;
  /** Whether it calls one method of a repository, and no more. Default: false. */
  readonly isForOne?: boolean | undefined;
}

/**
 * What resolvers get: one execution's view of the data, bound to its principal's tenant.
 *
 * Everything that is read shares one snapshot and one connection, taken at the first statement and held until
 * {@link close}. A mutation field runs in a transaction of its own; what is read after it, in its payload, is read anew.
 */
export class Context {
  readonly #request: RequestContext;
  readonly #database: Database;
  #reading: Reading | undefined;
  /** What mutation fields have done, and those that are to be told it once more, see {@link again}. */
  readonly #done: Promise<unknown>[] = [];
  readonly #toldAgain: Promise<unknown>[] = [];
  #state: "open" | "mutating" | "closed" = "open";

  constructor(database: Database, request: RequestContext) {
    this.#database = database;
    this.#request = request;
  }

  get principal(): Principal {
    return this.#request.principal;
  }

  /** For lists and counts. */
  get repositories(): Repositories {
    return this.#read().repositories;
  }

  /** For everything that is read by id or by parent. */
  get loaders(): Loaders {
    return this.#read().loaders;
  }

  /** Runs one mutation field in a transaction of its own, committed before its payload resolves. */
  mutate<T>(work: (repositories: Repositories) => Promise<T>, options: MutateOptions = {}): Promise<T> {
    const done = (this.#toldAgain.shift() as Promise<T> | undefined) ?? this.#mutate(work, options);
    this.#done.push(done);
    return done;
  }

  async #mutate<T>(
    work: (repositories: Repositories) => Promise<T>,
    { repeatable = false, isForOne = false }: MutateOptions,
  ): Promise<T> {
    this.#assertOpen();
    this.#state = "mutating";
    const { principal, logger, signal, namedFields: returnedFields } = this.#request;
    const options = { access: "write", repeatable, isForOne, logger, signal, returnedFields } as const;
    try {
      // What was read before is old after the write; and one request never holds two connections.
      await this.#endReading();
      return await this.#database.transaction(bindingOf(principal), options, (connection) =>
        work(createRepositories(connection)),
      );
    } catch (error) {
      throw error instanceof BadUserInputError ? error.within("input") : error;
    } finally {
      if (this.#state === "mutating") this.#state = "open";
    }
  }

  /**
   * The context for executing the same operation anew. What mutation fields have done is not done again, but told again. What
   * was read before a failure would be lost on its transaction, and is read anew; where nothing was, the failure is told again
   * at once.
   */
  again(): Context {
    const told = this.#done.splice(0);
    const hasRead = this.#reading?.connection.hasRead === true;
    const next = hasRead ? new Context(this.#database, this.#request) : this;
    next.#toldAgain.push(...told);
    if (hasRead) void this.close();
    return next;
  }

  /** Ends what was read, for good: a resolver that comes late, after its answer was given up, gets nothing more. */
  async close(): Promise<void> {
    this.#state = "closed";
    await this.#endReading();
  }

  async #endReading(): Promise<void> {
    const reading = this.#reading;
    this.#reading = undefined;
    await reading?.connection.endReading();
  }

  #read(): Reading {
    this.#assertOpen();
    this.#reading ??= startReading(this.#database, this.#request);
    return this.#reading;
  }

  /** Resolvers whose field has failed elsewhere run on: they must not take a connection that nobody would give back. */
  #assertOpen(): void {
    if (this.#state !== "open")
      throw new InternalError({ cause: new Error(`the execution is ${this.#state}`) });
  }
}

interface Reading {
  readonly connection: TenantConnection;
  readonly repositories: Repositories;
  readonly loaders: Loaders;
}

function startReading(
  database: Database,
  { principal, logger, signal, namedFields }: RequestContext,
): Reading {
  const options = { access: "read", logger, signal, namedFields } as const;
  const connection = database.connect(bindingOf(principal), options);
  const repositories = createRepositories(connection);
  return { connection, repositories, loaders: createLoaders(repositories) };
}
