import pg from "pg";
import { reasonOf, type StopSignal } from "../abort.ts";
import {
  AbandonedError,
  ConflictError,
  ForbiddenError,
  InternalError,
  ServoError,
  TimeoutError,
} from "../errors.ts";
import type { StorageLogger } from "../logger.ts";
import { askedStatement, keptStatement } from "./asked-statement.ts";
import type { NamedFields } from "./column-sets.ts";
import {
  type Access,
  type ConstraintMessages,
  classifyBeginError,
  classifyConnectError,
  classifyDatabaseError,
  type DatabaseFailure,
  isPlanStale,
  isPreparationLost,
  isUnanswered,
} from "./database-error.ts";
import type { HeldClient } from "./held-client.ts";
import { type DatabaseObserver, observed, type WalkFound } from "./observer.ts";
import type { StatementNames } from "./statement-names.ts";
import { readableTenants, shownTenant, type TenantBinding, writableTenant } from "./tenant.ts";
import { planOf, TenantDatabase } from "./tenant-database.ts";

const BEGIN: Readonly<Record<Access, string>> = {
  read: "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
  write: "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE",
};

const END = "/* tenant.end */";

type PlanMode = NonNullable<ReturnType<typeof planOf>>;

export interface TenantConnectionOptions extends TenantBinding {
  readonly access: Access;
  /** Whether it is for one method of a repository: what that does last takes `COMMIT` along, see {@link TenantDatabase.runLast}. */
  readonly isForOne: boolean;
  readonly logger: StorageLogger;
  /** What each line of the log says of the connection. */
  readonly logFields: object;
  /** An operation that takes longer, in milliseconds, is logged as slow. */
  readonly slowOperationMs: number;
  /** Takes a connection from the pool, where one can be had. */
  readonly take: () => Promise<HeldClient>;
  /** Checks a connection before its first use; it is given back when this throws. */
  readonly admit: (client: HeldClient) => Promise<void>;
  /** What is set for the transaction, beside its tenant: `SET LOCAL …; SET LOCAL …`. */
  readonly settings: string;
  readonly observer?: DatabaseObserver | undefined;
  readonly namedFields?: NamedFields | undefined;
  readonly returnedFields?: NamedFields | undefined;
  /** Names the statements that are kept prepared. */
  readonly names: StatementNames;
  /** Once it has aborted, what runs is cancelled and nothing more is begun; a commit that has been sent is not disturbed. */
  readonly signal?: StopSignal | undefined;
}

/**
 * One transaction on one connection, bound to one tenant: the only way to the data, and the only place where
 * `app.current_tenant` is set. It takes a connection from the pool at its first statement and holds it until
 * {@link commit} or {@link rollback}. `BEGIN`, the tenant (`SET LOCAL`, so that it ends with the transaction, also behind
 * a transaction pooler) and the first statement leave in one flight; `pg` keeps the order of what is sent.
 */
export class TenantConnection implements TenantBinding {
  readonly ownTenant: string | null;
  readonly actor: string;
  /** Own and global: every query names them beside the policies, for the planner and for sharding engines. */
  readonly readableTenants: readonly string[];
  /** The fields that are asked for; see `columnSets`. */
  readonly namedFields: NamedFields | undefined;
  /** The fields that are asked for of what is inserted. */
  readonly returnedFields: NamedFields | undefined;
  readonly #options: TenantConnectionOptions;
  #client: Promise<HeldClient> | undefined;
  #begun: Promise<unknown> | undefined;
  /** The answer to the `COMMIT` that was sent behind a statement. */
  #committed: Promise<pg.QueryResult> | undefined;
  /** Whether that statement stored anything. */
  #hasStored = false;
  #firstError: unknown;
  #failure: ServoError | undefined;
  #ended = false;
  #isAbandoned = false;
  #hasRead = false;
  #planMode: PlanMode = "auto";

  constructor(options: TenantConnectionOptions) {
    this.ownTenant = options.ownTenant;
    this.actor = options.actor;
    this.readableTenants = readableTenants(options);
    this.namedFields = options.namedFields;
    this.returnedFields = options.returnedFields;
    this.#options = options;
  }

  /**
   * The tenant that may be written here.
   * @throws ForbiddenError when the connection is bound to nobody, or only reads
   */
  get writableTenant(): string {
    if (this.#options.access === "read") throw new ForbiddenError("This transaction may only read.");
    return writableTenant(this);
  }

  /** Whether a statement was answered without error. */
  get hasRead(): boolean {
    return this.#hasRead;
  }

  /**
   * Runs the statements of one repository method. Each begins with a `/* name *\/` comment, the time they take together
   * is what counts as slow, and what fails is told as an error of this program's family.
   * @param name `asset.findById`
   * @param ids what the method is about, for the log: ids and counts, never values
   * @param constraints what to say where a write breaks a constraint
   */
  operation<T>(
    name: string,
    ids: Readonly<Record<string, unknown>>,
    work: (db: TenantDatabase) => Promise<T>,
    constraints?: ConstraintMessages,
  ): Promise<T> {
    return observed(this.#options.observer, { kind: "operation", name }, () =>
      this.#operation(name, ids, work, constraints),
    );
  }

  /** Tells who observes what a walk has found. */
  walked(found: WalkFound): void {
    this.#options.observer?.walked?.(found);
  }

  async #operation<T>(
    name: string,
    ids: Readonly<Record<string, unknown>>,
    work: (db: TenantDatabase) => Promise<T>,
    constraints: ConstraintMessages | undefined,
  ): Promise<T> {
    const started = performance.now();
    const span = this.#span(name, ids);
    try {
      return await work(this.#database(name));
    } catch (error) {
      throw this.#explain(error, span, constraints);
    } finally {
      const duration = performance.now() - started;
      if (duration > this.#options.slowOperationMs) {
        const fields = { ...this.#options.logFields, duration_ms: Math.round(duration), span };
        this.#options.logger.warn(fields, "Slow database operation detected");
      }
    }
  }

  /**
   * Ends the transaction and gives the connection back. Resolves when what was written is stored; the end of what has only
   * read is not waited for.
   * @throws ServoError what an earlier statement failed with, if one did: nothing is stored then, even if the caller
   * caught that error; or {@link reasonOf} the signal
   */
  async commit(): Promise<void> {
    const failure = this.#failure ?? (this.#committed === undefined ? this.#abortion : undefined);
    if (failure !== undefined) {
      await this.rollback();
      throw failure;
    }
    await this.#end("COMMIT");
  }

  /** Ends the transaction, forgets what was written and gives the connection back. Never throws. */
  async rollback(): Promise<void> {
    await this.#end("ROLLBACK").catch(() => undefined);
  }

  /** Ends what was only read. What still runs, nobody waits for: it is cancelled in the database. Never throws. */
  async endReading(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    if (client?.isBusy) {
      this.#isAbandoned = true;
      client.cancel();
    }
    await this.commit().catch(() => undefined);
  }

  #database(name: string): TenantDatabase {
    const { access, isForOne } = this.#options;
    const mayCommit = access === "write" && isForOne;
    return new TenantDatabase({
      query: (config, values, isLast) => this.#query(name, config, values, mayCommit && isLast === true),
    });
  }

  async #query(
    name: string,
    config: pg.QueryConfig,
    values: unknown[],
    takesCommit: boolean,
  ): Promise<pg.QueryResult> {
    if (this.#ended) throw new InternalError({ cause: new Error(`${name}: its transaction has ended`) });
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#abortion !== undefined) throw this.#abortion;
    const plan = planOf(config);
    const asked = askedStatement(name, config);
    const { text } = asked;
    const kept = plan === undefined ? undefined : this.#options.names.nameOf(text);
    const mode = kept === undefined || plan === undefined ? "auto" : plan;
    this.#client ??= this.#begin(mode);
    const client = await this.#client;
    if (this.#committed !== undefined) await this.#beginAgain(client, mode);
    const statement =
      kept === undefined ? { ...config, text, name: undefined } : keptStatement(asked, config, kept);
    const send = () => {
      if (takesCommit) client.bundle();
      this.#planAs(mode, client);
      const answer = client.query(statement, values);
      if (takesCommit) this.#commitBehind(client);
      return answer;
    };
    try {
      const result = await observed(this.#options.observer, { kind: "statement", name, sql: text }, send);
      // Had BEGIN been refused, as by a standby, the statement would have run outside a transaction and for no tenant.
      await this.#begun;
      this.#hasRead = true;
      if (takesCommit) this.#hasStored = (result.rowCount ?? 0) > 0;
      return result;
    } catch (error) {
      const before = this.#firstError;
      this.#firstError ??= error;
      // A pooler may believe now that it is prepared; its next use would end the connection.
      if (kept !== undefined && (isAborted(error) || isPreparationLost(error) || isPlanStale(error)))
        client.distrust();
      // What fails because something before it in the transaction had failed is told as that.
      if (before !== undefined && (isAborted(error) || isPreparationLost(error))) throw before;
      if (isPreparationLost(error)) this.#giveUpNames();
      throw error;
    }
  }

  async #begin(mode: PlanMode): Promise<HeldClient> {
    const { admit, observer } = this.#options;
    const client = await observed(observer, { kind: "acquire" }, () => this.#take());
    try {
      await admit(client);
      if (this.#abortion !== undefined) throw this.#abortion;
    } catch (error) {
      await client.giveBack(!(error instanceof ServoError));
      throw error;
    }
    this.#beginOn(client, mode);
    return client;
  }

  /** Not awaited: the first statement follows in the same flight. */
  #beginOn(client: HeldClient, mode: PlanMode): void {
    const { access, settings } = this.#options;
    const tenant = `SET LOCAL app.current_tenant = ${client.escapeLiteral(this.ownTenant ?? "")}`;
    client.bundle();
    this.#planMode = mode;
    const plans = mode === "auto" ? "" : `; SET LOCAL plan_cache_mode = ${mode}`;
    const begin = `/* tenant.begin */ ${BEGIN[access]}; ${tenant}; ${settings}${plans}`;
    this.#begun = client.query(begin).catch((error: unknown) => {
      this.#failure ??= classifyBeginError(error, access).error;
      throw this.#failure;
    });
    this.#begun.catch(() => undefined);
  }

  /** What was sent last is all, unless nothing comes of it: see {@link TenantDatabase.runLast}. */
  #commitBehind(client: HeldClient): void {
    this.#committed = client.endBehind(`${END} COMMIT`);
    this.#committed.catch(() => undefined);
  }

  /** Nothing was stored so far, and what is committed elsewhere shows to each statement: a new transaction is the same one. */
  async #beginAgain(client: HeldClient, mode: PlanMode): Promise<void> {
    await this.#committed;
    if (this.#hasStored)
      throw new InternalError({ cause: new Error("more is asked for than the statement that was the last") });
    if (this.#abortion !== undefined) throw this.#abortion;
    this.#committed = undefined;
    this.#beginOn(client, mode);
  }

  /**
   * How the next statements are planned. Where one plan for all values is good, PostgreSQL would not take it by itself: it reckons
   * with ten values where a list has two.
   */
  #planAs(mode: PlanMode, client: HeldClient): void {
    if (mode === this.#planMode) return;
    this.#planMode = mode;
    client.bundle();
    client.query(`/* tenant.plan */ SET LOCAL plan_cache_mode = ${mode}`).catch((error: unknown) => {
      this.#firstError ??= error;
    });
  }

  /** What was prepared in a session is not there, or is not what it was. */
  #giveUpNames(): void {
    const { names, logger, logFields } = this.#options;
    if (names.switchOff())
      logger.warn(logFields, "Prepared statements are lost between transactions, and not used any more");
  }

  async #take(): Promise<HeldClient> {
    const { take, logger, logFields } = this.#options;
    try {
      return await take();
    } catch (error) {
      if (this.#abortion !== undefined) throw this.#abortion;
      if (error instanceof ServoError) throw error;
      const failure = classifyConnectError(error);
      const isExhausted = failure.error.transient === "exhausted";
      const message = isExhausted ? "Database connection pool exhausted" : "Database connection failed";
      logger.error({ ...logFields, sqlstate: failure.sqlstate, error }, message);
      throw failure.error;
    }
  }

  async #end(wanted: "COMMIT" | "ROLLBACK"): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#client === undefined) return;
    const client = await this.#client;
    // After a failure it may be lost, and the next must not get it.
    const isWell =
      this.#firstError === undefined && this.#failure === undefined && this.#abortion === undefined;
    if (this.#options.access === "read" && isWell && client.leave(`${END} ${wanted}`)) return;
    await client.calm();
    const abortion = this.#committed === undefined ? this.#abortion : undefined;
    const verb = abortion === undefined ? wanted : "ROLLBACK";
    try {
      const { command } = await (this.#committed ?? client.query(`${END} ${verb}`));
      // PostgreSQL answers ROLLBACK to the COMMIT of a transaction that failed.
      if (command !== verb && wanted === "COMMIT")
        throw new ConflictError("The transaction failed before it ended; nothing was stored.");
    } catch (error) {
      // In doubt about its state.
      await client.giveBack(true);
      const failure = classifyDatabaseError(error, this.#options.access);
      throw this.#failure ?? this.#report(failure, this.#span("tenant.end"));
    }
    await client.giveBack(false);
    if (verb !== wanted) throw abortion;
  }

  /** Why nothing is done any more, if so. */
  get #abortion(): Error | undefined {
    if (this.#isAbandoned) return new AbandonedError();
    const { signal } = this.#options;
    return signal?.aborted ? reasonOf(signal) : undefined;
  }

  /** What the failure of an operation means to who asked for it. */
  #explain(error: unknown, span: object, constraints: ConstraintMessages | undefined): Error {
    const abortion = this.#abortion;
    const failure = classifyDatabaseError(error, this.#options.access, constraints);
    // What was given up may have been stored all the same, where COMMIT was behind it and neither was answered.
    const isInDoubt = this.#committed !== undefined && isUnanswered(failure);
    if (abortion === undefined || isInDoubt) return this.#report(failure, span);
    // Who gave it up knows.
    if (!(abortion instanceof TimeoutError)) return abortion;
    return this.#report({ error: abortion, severity: "timeout", sqlstate: undefined }, span);
  }

  /** What the log says of an operation. */
  #span(name: string, ids: object = {}): object {
    return { name, tenant: this.ownTenant === null ? null : shownTenant(this.ownTenant), ...ids };
  }

  #report({ error, severity, sqlstate }: DatabaseFailure, span: object): ServoError {
    if (severity === "expected") return error;
    const told = this.#failure !== undefined && this.#failure.cause === error.cause;
    this.#failure ??= error;
    if (told) return error;
    const fields = { ...this.#options.logFields, sqlstate, span, error: error.cause };
    const { logger } = this.#options;
    // Not its message, which may show a name that the caller gave.
    if (severity === "constraint") logger.warn({ ...fields, error: error.name }, "Constraint violation");
    else if (severity === "timeout") logger.warn(fields, "Database operation timed out");
    else if (severity === "contention") logger.warn(fields, "Database contention");
    else if (severity === "connection") logger.error(fields, "Database connection failed");
    else logger.error(fields, "Unexpected database error");
    return error;
  }
}

/** Whether a statement failed only because one before it in the transaction had. */
function isAborted(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === "25P02";
}
