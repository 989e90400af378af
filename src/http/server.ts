import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";

/** A server that listens. */
export interface HttpServer {
  /** `http://127.0.0.1:4000`, with the port that it really has. */
  readonly url: string;
  /** Takes no more connections, and resolves when what runs is answered or `timeoutMs` have passed. */
  close(timeoutMs: number): Promise<void>;
}

/**
 * Listens for HTTP.
 * @throws the system's error, such as EADDRINUSE
 */
export async function listen(
  handler: RequestListener,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<HttpServer> {
  const server = createServer(handler);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return { url: urlOf(server, host), close: (timeoutMs) => close(server, timeoutMs) };
}

async function close(server: Server, timeoutMs: number): Promise<void> {
  const closed = promisify(server.close.bind(server))();
  server.closeIdleConnections();
  const deadline = setTimeout(() => server.closeAllConnections(), timeoutMs);
  await closed;
  clearTimeout(deadline);
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  const name = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
