import { randomBytes } from "node:crypto";
import { expect, onTestFinished } from "vitest";
import { type Exchange, HttpClient } from "./client.ts";
import { eventually } from "./eventually.ts";

/** Clients that ask without a pause. */
export interface Load {
  readonly clients: readonly HttpClient[];
  /** All that was asked until now, in the order of the answers. */
  exchanges(): readonly Exchange[];
  /**
   * Waits for something while they ask.
   * @throws what a client's turn failed with, as by an answer that is wrong; all of them have stopped then
   */
  during<T>(something: Promise<T>): Promise<T>;
  /** Lets every client end what it has begun. Throws as `during`. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  /** The server's address, which may be another after its next start. */
  readonly urlOf: () => string;
  readonly clients: number;
  /** Whom a client asks for. Default: each for a tenant of its own, that nobody else knows. */
  readonly tenantOf?: (client: number) => string;
  /** What a client does again and again until it is told to stop. */
  readonly turn: (client: HttpClient, number: number) => Promise<unknown>;
}

/** Has so many clients ask at once until they are told to stop, or the test is over. */
export function startLoad({ urlOf, clients: count, tenantOf = newTenants(), turn }: LoadOptions): Load {
  const clients = Array.from({ length: count }, (_, number) => new HttpClient(urlOf, tenantOf(number)));
  let stopped = false;
  const work = async (client: HttpClient, number: number) => {
    try {
      while (!stopped) await turn(client, number);
    } finally {
      stopped = true;
      client.close();
    }
  };
  const working = Promise.all(clients.map(work));
  const failure = working.then(() => new Promise<never>(() => undefined));
  failure.catch(() => undefined); // told by `stop`
  onTestFinished(() => {
    stopped = true;
  });
  return {
    clients,
    exchanges: () => clients.flatMap(({ exchanges }) => exchanges).toSorted((a, b) => a.endedAt - b.endedAt),
    during: (something) => Promise.race([something, failure]),
    async stop() {
      stopped = true;
      await working;
    },
  };
}

/**
 * Waits until each client has got so many good answers from now on.
 * @returns how long that took, in milliseconds
 * @throws as `Load.during`
 */
export function untilServed(load: Load, answers: number): Promise<number> {
  const before = load.clients.map(({ exchanges }) => exchanges.length);
  const allServed = () => {
    for (const [number, { exchanges }] of load.clients.entries()) {
      const { OK = 0, ...others } = codesOf(exchanges.slice(before[number]));
      expect(OK, `good answers to client ${number}, beside ${JSON.stringify(others)}`).toBeGreaterThanOrEqual(
        answers,
      );
    }
  };
  return load.during(eventually(allServed));
}

function newTenants(): (client: number) => string {
  const prefix = randomBytes(4).toString("hex");
  return (client) => `tenant-${prefix}-${client}`;
}

/** How often each code came, as `{ OK: 120, UNAVAILABLE: 3 }`. */
export function codesOf(exchanges: readonly Exchange[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { code } of exchanges) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}
