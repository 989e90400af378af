import { AsyncResource } from "node:async_hooks";
import type { Socket } from "node:net";
import pg from "pg";
import { abortable, type StopSignal } from "../abort.ts";
import type { StorageLogger } from "../logger.ts";
import type { CircuitBreaker } from "./circuit-breaker.ts";

/** A client that may keep a statement back for a while. Whatever is asked of it, by whomever, is asked after that. */
class PatientClient extends pg.Client {
  #later: string | undefined;

  override query = ((...asked: [string]) => {
    this.#sendLater();
    return super.query(...asked);
  }) as pg.Client["query"];

  /** The server, too, ends what it was told nothing of. */
  override end = ((...asked: []) => {
    this.#later = undefined;
    return super.end(...asked);
  }) as pg.Client["end"];

  /** See {@link queryLater}. */
  queryLater(text: string): void {
    this.#later = text;
    setImmediate(() => this.#sendLater());
  }

  #sendLater(): void {
    const text = this.#later;
    if (text === undefined) return;
    this.#later = undefined;
    // What follows would not be where it believes to be.
    super.query(text).catch((error: Error) => (this.connection.stream as Socket).destroy(error));
  }
}

/**
 * Has a client of {@link createPool} send a statement before the next, or else at the end of this turn of Node's loop: so that
 * it leaves in one packet with what follows. When it fails, the connection is closed.
 */
export function queryLater(client: pg.ClientBase, text: string): void {
  (client as PatientClient).queryLater(text);
}

export interface PoolOptions {
  /** Most connections. Default 10. */
  readonly max?: number | undefined;
  /** Connections kept open while idle. Default 0. */
  readonly min?: number | undefined;
  /** Longest wait for a connection, in milliseconds, before `UNAVAILABLE`. Default 30,000. */
  readonly acquireTimeoutMs?: number | undefined;
  /** An idle connection is closed after so many milliseconds. Default 10,000. */
  readonly idleTimeoutMs?: number | undefined;
  /** A connection is replaced after so many milliseconds; 0 means never. Default 0. */
  readonly maxLifetimeMs?: number | undefined;
}

export const POOL_DEFAULTS = {
  max: 10,
  min: 0,
  acquireTimeoutMs: 30_000,
  idleTimeoutMs: 10_000,
  maxLifetimeMs: 0,
} as const satisfies Required<PoolOptions>;

/** Milliseconds of silence before the system asks whether the other end is still there: before a firewall forgets it. */
const KEEP_ALIVE_AFTER_MS = 10_000;

const losses = new WeakMap<pg.ClientBase, Error>();

const connectedClients = new WeakSet<pg.ClientBase>();

/** What a pool has open, also what is just being connected, or is saying goodbye. */
const openClients = new WeakMap<pg.Pool, ReadonlySet<pg.Client>>();

/** Without a listener of its own, a lost client (idle or checked out) ends the process. */
function noteLoss(client: pg.ClientBase, error: Error): void {
  if (!losses.has(client)) losses.set(client, error);
}

/** Why a client of the pool was lost, if it was. What is asked of it after that fails with another error, which has no code. */
export function lossOf(client: pg.ClientBase): Error | undefined {
  return losses.get(client);
}

/**
 * A pool of `pg` clients in pipeline mode: `BEGIN`, the tenant and the first statement leave in one flight.
 * Connects on first use.
 */
export function createPool(url: string, options: PoolOptions, logger: StorageLogger): pg.Pool {
  const maxLifetimeMs = options.maxLifetimeMs ?? POOL_DEFAULTS.maxLifetimeMs;
  const clients = new Set<pg.Client>();
  class Client extends PatientClient {
    constructor(config?: pg.ClientConfig) {
      super(config);
      clients.add(this);
      this.once("end", () => clients.delete(this));
    }
  }
  const pool = new pg.Pool({
    Client,
    connectionString: url,
    application_name: "servo-storage",
    pipeline: true,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    max: options.max ?? POOL_DEFAULTS.max,
    min: options.min ?? POOL_DEFAULTS.min,
    connectionTimeoutMillis: options.acquireTimeoutMs ?? POOL_DEFAULTS.acquireTimeoutMs,
    idleTimeoutMillis: options.idleTimeoutMs ?? POOL_DEFAULTS.idleTimeoutMs,
    maxLifetimeSeconds: Math.ceil(maxLifetimeMs / 1000),
  });
  openClients.set(pool, clients);
  pool.on("connect", (client) => {
    connectedClients.add(client);
    client.on("error", (error) => noteLoss(client, error));
  });
  const tellLoss = (error: Error) => {
    // `pg` hangs the whole client on it, with the secret that cancels its statements.
    Reflect.deleteProperty(error, "client");
    logger.error({ error }, "Database connection lost while idle");
  };
  // Or the line would belong to the request for which the connection was opened.
  pool.on("error", AsyncResource.bind(tellLoss));
  return pool;
}

/** Whether there is a connection to wait for, and not only those that are being made, maybe in vain. */
function isAnyConnected(pool: pg.Pool): boolean {
  return [...(openClients.get(pool) ?? [])].some((client) => connectedClients.has(client));
}

/** How a client is taken. */
export interface TakeOptions {
  /** Gives up the wait; a client that comes after that is given back. */
  readonly signal?: StopSignal | undefined;
  /** Asked where a connection would have to be made. */
  readonly circuit?: CircuitBreaker | undefined;
}

/**
 * A client of the pool.
 * @throws what `pg` fails with, UnavailableError where the circuit is open, or {@link reasonOf} the signal
 */
export async function takeClient(pool: pg.Pool, { signal, circuit }: TakeOptions): Promise<pg.PoolClient> {
  const connect = () => pool.connect();
  // Those that wait come first.
  const isIdle = pool.idleCount > pool.waitingCount;
  const mayWait = () => pool.totalCount >= pool.options.max && isAnyConnected(pool);
  const coming = circuit === undefined || isIdle || mayWait() ? connect() : circuit.run(connect);
  let isTaken = false;
  try {
    // What is idle comes at once.
    const client = await (isIdle ? coming : abortable(coming, signal));
    isTaken = true;
    return client;
  } finally {
    if (!isTaken) void coming.then((client) => client.release()).catch(() => undefined);
  }
}

/**
 * What closes a pool of {@link createPool}, once however often it is called. `pg` alone waits for ever on a connection that
 * is in use; this one cuts it after `patienceMs`, as it does one that is just being made.
 */
export function prepareClose(pool: pg.Pool): (patienceMs?: number) => Promise<void> {
  const clients = openClients.get(pool) ?? new Set();
  let ended: Promise<void> | undefined;
  return async (patienceMs) => {
    const cut = () => {
      // Not `client.end()`: in pipeline mode it, too, waits for the statement that runs.
      for (const { connection } of clients) connection.stream.destroy();
    };
    const deadline = patienceMs === undefined ? undefined : setTimeout(cut, patienceMs);
    ended ??= pool.end();
    await ended;
    clearTimeout(deadline);
    // A server that does not take the goodbye must not keep the process.
    for (const { connection } of clients) (connection.stream as Socket).unref();
  };
}
