import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished } from "vitest";
import { UnavailableError } from "../../src/errors.ts";
import { PostgresStorage } from "../../src/storage.ts";
import { withClient } from "../setup/connection.ts";
import { Signal } from "../support/concurrency.ts";
import { prepareProgram } from "../support/program.ts";
import { endSoundly } from "./support/end-soundly.ts";
import { eventually } from "./support/eventually.ts";
import { ALLOWANCE_MS, fault, type Report } from "./support/fault.ts";
import { codesOf, startLoad, untilServed } from "./support/load.ts";
import { preparePostgres } from "./support/postgres.ts";

const CONNECTIONS = 4;
const CLIENTS = 10 * CONNECTIONS;
const TENANTS = 8;
const ACQUIRE_MS = 2000;
const HOLD_MS = 5000;
/** How long a refusal may take, and how long it may take to recover when connections are free again. */
const REFUSAL_MS = ACQUIRE_MS + 100 + Math.min(ALLOWANCE_MS, 0.75 * ACQUIRE_MS); // two waits in a row are always told
const RECOVERY_MS = 1000 + ALLOWANCE_MS;

const LIGHT = "{ assets { totalCount } }";
/** Executed in a thread, which has a connection and a queue of its own. */
const HEAVY = "{ assets(first: 1000) { nodes { id name description } } }";

const postgres = preparePostgres();
const test = prepareProgram();
const tenantOf = (client: number) => `tenant-${client % TENANTS}`;

/** Has whatever reads assets hold its connection for a while. */
function holdReaders(): Promise<void> {
  return withClient(postgres.superuserUrl, async (superuser) => {
    await superuser.query("BEGIN; LOCK TABLE assets IN ACCESS EXCLUSIVE MODE");
    await delay(HOLD_MS);
    await superuser.query("COMMIT");
  });
}

fault(
  "10 times more clients than connections, holders of 5 s",
  { short: 1, long: 5 },
  async (times, report) => {
    const { url, program } = await test.serve({
      DATABASE_URL: postgres.applicationUrl,
      POOL_MAX: String(CONNECTIONS),
      POOL_ACQUIRE_TIMEOUT_MS: String(ACQUIRE_MS),
      HEAVY_WORKERS: "1",
    });
    let free = new Signal();
    const load = startLoad({
      urlOf: () => url,
      clients: CLIENTS,
      tenantOf,
      async turn(client, number) {
        const { code } = await client.send(number % 5 === 0 ? HEAVY : LIGHT);
        // Or all would be refused at once, and nobody's turn come when it is almost too late.
        if (code !== "OK") await Promise.race([delay(Math.random() * ACQUIRE_MS), free.wait()]);
      },
    });
    for (let time = 0; time < times; time += 1) {
      await untilServed(load, 1);
      free = new Signal();
      const heldAt = performance.now();
      await load.during(holdReaders());
      const freeAt = performance.now();
      free.give();
      report.injected();
      const recoveredMs = await untilServed(load, 1);
      report.measured("recovered after, ms", recoveredMs);
      expect(recoveredMs).toBeLessThan(RECOVERY_MS);
      const refused = load.exchanges().filter(({ endedAt, code }) => endedAt > heldAt && code !== "OK");
      expect(refused.length).toBeGreaterThanOrEqual(CLIENTS - CONNECTIONS);
      const late = load.exchanges().filter(({ sentAt }) => sentAt > freeAt + RECOVERY_MS);
      expect(codesOf(late)).toEqual(late.length === 0 ? {} : { OK: late.length });
    }
    await load.stop();
    const { OK = 0, UNAVAILABLE = 0, ...others } = codesOf(load.exchanges());
    report.sawAll({ OK, UNAVAILABLE });
    expect(others).toEqual({});

    const lines = await endSoundly(program);
    const durations = new Map(lines.map(({ request_id, duration_ms }) => [request_id, Number(duration_ms)]));
    for (const { requestId, code, sentAt, endedAt } of load.exchanges()) {
      if (code !== "UNAVAILABLE") continue;
      const inServerMs = durations.get(requestId) ?? Number.POSITIVE_INFINITY;
      report.measured("slowest refusal in the server, ms", inServerMs);
      report.measured("slowest refusal at the client, ms", endedAt - sentAt);
      expect(inServerMs).toBeLessThan(REFUSAL_MS);
    }
  },
);

/** Calls the library until it is served. Returns when that was. */
async function callUntilServed(storage: PostgresStorage, tenantId: string, report: Report): Promise<number> {
  for (;;) {
    const calledAt = performance.now();
    try {
      await storage.withTenant(tenantId, ({ assets }) => assets.count());
      return performance.now();
    } catch (error) {
      const refusedMs = performance.now() - calledAt;
      expect(error).toBeInstanceOf(UnavailableError);
      expect(error).toMatchObject({ transient: "exhausted", retryable: true });
      report.saw("UNAVAILABLE");
      report.measured("slowest refusal, ms", refusedMs);
      expect(refusedMs).toBeLessThan(REFUSAL_MS);
    }
  }
}

fault(
  "10 times more callers of the library than connections, holders of 5 s",
  { short: 1, long: 5 },
  async (times, report) => {
    const pool = { max: CONNECTIONS, acquireTimeoutMs: ACQUIRE_MS };
    const storage = new PostgresStorage(postgres.applicationUrl, { pool });
    onTestFinished(() => storage.close());
    const inUse = () => storage.pool.totalCount - storage.pool.idleCount;
    for (let time = 0; time < times; time += 1) {
      const holding = Array.from({ length: CONNECTIONS }, () =>
        storage.withTenant("holder", async ({ assets }) => {
          await assets.count();
          await delay(HOLD_MS);
        }),
      );
      const free = Promise.all(holding).then(() => performance.now());
      await eventually(() => expect(inUse()).toBe(CONNECTIONS));
      report.injected();
      const callers = Array.from({ length: CLIENTS }, (_, number) =>
        callUntilServed(storage, tenantOf(number), report),
      );
      const recoveredMs = Math.max(...(await Promise.all(callers))) - (await free);
      report.measured("recovered after, ms", recoveredMs);
      expect(recoveredMs).toBeLessThan(RECOVERY_MS);
    }
  },
);
