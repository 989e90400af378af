import { onTestFinished } from "vitest";
import { type Exchange, HttpClient } from "./client.ts";

/** Clients that ask without a pause. */
export interface Load {
  readonly clients: readonly HttpClient[];
  /** All that was asked until now, in the order of the answers. */
  exchanges(): readonly Exchange[];
  /**
   * Lets every client end what it has begun.
   * @throws what the work of one failed with, such as an answer that is not what it should be
   */
  stop(): Promise<void>;
}

export interface LoadOptions {
  /** The server's address, which may be another after its next start. */
  readonly urlOf: () => string;
  readonly clients: number;
  /** Whom a client asks for. Default: each for a tenant of its own. */
  readonly tenantOf?: (client: number) => string;
  /** What a client does again and again until it is told to stop. */
  readonly turn: (client: HttpClient, number: number) => Promise<unknown>;
}

export const ownTenantOf = (client: number): string => `tenant-${client}`;

/** Has so many clients ask at once until they are told to stop, or the test is over. */
export function startLoad({ urlOf, clients: count, tenantOf = ownTenantOf, turn }: LoadOptions): Load {
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
  working.catch(() => undefined); // told by `stop`
  onTestFinished(() => {
    stopped = true;
  });
  return {
    clients,
    exchanges: () => clients.flatMap(({ exchanges }) => exchanges).toSorted((a, b) => a.endedAt - b.endedAt),
    async stop() {
      stopped = true;
      await working;
    },
  };
}

/** How often each code came, as `{ OK: 120, UNAVAILABLE: 3 }`. */
export function codesOf(exchanges: readonly Exchange[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { code } of exchanges) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}
