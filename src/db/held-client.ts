import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { StopSignal } from "../abort.ts";
import { requestCancel } from "./cancel-request.ts";
import { UnansweredError } from "./database-error.ts";
import { ask } from "./list-query.ts";
import { lossOf, queryLater } from "./pool.ts";
import { PATIENCE_MS } from "./timeouts.ts";

/** How long a cancelled statement may take to end before it is cancelled again: the request may have come before it began. */
const CANCEL_AGAIN_MS = 50;

export interface HeldClientOptions {
  /** Cancels what runs, and what follows it. */
  readonly signal?: StopSignal | undefined;
  /** A server that has been silent for so many milliseconds, while a statement runs, counts as gone; 0: never. */
  readonly silenceMs: number;
}

/**
 * A client of the pool while somebody has it, who gives it back with {@link giveBack}. A client that is in doubt is closed
 * rather than used by the next: one whose server is silent, or that a request to cancel may still reach.
 */
export class HeldClient {
  readonly #client: pg.PoolClient;
  readonly #signal: StopSignal | undefined;
  readonly #watch: NodeJS.Timeout | undefined;
  /** Statements without an answer. */
  readonly #running = new Set<Promise<unknown>>();
  /** Of them, what ends the transaction, where that was sent behind another: it is not cancelled. */
  #end: Promise<pg.QueryResult> | undefined;
  /** Bytes that had come when the server was last asked, or had last answered. */
  #heard = 0;
  #cancelling: Promise<void> | undefined;
  #isInDoubt = false;
  #wasCancelled = false;

  constructor(client: pg.PoolClient, { signal, silenceMs }: HeldClientOptions) {
    this.#client = client;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#cancel);
    if (silenceMs > 0) this.#watch = setTimeout(this.#listen, silenceMs, silenceMs).unref();
  }

  escapeLiteral(text: string): string {
    return this.#client.escapeLiteral(text);
  }

  /** What is sent from here to the end of this turn leaves in one packet. */
  bundle(): void {
    const { connection } = this.#client;
    connection.stream.cork?.();
    process.nextTick(() => connection.stream.uncork?.());
  }

  /** It will be closed rather than used by the next. */
  distrust(): void {
    this.#isInDoubt = true;
  }

  /** Sends a statement at once, behind those that were sent before. */
  query<Row extends pg.QueryResultRow>(
    config: string | pg.QueryConfig,
    values?: unknown[],
  ): Promise<pg.QueryResult<Row>> {
    return this.#answered(ask<Row>(this.#client, config, values));
  }

  /**
   * Sends what ends the transaction behind the statement that was sent last. No request to cancel is made for it; one for that
   * statement may come so late that it meets it.
   */
  endBehind(statement: string): Promise<pg.QueryResult> {
    this.#end = this.#client.query(statement);
    return this.#answered(this.#end);
  }

  async #answered<Result>(answer: Promise<Result>): Promise<Result> {
    this.#note();
    this.#running.add(answer);
    try {
      return await answer;
    } catch (error) {
      // What the server said when it ended the session between two statements.
      throw error instanceof pg.DatabaseError ? error : (lossOf(this.#client) ?? error);
    } finally {
      this.#running.delete(answer);
      this.#note();
    }
  }

  /** Whether a statement has no answer yet. */
  get isBusy(): boolean {
    return this.#running.size > 0;
  }

  /** Has what runs cancelled in the database. */
  cancel(): void {
    this.#cancel();
  }

  /** From here on nothing is cancelled. Resolves when what was to be cancelled has ended. */
  async calm(): Promise<void> {
    this.#signal?.removeEventListener("abort", this.#cancel);
    await this.#cancelling;
  }

  /** @param isInDoubt whether it is not known what state the server's session is in */
  async giveBack(isInDoubt: boolean): Promise<void> {
    await this.calm();
    clearTimeout(this.#watch);
    this.#client.release(isInDoubt || this.#isInDoubt);
  }

  /**
   * Gives the client back where there is no doubt about it, and does not wait for the end of its transaction, which has only
   * read: see {@link queryLater}.
   * @returns whether it did
   */
  leave(end: string): boolean {
    if (this.#isInDoubt || this.#wasCancelled || this.isBusy) return false;
    this.#signal?.removeEventListener("abort", this.#cancel);
    clearTimeout(this.#watch);
    queryLater(this.#client, end);
    this.#client.release();
    return true;
  }

  get #stream(): Socket {
    return this.#client.connection.stream as Socket;
  }

  #note(): void {
    if (this.#watch === undefined) return;
    this.#heard = this.#stream.bytesRead;
    this.#watch.refresh();
  }

  readonly #listen = (silenceMs: number): void => {
    if (this.#running.size === 0) return;
    const heard = this.#heard;
    // What came while this thread was busy is read before that.
    setImmediate(() => {
      if (this.#stream.bytesRead === heard) this.#stream.destroy(new UnansweredError(silenceMs));
      else this.#note();
    });
  };

  readonly #cancel = (): void => {
    this.#wasCancelled = true;
    this.#cancelling ??= this.#cancelAll().finally(() => {
      this.#cancelling = undefined;
    });
  };

  async #cancelAll(): Promise<void> {
    const isWanted = () => [...this.#running].some((statement) => statement !== this.#end);
    const deadline = performance.now() + PATIENCE_MS;
    while (isWanted()) {
      const leftMs = deadline - performance.now();
      const isOver = leftMs > 0 && (await requestCancel(this.#client, isWanted, leftMs));
      if (!isOver) {
        this.#isInDoubt = true;
        this.#stream.destroy();
        return;
      }
      await Promise.race([Promise.allSettled(this.#running), delay(CANCEL_AGAIN_MS)]);
    }
  }
}
