import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { StorageLogger } from "../logger.ts";
import { requestIdOf } from "./request-id.ts";

/** What Node's parser gives up for. All else is 400. */
const STATUS: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};

/** The address that was found good last: most clients ask for the same again. */
const good = { host: "", url: "" };

/** Whether a request says where it goes: `Host` and target make an address. Yoga answers others with 500 and a stack. */
export function hasAddress({ headers, httpVersionMinor, url = "/" }: IncomingMessage): boolean {
  const host = headers.host ?? (httpVersionMinor > 0 ? undefined : "localhost");
  if (host === undefined) return false;
  if (host === good.host && url === good.url) return true;
  if (/[/\\?#@]/.test(host) || !URL.canParse(url.startsWith("/") ? `http://${host}${url}` : url))
    return false;
  Object.assign(good, { host, url });
  return true;
}

/** Answers a request that has no address. */
export function refuseAddress(
  { headers }: IncomingMessage,
  response: ServerResponse,
  logger: StorageLogger | undefined,
): void {
  const requestId = requestIdOf(headers["x-request-id"]);
  const message = "Host must be the name of a host, with its port where it has one.";
  const body = { errors: [{ message, extensions: { code: "BAD_USER_INPUT" } }] };
  response.statusCode = 400;
  response.setHeader("x-request-id", requestId);
  response.setHeader("content-type", "application/json; charset=utf-8").end(JSON.stringify(body));
  tell(logger, requestId, 400, message);
}

/** A connection. Node's types do not tell which answer is being made on it. */
type Connection = Duplex & { readonly _httpMessage?: ServerResponse };

/**
 * Ends a connection on which something came that is no request, or none in time. It is answered as Node would, unless an
 * answer to an earlier one is on its way.
 */
export function refuseUnparsed(
  error: NodeJS.ErrnoException,
  connection: Connection,
  logger: StorageLogger | undefined,
): void {
  const { _httpMessage: running } = connection;
  // Whoever has hung up is told nothing.
  if (connection.writable && running?.headersSent !== true) {
    const requestId = requestIdOf(running?.req.headers["x-request-id"]);
    const status = STATUS[error.code ?? ""] ?? 400;
    const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nx-request-id: ${requestId}\r\n\r\n`;
    connection.write(head);
    tell(logger, requestId, status, error.code ?? error.message);
  }
  connection.destroy(error);
}

function tell(logger: StorageLogger | undefined, requestId: string, status: number, reason: string): void {
  logger?.info({ request_id: requestId, status, reason }, "Malformed request refused");
}
