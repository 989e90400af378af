import { UnavailableError } from "../errors.ts";
import { type StorageLogger, silentLogger } from "../logger.ts";
import { classifyConnectError } from "./database-error.ts";

export interface CircuitBreakerOptions {
  /** So many connections in a row must fail before nobody tries any more; 0: no circuit breaker. Default 0. */
  readonly failures?: number | undefined;
  /** Milliseconds after which one may try again. Default 1,000. */
  readonly probeAfterMs?: number | undefined;
}

export const CIRCUIT_BREAKER_DEFAULTS = {
  failures: 0,
  probeAfterMs: 1000,
} as const satisfies Required<CircuitBreakerOptions>;

/** What only a database says that is there. */
const TOO_MANY_CONNECTIONS = "53300";

/**
 * `closed`: connections are made. `open`: all who need one are refused at once. `half-open`: the next one may try, and its
 * success closes the circuit.
 */
export type CircuitState = "closed" | "open" | "half-open";

/**
 * Spares those who ask, and a database that is away, the wait for connections that will fail. Only connections that could
 * not be made count: neither a wait for one that is in use, nor a database that has too many, nor what a statement fails with.
 */
export class CircuitBreaker {
  readonly #limit: number;
  readonly #probeAfterMs: number;
  readonly #logger: StorageLogger;
  #failures = 0;
  #probeAt = 0;

  constructor(limit: number, probeAfterMs: number, logger: StorageLogger) {
    this.#limit = limit;
    this.#probeAfterMs = probeAfterMs;
    this.#logger = logger;
  }

  get state(): CircuitState {
    if (this.#failures < this.#limit) return "closed";
    return performance.now() < this.#probeAt ? "open" : "half-open";
  }

  /**
   * Makes a connection, if one may be made.
   * @throws UnavailableError (`circuit`) at once where none may, or what `connect` fails with
   */
  async run<T>(connect: () => Promise<T>): Promise<T> {
    const { state } = this;
    if (state === "open") throw refusal();
    // Whoever probes may wait for long, or give up: after a while the next one may.
    if (state === "half-open") this.#probeAt = performance.now() + this.#probeAfterMs;
    try {
      const connection = await connect();
      this.#note(0);
      return connection;
    } catch (error) {
      const { error: failure, sqlstate } = classifyConnectError(error);
      if (sqlstate === TOO_MANY_CONNECTIONS) this.#note(0);
      else if (failure.transient === "connect") this.#note(this.#failures + 1);
      throw error;
    }
  }

  #note(failures: number): void {
    const wasClosed = this.#failures < this.#limit;
    const isClosed = failures < this.#limit;
    this.#failures = failures;
    this.#probeAt = performance.now() + this.#probeAfterMs;
    if (wasClosed && !isClosed) this.#logger.error({ failures }, "Database out of reach");
    else if (isClosed && !wasClosed) this.#logger.info({}, "Database within reach again");
  }
}

/** The circuit breaker that the options ask for, if any. */
export function createCircuitBreaker(
  { failures, probeAfterMs }: CircuitBreakerOptions = {},
  logger: StorageLogger = silentLogger,
): CircuitBreaker | undefined {
  const limit = failures ?? CIRCUIT_BREAKER_DEFAULTS.failures;
  if (limit === 0) return undefined;
  return new CircuitBreaker(limit, probeAfterMs ?? CIRCUIT_BREAKER_DEFAULTS.probeAfterMs, logger);
}

function refusal(): UnavailableError {
  const message = "The database has been out of reach; nothing was done, and the call may be repeated.";
  return new UnavailableError(message, { transient: "circuit", retryable: true });
}
