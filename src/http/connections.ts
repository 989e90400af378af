import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as delay, setImmediate as turn } from "node:timers/promises";

/** How long, in milliseconds, an idle connection is kept for a request that may be on its way while its server ends. */
const IDLE_GRACE_MS = 500;

const POLL_MS = 20;

interface Connection {
  /** Those that are not answered, in the order of their coming: a client need not wait for one to send the next. */
  readonly running: Set<ServerResponse>;
  /** The answer that has been told to be the last one. */
  last: ServerResponse | undefined;
  /** The latest request; of one that was refused, the rest of its body may come after its answer. */
  latest: IncomingMessage | undefined;
  /** When it fell idle, and how many bytes had come then: more are the begin of a request. */
  idleSince: number;
  idleAt: number;
}

/**
 * The open connections of a server, which it ends without losing a request. Node itself closes idle ones at once, whatever
 * is on its way, and waits for ever for one that has never sent anything.
 */
export class OpenConnections {
  readonly #open = new Map<Socket, Connection>();
  #endsSince: number | undefined;

  constructor(server: Server) {
    server.on("connection", (socket) => {
      const idle = { idleSince: performance.now(), idleAt: 0 };
      this.#open.set(socket, { running: new Set(), last: undefined, latest: undefined, ...idle });
      socket.once("close", () => this.#open.delete(socket));
    });
    server.prependListener("request", (request, response) => {
      const { socket } = request;
      const connection = this.#open.get(socket);
      if (connection === undefined) return;
      connection.latest = request;
      connection.running.add(response);
      const noteIdle = () => {
        connection.idleSince = performance.now();
        connection.idleAt = socket.bytesRead;
      };
      response.once("close", () => {
        connection.running.delete(response);
        noteIdle();
        if (!request.complete) request.once("close", noteIdle);
      });
      if (this.#endsSince !== undefined) endAfterLast(connection);
    });
  }

  /** From now on, the answer to the last request of each connection ends it (`connection: close`). */
  announceEnd(): void {
    this.#endsSince ??= performance.now();
    for (const connection of this.#open.values()) endAfterLast(connection);
  }

  /**
   * Waits until what runs is answered, and closes each connection when it has been idle for a while.
   * @param deadline by `performance.now()`; what runs on is cut off then
   * @returns how many requests were cut off
   */
  async end(deadline: number): Promise<number> {
    this.announceEnd();
    while (this.#open.size > 0 && performance.now() < deadline) {
      // Right after Node has read what has arrived: what has not can hardly be on its way.
      await turn();
      this.#closeIdle();
      if (this.#open.size > 0) await delay(Math.min(POLL_MS, Math.max(0, deadline - performance.now())));
    }
    const cut = [...this.#open.values()].reduce((sum, { running }) => sum + running.size, 0);
    for (const socket of this.#open.keys()) socket.destroy();
    return cut;
  }

  #closeIdle(): void {
    const idleUntil = performance.now() - IDLE_GRACE_MS;
    for (const [socket, { running, latest, idleSince, idleAt }] of this.#open) {
      const since = Math.max(idleSince, this.#endsSince ?? 0);
      const isBegun = socket.bytesRead !== idleAt && latest?.complete !== false;
      if (running.size === 0 && !isBegun && since <= idleUntil) socket.destroySoon();
    }
  }
}

/** An answer that ends its connection takes along the requests that came after its own. */
function endAfterLast(connection: Connection): void {
  const last = [...connection.running].at(-1);
  if (last === undefined || last === connection.last) return;
  if (connection.last !== undefined) connection.last.shouldKeepAlive = true;
  last.shouldKeepAlive = false;
  connection.last = last;
}
