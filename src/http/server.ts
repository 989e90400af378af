import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { TIMEOUT_DEFAULTS, type Timeouts } from "../limits.ts";
import type { StorageLogger } from "../logger.ts";
import { OpenConnections } from "./connections.ts";
import { Gate } from "./gate.ts";
import { hasAddress, refuseAddress, refuseUnparsed } from "./malformed-request.ts";
import { requestIdOf } from "./request-id.ts";

/** How long, in milliseconds, a turn of Node's loop may take in which hardly a connection comes. */
const QUIET_TURN_MS = 1;

/** A server that listens. */
export interface HttpServer {
  /** `http://127.0.0.1:4000`, with the port that it really has. */
  readonly url: string;
  /** Serves on, but from now on each answer ends its connection, so that clients go elsewhere. */
  announceEnd(): void;
  /**
   * Takes no more connections, and resolves when what runs is answered or `timeoutMs` have passed.
   * @returns how many requests were cut off then
   */
  close(timeoutMs: number): Promise<number>;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Those that are not TIMEOUT_DEFAULTS. */
  readonly timeouts?: Partial<Timeouts>;
  /** Told of what is refused before it gets to the handler. Default: nobody. */
  readonly logger?: StorageLogger;
}

/**
 * Listens for HTTP.
 * @throws the system's error, such as EADDRINUSE
 */
export async function listen(
  handler: RequestListener,
  { host, port, timeouts, logger }: ListenOptions,
): Promise<HttpServer> {
  const { requestTimeoutMs, headersTimeoutMs, keepAliveTimeoutMs } = { ...TIMEOUT_DEFAULTS, ...timeouts };
  const gate = new Gate();
  const server = createServer(
    {
      requestTimeout: requestTimeoutMs,
      headersTimeout: headersTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      // Node looks every 30 s unless told otherwise, and closes no slow connection before.
      connectionsCheckingInterval: 1000,
      // It is asked for here, where its absence can be told.
      requireHostHeader: false,
    },
    (request, response) =>
      gate.pass(() =>
        hasAddress(request) ? handler(request, response) : refuseAddress(request, response, logger),
      ),
  );
  server.prependListener("request", joinAuthorization);
  server.prependListener("request", giveId);
  server.on("clientError", (error, connection) => refuseUnparsed(error, connection, logger));
  const connections = new OpenConnections(server);
  server.listen({ host, port });
  await once(server, "listening");
  return {
    url: urlOf(server, host),
    announceEnd: () => connections.announceEnd(),
    close: (timeoutMs) => close(server, connections, gate, timeoutMs),
  };
}

/** Node drops all but the first of several; together they are refused. */
function joinAuthorization(request: IncomingMessage): void {
  const { headers } = request;
  if (headers.authorization === undefined) return;
  const { authorization = [] } = request.headersDistinct;
  if (authorization.length > 1) headers.authorization = authorization.join(", ");
}

/** So that whoever answers it, here or in the handler, gives it the same. */
function giveId({ headers }: IncomingMessage): void {
  headers["x-request-id"] = requestIdOf(headers["x-request-id"]);
}

async function close(
  server: Server,
  connections: OpenConnections,
  gate: Gate,
  timeoutMs: number,
): Promise<number> {
  const deadline = performance.now() + timeoutMs;
  const closed = once(server, "close");
  // Who waits for an answer does not connect.
  await gate.whileShut(() => stopListening(server, timeoutMs / 2));
  const cut = await connections.end(deadline);
  await closed;
  return cut;
}

/**
 * Stops listening. The kernel resets connections that it has taken and Node, which takes one in a turn of its loop, has not:
 * so this waits for a turn in which hardly any can have come.
 */
async function stopListening(server: Server, patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs;
  let isQuiet: boolean;
  const disturb = () => {
    isQuiet = false;
  };
  server.on("connection", disturb);
  do {
    isQuiet = true;
    const began = performance.now();
    await turn();
    if (performance.now() - began > QUIET_TURN_MS) disturb();
  } while (!isQuiet && performance.now() < deadline);
  server.off("connection", disturb);
  // Or it would close those that are idle, whatever is on its way.
  server.closeIdleConnections = () => undefined;
  server.close();
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  const name = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
