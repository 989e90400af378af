import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { expect } from "vitest";
import { withClient } from "../setup/connection.ts";
import { untilBlocked } from "../support/concurrency.ts";
import { type StoredShape, storeShape, tree } from "../support/lineage-shapes.ts";
import { prepareProgram } from "../support/program.ts";
import { prepareStorage } from "../support/storage.ts";
import { HttpClient } from "./support/client.ts";
import { endSoundly } from "./support/end-soundly.ts";
import { eventually } from "./support/eventually.ts";
import { ALLOWANCE_MS, fault } from "./support/fault.ts";
import { ask } from "./support/leave.ts";
import { codesOf, type Load, startLoad } from "./support/load.ts";

/** From when a client has gone until no backend works for it. */
const IDLE_MS = 500 + ALLOWANCE_MS;
/** So few that a connection that is kept from the others, or given to them too early, is missed at once. */
const POOL_MAX = 3;

const storage = prepareStorage();
const test = prepareProgram();

const WALK = `query ($id: ID!, $maxNodes: Int!) {
  lineage(assetId: $id, direction: DOWNSTREAM, maxDepth: 10, maxNodes: $maxNodes) { nodes { depth asset { id } } }
}`;
interface Walked {
  readonly lineage: { readonly nodes: readonly object[] };
}
/** How many nodes at most, by where the walk is executed. */
const WALKS = { "the main thread": 100, "a heavy thread": 10_000 };

/** By which the service's backends are told from those of the test itself. */
const SERVICE = "client-gone";

function serve() {
  const url = new URL(storage.database.applicationUrl);
  url.searchParams.set("application_name", SERVICE);
  return test.serve({
    ...{ DATABASE_URL: url.href, AUTH_MODE: "header" },
    ...{ POOL_MAX: String(POOL_MAX), HEAVY_WORKERS: "1" },
  });
}

/** Others who ask all the time, and must get nothing but right answers. */
const startOthers = (url: string): Load =>
  startLoad({
    urlOf: () => url,
    clients: 2,
    async turn(client) {
      const { code, answer } = await client.send("{ workflows { totalCount } }");
      expect({ code, data: answer?.data }).toEqual({ code: "OK", data: { workflows: { totalCount: 0 } } });
    },
  });

/** What the service's backends do, by their process ids. */
async function watch(watcher: pg.Client): Promise<ReadonlyMap<number, string>> {
  const { rows } = await watcher.query<{ pid: number; doing: string }>(
    `SELECT pid, concat(state, ': ', query) AS doing FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = '${SERVICE}'`,
  );
  return new Map(rows.map(({ pid, doing }) => [pid, doing]));
}

/** Those that walk, or have a walk's transaction still open. */
async function walksOf(watcher: pg.Client): Promise<number[]> {
  const sessions = [...(await watch(watcher))];
  const isWalking = (doing: string) => doing.includes("/* lineage.") && !doing.startsWith("idle: ");
  return sessions.filter(([, doing]) => isWalking(doing)).map(([pid]) => pid);
}

/** Waits until there are none. Returns how long that took, in milliseconds. */
function untilIdle(watcher: pg.Client): Promise<number> {
  return eventually(async () => expect(await walksOf(watcher)).toEqual([]));
}

/** Connects as the owner, who may lock a table, and as the service's role, which sees what its sessions do. */
function withWatchers(work: (owner: pg.Client, watcher: pg.Client) => Promise<void>): Promise<void> {
  const { ownerUrl, applicationUrl } = storage.database;
  return withClient(ownerUrl, (owner) => withClient(applicationUrl, (watcher) => work(owner, watcher)));
}

/** Asks for both walks, to their end. Returns how long each took, in milliseconds. */
async function expectRightWalks(url: string, { tenantId, graph, idOf }: StoredShape): Promise<number[]> {
  const client = new HttpClient(() => url, tenantId);
  const durations: number[] = [];
  for (const maxNodes of Object.values(WALKS)) {
    const { answer, sentAt, endedAt } = await client.send<Walked>(WALK, { id: idOf(0), maxNodes });
    expect(answer).toMatchObject({ errors: [] });
    expect(answer?.data?.lineage.nodes).toHaveLength(Math.min(maxNodes, graph.assets.size));
    durations.push(endedAt - sentAt);
  }
  client.close();
  return durations;
}

for (const [where, maxNodes] of Object.entries(WALKS))
  fault(`a client disconnects in mid-walk, in ${where}`, { short: 2, long: 100 }, async (times, report) => {
    const shape = await storeShape(storage, tree(5, 3));
    const { url, program } = await serve();
    await expectRightWalks(url, shape);
    const others = startOthers(url);
    await withWatchers(async (owner, watcher) => {
      for (let time = 0; time < times; time += 1) {
        // Or the walk might come to its end by itself.
        await owner.query("BEGIN; LOCK TABLE asset_dependencies IN ACCESS EXCLUSIVE MODE");
        const variables = { id: shape.idOf(0), maxNodes };
        const asker = ask({ url, tenantId: shape.tenantId, document: WALK, variables });
        await others.during(untilBlocked(storage.database));
        const walking = await walksOf(watcher);
        expect(walking).toHaveLength(1);
        asker.leave();
        report.injected();
        const idleMs = await others.during(untilIdle(watcher));
        report.measured("slowest until idle, ms", idleMs);
        expect(idleMs).toBeLessThan(IDLE_MS);
        const sessions = await watch(watcher);
        expect(sessions.size).toBeLessThanOrEqual(POOL_MAX);
        report.saw("connections kept", walking.filter((pid) => sessions.has(pid)).length);
        await owner.query("COMMIT");
        await others.during(expectRightWalks(url, shape));
      }
    });
    await others.stop();
    report.saw("right answers to others", others.exchanges().length);
    await endSoundly(program);
  });

fault("clients disconnect at any moment of their walks", { short: 40, long: 5000 }, async (times, report) => {
  const shape = await storeShape(storage, tree(5, 5));
  const { url, program } = await serve();
  await expectRightWalks(url, shape);
  const others = startOthers(url);
  const durations = await others.during(expectRightWalks(url, shape));
  let left = times;
  const leaveAgainAndAgain = async () => {
    while (left > 0) {
      left -= 1;
      // One in four is heavy, and one in four stays until after its answer.
      const kind = left % 4 === 0 ? 1 : 0;
      const variables = { id: shape.idOf(0), maxNodes: Object.values(WALKS)[kind] };
      const asker = ask({ url, tenantId: shape.tenantId, document: WALK, variables });
      await delay(Math.random() * (durations[kind] ?? 0) * 1.33);
      asker.leave();
      report.injected();
      report.saw((await asker.answered) ? "answered before" : "gone before");
    }
  };
  await others.during(Promise.all([1, 2, 3].map(leaveAgainAndAgain)));
  await withClient(storage.database.applicationUrl, async (watcher) => {
    const idleMs = await others.during(untilIdle(watcher));
    report.measured("until all are idle, ms", idleMs);
    expect(idleMs).toBeLessThan(IDLE_MS);
    expect((await watch(watcher)).size).toBeLessThanOrEqual(POOL_MAX);
  });
  await others.during(expectRightWalks(url, shape));
  await others.stop();
  expect(codesOf(others.exchanges())).toEqual({ OK: others.exchanges().length });
  report.saw("right answers to others", others.exchanges().length);
  await endSoundly(program);
});
