import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { TIMEOUT_DEFAULTS, type Timeouts } from "../limits.ts";
import type { StorageLogger } from "../logger.ts";
import { hasAddress, refuseAddress, refuseUnparsed } from "./malformed-request.ts";
import { requestIdOf } from "./request-id.ts";

/** A server that listens. */
export interface HttpServer {
  /** `http://127.0.0.1:4000`, with the port that it really has. */
  readonly url: string;
  /** Takes no more connections, and resolves when what runs is answered or `timeoutMs` have passed. */
  close(timeoutMs: number): Promise<void>;
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
      hasAddress(request) ? handler(request, response) : refuseAddress(request, response, logger),
  );
  server.prependListener("request", joinAuthorization);
  server.prependListener("request", giveId);
  server.on("clientError", (error, connection) => refuseUnparsed(error, connection, logger));
  const running = new Set<ServerResponse>();
  server.on("request", (_, response) => {
    if (!server.listening) response.shouldKeepAlive = false;
    running.add(response);
    response.once("close", () => running.delete(response));
  });
  server.listen({ host, port });
  await once(server, "listening");
  return { url: urlOf(server, host), close: (timeoutMs) => close(server, running, timeoutMs) };
}

/** Node drops all but the first of several; together they are refused. */
function joinAuthorization({ headers, headersDistinct: { authorization = [] } }: IncomingMessage): void {
  if (authorization.length > 1) headers.authorization = authorization.join(", ");
}

/** So that whoever answers it, here or in the handler, gives it the same. */
function giveId({ headers }: IncomingMessage): void {
  headers["x-request-id"] = requestIdOf(headers["x-request-id"]);
}

async function close(server: Server, running: ReadonlySet<ServerResponse>, timeoutMs: number): Promise<void> {
  const closed = promisify(server.close.bind(server))();
  server.closeIdleConnections();
  // Or their connections stay open for a next request, and hold up the end for 5 s.
  for (const response of running) response.shouldKeepAlive = false;
  const deadline = setTimeout(() => server.closeAllConnections(), timeoutMs);
  await closed;
  clearTimeout(deadline);
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  const name = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
