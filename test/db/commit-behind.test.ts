import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { ConnectOptions, Database } from "../../src/db/database.ts";
import { HeldClient } from "../../src/db/held-client.ts";
import {
  ConflictError,
  InternalError,
  NotFoundError,
  TimeoutError,
  UnavailableError,
} from "../../src/errors.ts";
import { createRepositories, type Repositories } from "../../src/modules/repositories.ts";
import { untilBlocked, whileLocked } from "../support/concurrency.ts";
import { newAsset, newWorkflow, storeWorkflow, UNKNOWN_ID } from "../support/factories.ts";
import { LINGERING, letCommitsLinger } from "../support/lingering-commit.ts";
import { alterDatabase } from "../support/owner.ts";
import { refusal } from "../support/refusal.ts";
import { openRelay } from "../support/relay.ts";
import { timeUntilIdle, untilRunning } from "../support/sessions.ts";
import { prepareStorage, type TestStorage } from "../support/storage.ts";
import { watchDriver } from "../support/watch-driver.ts";

type TestTenant = ReturnType<TestStorage["newTenant"]>;

const storage = prepareStorage();

afterEach(() => vi.restoreAllMocks());

/** One connection, so that what is wrong with it shows to the next who uses it. */
const openAlone = () => storage.openDatabase({ pool: { max: 1 }, slowOperationMs: 60_000 });

/** Calls one method in a transaction of its own. */
function alone<T>(
  database: Database,
  tenant: TestTenant,
  work: (repositories: Repositories) => Promise<T>,
  options: Partial<ConnectOptions> = {},
): Promise<T> {
  const binding = { ownTenant: tenant.id, actor: tenant.id };
  return database.transaction(binding, { access: "write", isForOne: true, ...options }, (connection) =>
    work(createRepositories(connection)),
  );
}

/** Tells what is sent from here on, by the names in the comments. */
function watchSent(): () => string[] {
  const sent = watchDriver();
  return () => sent().flatMap((text) => /^\/\* (\S+) \*\//.exec(text)?.[1] ?? []);
}

/** Does something while nobody can write assets, once `work` waits for that, and lets it go on then. */
async function whileBlocked<T>(work: () => Promise<T>, act: () => unknown): Promise<T> {
  return whileLocked(storage.database, "assets", async (unlock) => {
    const done = work();
    done.catch(() => undefined);
    await untilBlocked(storage.database);
    await act();
    await unlock();
    return done;
  });
}

function abortable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

const asValue = (error: unknown) => error;
const countAssets = (tenant: TestTenant) => tenant.run(({ assets }) => assets.count({ scope: "own" }));

describe("the commit of a method that is alone in its transaction", () => {
  it("leaves with its last statement, whose answer is not waited for", async () => {
    const [database, tenant] = [openAlone(), storage.newTenant()];
    await alone(database, tenant, ({ assets }) => assets.insert(newAsset()));
    const sent = watchSent();
    const before: string[] = [];
    await whileBlocked(
      () => alone(database, tenant, ({ assets }) => assets.insert(newAsset())),
      () => before.push(...sent()),
    );
    expect(before).toEqual(["tenant.begin", "asset.insert", "tenant.end"]);
    expect(await countAssets(tenant)).toBe(2);
  });

  it("is waited for: what is answered is stored", async () => {
    const [database, tenant] = [openAlone(), storage.newTenant()];
    const { id } = await alone(database, tenant, ({ assets }) => assets.insert(newAsset()));
    expect(await tenant.run(({ assets }) => assets.findById(id))).not.toBeNull();
  });

  it("waits for the tags of an asset that has some", async () => {
    const [database, tenant] = [openAlone(), storage.newTenant()];
    const sent = watchSent();
    const { id } = await alone(database, tenant, ({ assets }) => assets.insert(newAsset({ tags: ["a"] })));
    expect(sent().slice(-4)).toEqual(["tenant.begin", "asset.insert", "asset.insert", "tenant.end"]);
    vi.restoreAllMocks();
    expect(await tenant.run(({ assets }) => assets.getById(id))).toMatchObject({ tags: ["a"] });
  });

  it("is none where the statement fails: nothing is stored, and the connection is used on", async () => {
    const [database, tenant] = [openAlone(), storage.newTenant()];
    const asset = newAsset();
    await alone(database, tenant, ({ assets }) => assets.insert(asset));
    const again = alone(database, tenant, ({ assets }) => assets.insert(asset));
    expect((await refusal(again, ConflictError)).message).toContain(asset.name);
    await alone(database, tenant, ({ assets }) => assets.insert(newAsset()));
    expect(await countAssets(tenant)).toBe(2);
    expect(database.pool.totalCount).toBe(1);
  });

  it("that is refused says so, and nothing is stored", async () => {
    const [database, tenant] = [openAlone(), storage.newTenant()];
    await alterDatabase(
      storage.database,
      "ALTER TABLE assets ADD CONSTRAINT late UNIQUE (tenant_id, owner) DEFERRABLE INITIALLY DEFERRED",
    );
    const create = () => alone(database, tenant, ({ assets }) => assets.insert(newAsset({ owner: "ada" })));
    await create();
    await refusal(create(), ConflictError);
    await alterDatabase(storage.database, "ALTER TABLE assets DROP CONSTRAINT late");
    expect(await countAssets(tenant)).toBe(1);
    await create();
  });

  it("is none of what is given up: the statement is cancelled, and the connection is used on", async () => {
    const [database, tenant] = [openAlone(), storage.newTenant()];
    const controller = new AbortController();
    const work = whileBlocked(
      () => alone(database, tenant, ({ assets }) => assets.insert(newAsset()), { signal: controller.signal }),
      async () => {
        controller.abort(new TimeoutError("too late"));
        expect(await timeUntilIdle(storage.database)).toBeLessThan(1000);
      },
    );
    expect((await refusal(work, TimeoutError)).message).toBe("too late");
    expect(await countAssets(tenant)).toBe(0);
    await alone(database, tenant, ({ assets }) => assets.insert(newAsset()));
    expect(database.pool.totalCount).toBe(1);
  });

  describe("is not disturbed by a signal that comes after the statement,", () => {
    beforeAll(() => letCommitsLinger(storage.database));

    it("before its end: it is stored, and says so", async () => {
      const [database, tenant, { signal, abort }] = [openAlone(), storage.newTenant(), abortable()];
      const work = async ({ assets }: Repositories) => {
        const stored = await assets.insert(newAsset({ name: LINGERING }));
        abort();
        // What is cancelled would be so by then.
        await delay(200);
        return stored;
      };
      const outcome = await alone(database, tenant, work, { signal }).catch(asValue);
      expect(outcome).toMatchObject({ name: LINGERING, assetType: "table" });
      expect(await countAssets(tenant)).toBe(1);
    });

    it("while it is waited for: it is stored, and says so", async () => {
      const [database, tenant, { signal, abort }] = [openAlone(), storage.newTenant(), abortable()];
      const create = ({ assets }: Repositories) => assets.insert(newAsset({ name: LINGERING }));
      const work = alone(database, tenant, create, { signal });
      await untilRunning(storage.database, "/* tenant.end */ COMMIT");
      abort();
      expect(await work).toMatchObject({ name: LINGERING });
      expect(await countAssets(tenant)).toBe(1);
    });
  });

  it("leaves it in doubt whether what was given up is stored, where nothing is answered any more", async () => {
    const tenant = storage.newTenant();
    const relay = await openRelay(storage.database.applicationUrl);
    const database = storage.openDatabase({ pool: { max: 1 }, slowOperationMs: 60_000 }, relay.url);
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const outcome = await whileBlocked(
      () => alone(database, tenant, ({ assets }) => assets.insert(newAsset()), options).catch(asValue),
      () => {
        relay.stall();
        controller.abort(new TimeoutError("too late"));
      },
    );
    expect(outcome).toBeInstanceOf(UnavailableError);
    expect(outcome).toMatchObject({ retryable: false, message: expect.stringContaining("may or may not") });
    await vi.waitFor(async () => expect(await countAssets(tenant)).toBe(1));
    expect(database.pool.totalCount).toBe(0);
  });

  it("is none of a statement that its session has lost, which is tried again", async () => {
    const [database, tenant] = [openAlone(), storage.newTenant()];
    const create = () => alone(database, tenant, ({ assets }) => assets.insert(newAsset()));
    await create();
    await database.pool.query("DEALLOCATE ALL");
    await create();
    expect(await countAssets(tenant)).toBe(2);
  });

  it("is the last that it does: it gets nothing more once it has stored something", async () => {
    const [database, tenant] = [openAlone(), storage.newTenant()];
    const create = ({ assets }: Repositories) => assets.insert(newAsset());
    const both = alone(database, tenant, async (repositories) => {
      await create(repositories);
      await create(repositories);
    });
    await refusal(both, InternalError);
    expect(await countAssets(tenant)).toBe(1);
    await alone(database, tenant, create);
    expect(database.pool.totalCount).toBe(1);
  });
});

describe("a method that is alone and has stored nothing by its last statement", () => {
  it("finds in another transaction of the same tenant what was there before", async () => {
    const [database, tenant] = [openAlone(), storage.newTenant()];
    const { id: workflowId } = await storeWorkflow(tenant);
    const key = { workflowId, idempotencyKey: "once" };
    const run = () => alone(database, tenant, ({ executions }) => executions.insertOrGet(key));
    const { execution } = await run();
    const sent = watchSent();
    expect(await run()).toEqual({ execution, created: false });
    expect(sent()).toEqual([
      "tenant.begin",
      "execution.insertOrGet",
      "tenant.end",
      "tenant.begin",
      "execution.insertOrGet",
      "execution.insertOrGet",
      "tenant.end",
    ]);
    vi.restoreAllMocks();
    expect(await tenant.run(({ executions }) => executions.count())).toBe(1);
  });

  it("begins nothing more once it was given up", async () => {
    const [database, tenant] = [openAlone(), storage.newTenant()];
    const { id: workflowId } = await storeWorkflow(tenant);
    const key = { workflowId, idempotencyKey: "once" };
    const controller = new AbortController();
    const run = () =>
      alone(database, tenant, ({ executions }) => executions.insertOrGet(key), { signal: controller.signal });
    await run();
    const { endBehind } = HeldClient.prototype;
    vi.spyOn(HeldClient.prototype, "endBehind").mockImplementation(async function (
      this: HeldClient,
      statement,
    ) {
      const answer = await Reflect.apply(endBehind, this, [statement]);
      // By then the statement before it was answered.
      await delay(10);
      controller.abort(new TimeoutError("too late"));
      return answer;
    });
    const sent = watchSent();
    expect((await refusal(run(), TimeoutError)).message).toBe("too late");
    expect(sent()).toEqual(["tenant.begin", "execution.insertOrGet", "tenant.end"]);
    vi.restoreAllMocks();
    expect(await alone(database, tenant, ({ executions }) => executions.count())).toBe(1);
    expect(database.pool.totalCount).toBe(1);
  });

  it("is refused as ever", async () => {
    const [database, tenant, other] = [openAlone(), storage.newTenant(), storage.newTenant()];
    const { id } = await other.run(({ workflows }) => workflows.insert(newWorkflow()));
    for (const workflowId of [id, UNKNOWN_ID]) {
      const work = alone(database, tenant, ({ executions }) => executions.insertOrGet({ workflowId }));
      expect((await refusal(work, NotFoundError)).message).toBe(`No workflow has the id ${workflowId}.`);
    }
    expect(database.pool.totalCount).toBe(1);
  });

  it("may store after all, when what was in the way has gone", async () => {
    const [database, tenant] = [openAlone(), storage.newTenant()];
    const { id: workflowId } = await storeWorkflow(tenant);
    const key = { workflowId, idempotencyKey: "once" };
    const [first, ...others] = await Promise.all(
      Array.from({ length: 8 }, () =>
        alone(database, tenant, ({ executions }) => executions.insertOrGet(key)),
      ),
    );
    expect(first).toMatchObject({ created: true });
    for (const each of others) expect(each).toEqual({ execution: first?.execution, created: false });
  });
});
