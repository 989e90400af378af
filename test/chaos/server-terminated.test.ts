import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { withClient } from "../setup/connection.ts";
import { prepareProgram, type Service } from "../support/program.ts";
import { Balancer } from "./support/balancer.ts";
import { endSoundly, type LogLines } from "./support/end-soundly.ts";
import { ALLOWANCE_MS, fault, isLong } from "./support/fault.ts";
import { codesOf, startLoad, untilServed } from "./support/load.ts";
import { preparePostgres } from "./support/postgres.ts";
import { startWriting } from "./support/writers.ts";

const CLIENTS = 12;
const TIMEOUT_MS = 5000;
/** Many times longer than the balancer needs to learn that a server is not ready. */
const DELAY_MS = isLong ? 500 : 2000;

const postgres = preparePostgres();
const test = prepareProgram();

const serve = (environment = {}) =>
  test.serve({
    DATABASE_URL: postgres.applicationUrl,
    SHUTDOWN_TIMEOUT_MS: String(TIMEOUT_MS),
    ...environment,
  });

const HELD = "{ assets { totalCount } }";
const FREE = "{ workflows { totalCount } }";

/** Ends a server while the database holds some of what it has accepted. */
function endWhileHeld({ program }: Service): Promise<{ endedMs: number; log: LogLines }> {
  return withClient(postgres.superuserUrl, async (superuser) => {
    await superuser.query("BEGIN; LOCK TABLE assets IN ACCESS EXCLUSIVE MODE");
    const ended = endSoundly(program);
    await delay(200);
    const freeAt = performance.now();
    await superuser.query("COMMIT");
    const log = await ended;
    return { endedMs: performance.now() - freeAt, log };
  });
}

fault("SIGTERM under load, to clients that go on asking", { short: 1, long: 50 }, async (times, report) => {
  for (let time = 0; time < times; time += 1) {
    const service = await serve({ SHUTDOWN_DELAY_MS: "0" });
    const load = startLoad({
      urlOf: () => service.url,
      clients: CLIENTS,
      turn: async (client, number) => {
        const { code } = await client.send(number % 4 === 0 ? HELD : FREE);
        if (code !== "OK") await delay(10);
      },
    });
    await untilServed(load, 3);
    const { endedMs, log } = await endWhileHeld(service);
    report.injected();
    await load.stop();
    report.measured("slowest end, ms", endedMs);
    expect(endedMs).toBeLessThan(TIMEOUT_MS + ALLOWANCE_MS);

    const { OK = 0, ECONNREFUSED = 0, ECONNRESET = 0, ...others } = codesOf(load.exchanges());
    const accepted = new Set(log.map(({ request_id }) => request_id));
    const lost = load
      .exchanges()
      .filter(({ code, reused, requestId }) => code === "ECONNRESET" && (reused || accepted.has(requestId)));
    report.sawAll({ "good answers": OK, "refused connections": ECONNREFUSED });
    report.sawAll({ "reset before they were accepted": ECONNRESET - lost.length, lost: lost.length });
    expect(lost).toEqual([]);
    expect(others).toEqual({});
  }
});

fault(
  "a deploy under load: SIGTERM while another server takes over",
  { short: 1, long: 20 },
  async (times, report) => {
    const deploy = { SHUTDOWN_DELAY_MS: String(DELAY_MS) };
    const balancer = new Balancer();
    let service = await serve(deploy);
    await balancer.add(service.url);
    const writing = startWriting(balancer.urlOf, CLIENTS);
    for (let time = 0; time < times; time += 1) {
      await writing.untilServed(3);
      const next = await serve(deploy);
      await balancer.add(next.url);
      await writing.load.during(endSoundly(service.program));
      report.injected();
      service = next;
    }
    await writing.untilServed(3);
    await writing.end(postgres.superuserUrl, report);
    const codes = codesOf(writing.load.exchanges());
    report.sawAll(codes);
    expect(Object.keys(codes)).toEqual(["OK"]);
    await endSoundly(service.program);
  },
);
