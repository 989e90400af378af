import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { onTestFinished } from "vitest";
import type { Identity } from "./certificate.ts";

/** The way to a PostgreSQL, which can be made to fail. */
export interface Relay {
  /** As the URL that it was made for, by way of `localhost`. */
  readonly url: string;
  /** How many connections have been made. */
  readonly connections: number;
  /** As a network that is gone: nothing arrives any more, neither way, and nobody is told. */
  stall(): void;
  /** As a server that is gone: connections end, and new ones are refused. */
  cut(): void;
  /** New connections get through; what was stalled stays so. */
  recover(): void;
}

/**
 * Opens a way to a PostgreSQL until the test has finished.
 * @param identity has it speak TLS alone, as a server does that insists on it
 */
export async function openRelay(target: string, identity?: Identity): Promise<Relay> {
  const { hostname, port } = new URL(target);
  const links = new Set<Link>();
  let state: "open" | "stalled" | "cut" = "open";
  let connections = 0;
  const relay = createServer(async (raw) => {
    raw.on("error", () => undefined);
    connections += 1;
    if (state === "cut") {
      raw.destroy();
      return;
    }
    const client = identity === undefined ? raw : await secure(raw, identity);
    const link = new Link(client, connect(Number(port), hostname));
    links.add(link);
    link.isStalled = state === "stalled";
  });
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  onTestFinished(() => {
    for (const link of links) link.end();
    relay.close();
  });
  const url = new URL(target);
  url.hostname = "localhost";
  url.port = String((relay.address() as AddressInfo).port);
  return {
    url: url.href,
    get connections() {
      return connections;
    },
    stall() {
      state = "stalled";
      for (const link of links) link.isStalled = true;
    },
    cut() {
      state = "cut";
      for (const link of links) link.end();
    },
    recover() {
      state = "open";
    },
  };
}

class Link {
  isStalled = false;
  readonly #ends: readonly [Socket, Socket];

  constructor(client: Socket, server: Socket) {
    this.#ends = [client, server];
    this.#pass(client, server);
    this.#pass(server, client);
  }

  end(): void {
    for (const socket of this.#ends) socket.destroy();
  }

  #pass(from: Socket, to: Socket): void {
    from.on("error", () => undefined);
    from.on("data", (data) => this.isStalled || to.write(data));
    from.on("close", () => this.isStalled || to.destroy());
  }
}

/** Answers PostgreSQL's question for TLS, as a server that has it. */
async function secure(raw: Socket, identity: Identity): Promise<Socket> {
  const [asked] = (await once(raw, "data")) as [Buffer];
  if (asked.readInt32BE(4) !== 80_877_103) return raw.destroy();
  raw.write("S");
  return new TLSSocket(raw, { isServer: true, ...identity });
}
