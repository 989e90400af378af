import type { KeyObject } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach } from "vitest";
import { type Claims, makeKeys, type Signing, sign } from "./tokens.ts";

/** An identity provider of a test: a server on loopback that publishes keys, and signs with them. */
export class KeyProvider {
  readonly #server: Server;
  readonly #keys = new Map<string, KeyObject>();
  /** The headers of each time that it was asked. */
  readonly askedWith: IncomingHttpHeaders[] = [];
  /** How it answers; default with its keys. */
  answer: (response: ServerResponse) => void = (response) => this.publish(response);

  constructor() {
    this.#server = createServer(({ headers }, response) => {
      this.askedWith.push(headers);
      this.answer(response);
    });
  }

  /** How often it was asked. */
  get asked(): number {
    return this.askedWith.length;
  }

  async start(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  /** Also cuts off who waits. */
  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/keys`;
  }

  publish(response: ServerResponse): void {
    const keys = [...this.#keys].map(([kid, key]) => ({ ...key.export({ format: "jwk" }), kid, use: "sig" }));
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ keys }));
  }

  /** Makes a key and signs with it from now on. */
  addKey(kid: string): (claims?: Claims, signing?: Signing) => Promise<string> {
    const { publicKey, privateKey } = makeKeys();
    this.#keys.set(kid, publicKey);
    return (claims, signing) => sign(claims, { key: privateKey, alg: "ES256", kid, ...signing });
  }

  withdrawKey(kid: string): void {
    this.#keys.delete(kid);
  }
}

/** Gives each test of a file a provider of its own. */
export function prepareKeyProvider(): { readonly current: KeyProvider } {
  const holder = { current: new KeyProvider() };
  beforeEach(async () => {
    holder.current = new KeyProvider();
    await holder.current.start();
  });
  afterEach(() => holder.current.stop());
  return holder;
}
