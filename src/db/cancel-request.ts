import type { EventEmitter } from "node:events";
import { isIP, type Socket } from "node:net";
import pg from "pg";

/** What `pg` has of a client and of a connection, but not in its types. */
interface ConnectedClient {
  readonly processID: number | null;
  readonly secretKey: number | null;
  readonly ssl: boolean | object;
  readonly sslNegotiation: string;
}

interface BareConnection extends EventEmitter {
  readonly stream: Socket;
  connect(portOrPath: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processID: number, secretKey: number): void;
}

/**
 * Asks the server to cancel what runs on a client: as PostgreSQL wants it, on a connection of its own.
 * @param isWanted asked once more before it is sent
 * @returns whether it cannot hit what runs on the client later, because it was not sent, or because the server has taken it
 * and closed the connection
 */
export async function requestCancel(
  client: pg.Client,
  isWanted: () => boolean,
  patienceMs: number,
): Promise<boolean> {
  const { processID, secretKey, ssl, sslNegotiation } = client as unknown as ConnectedClient;
  if (processID === null || secretKey === null) return true;
  const config = { ssl: ssl === false ? false : namingServer(ssl, client.host), sslNegotiation };
  const connection = new pg.Connection(config as pg.ConnectionConfig) as unknown as BareConnection;
  const request = { isSent: false, hasFailed: false };
  const send = () => {
    request.isSent = isWanted();
    if (request.isSent) connection.cancel(processID, secretKey);
    else connection.stream.destroy();
  };
  const fail = () => {
    request.hasFailed = true;
    connection.stream.destroy();
  };
  connection.on("connect", () => {
    if (ssl === false) send();
    else if (sslNegotiation !== "direct") connection.requestSsl();
  });
  connection.on("sslconnect", () => connection.stream.once("secureConnect", send));
  connection.on("error", fail);
  const deadline = setTimeout(fail, patienceMs);
  connectAs(client, connection);
  await new Promise((resolve) => connection.once("end", resolve));
  clearTimeout(deadline);
  return !(request.isSent && request.hasFailed);
}

/** To the very address that the client has: a name may stand for several servers. */
function connectAs({ connection: { stream }, host, port }: pg.Client, connection: BareConnection): void {
  const { remoteAddress, remotePort } = stream as Socket;
  if (host.startsWith("/")) connection.connect(`${host}/.s.PGSQL.${port}`);
  else connection.connect(remotePort ?? port, remoteAddress ?? host);
}

/** Certificates are made out to names. */
function namingServer(ssl: boolean | object, host: string): object {
  const given = typeof ssl === "object" ? ssl : {};
  // `pg` keeps the key from being copied.
  const key = "key" in given ? { key: given.key } : {};
  return { host, ...(isIP(host) === 0 ? { servername: host } : {}), ...given, ...key };
}
