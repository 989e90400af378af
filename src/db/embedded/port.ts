import { createServer } from "node:net";

/**
 * A TCP port of 127.0.0.1 that nobody listens on: the preferred one if it is free. Somebody else may take it
 * before it is used.
 */
export async function findFreePort(preferred: number | undefined): Promise<number> {
  return (preferred !== undefined && (await listenOnce(preferred))) || listenAnywhere();
}

async function listenAnywhere(): Promise<number> {
  const port = await listenOnce(0);
  if (port === undefined) throw new Error("no TCP port of 127.0.0.1 is free");
  return port;
}

function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ host: "127.0.0.1", port }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? address?.port : undefined));
    });
  });
}
