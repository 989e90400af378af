import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { DatabaseObserver } from "../../src/db/observer.ts";
import { withRetry } from "../../src/db/retry.ts";
import {
  BadUserInputError,
  ConflictError,
  ForbiddenError,
  InternalError,
  type ServoError,
  TimeoutError,
  UnavailableError,
} from "../../src/errors.ts";
import type { StorageOptions, WorkOptions } from "../../src/storage.ts";
import { Signal } from "../support/concurrency.ts";
import { newAsset, storeAsset } from "../support/factories.ts";
import { alterDatabase } from "../support/owner.ts";
import { refusal } from "../support/refusal.ts";
import { prepareStorage } from "../support/storage.ts";

const storage = prepareStorage();

/** The database refuses an asset named `raise 40001 …` with that SQLSTATE, three times. */
beforeAll(() =>
  alterDatabase(
    storage.database,
    `CREATE SEQUENCE provocations;
     CREATE FUNCTION provoke() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
     BEGIN
       IF NEW.name LIKE 'raise %' AND nextval('provocations') <= 3 THEN
         RAISE EXCEPTION 'provoked' USING ERRCODE = split_part(NEW.name, ' ', 2);
       END IF;
       RETURN NEW;
     END $$;
     CREATE TRIGGER provoke BEFORE INSERT ON assets FOR EACH ROW EXECUTE FUNCTION provoke();`,
  ),
);
beforeEach(() => alterDatabase(storage.database, "ALTER SEQUENCE provocations RESTART"));

/** Inserts what the database refuses three times. */
async function provoke(
  sqlstate: string,
  retry: StorageOptions["retry"] = {},
  options: WorkOptions = {},
  observer?: DatabaseObserver,
) {
  const provoked = storage.open({ retry: { minDelayMs: 1, maxDelayMs: 2, ...retry }, observer });
  let attempts = 0;
  const work = provoked.withTenant(
    "acme",
    ({ assets }) => {
      attempts += 1;
      return assets.insert(newAsset({ name: `raise ${sqlstate} ${newAsset().name}` }));
    },
    options,
  );
  return { work, attempts: () => attempts };
}

describe("a transaction is tried again", () => {
  it.each(["40001", "40P01", "55P03", "57P03", "53300", "25006", "53100"])(
    "after %s, until it succeeds",
    async (sqlstate) => {
      const { work, attempts } = await provoke(sqlstate);
      expect(await work).toMatchObject({ tenantId: "acme" });
      expect(attempts()).toBe(4);
    },
  );

  it.each(["57P01", "57P02", "08006", "08003"])("after %s, where it may be repeated", async (sqlstate) => {
    const repeatable = await provoke(sqlstate, {}, { repeatable: true });
    expect(await repeatable.work).toMatchObject({ tenantId: "acme" });
    expect(repeatable.attempts()).toBe(4);
    await alterDatabase(storage.database, "ALTER SEQUENCE provocations RESTART");
    const once = await provoke(sqlstate);
    const error = await refusal(once.work, UnavailableError);
    expect(error).toMatchObject({ transient: "interrupted", retryable: false });
    expect(once.attempts()).toBe(1);
  });

  it("as often as it is told to, and then fails with the last error", async () => {
    const { work, attempts } = await provoke("40001", { attempts: 3 });
    const error = await refusal(work, UnavailableError);
    expect(error).toMatchObject({ transient: "serialization", retryable: true });
    expect(attempts()).toBe(3);
  });

  it("and tells how often, and that it was given up", async () => {
    const told: string[] = [];
    const observer: DatabaseObserver = {
      around: (_, run) => run(),
      retrying: (kind) => told.push(`again after ${kind}`),
      gaveUp: (kind) => told.push(`gave up after ${kind}`),
    };
    await refusal((await provoke("40001", { attempts: 3 }, {}, observer)).work, UnavailableError);
    const again = "again after serialization";
    expect(told).toEqual([again, again, "gave up after serialization"]);
    await (await provoke("40001", {}, {}, observer)).work;
    expect(told).toHaveLength(3);
  });

  it("only after the kinds of failure that it is told", async () => {
    const others = await provoke("40001", { kinds: ["lock", "connect"] });
    await refusal(others.work, UnavailableError);
    expect(others.attempts()).toBe(1);
    await alterDatabase(storage.database, "ALTER SEQUENCE provocations RESTART");
    const locks = await provoke("55P03", { kinds: ["lock"] });
    await locks.work;
    expect(locks.attempts()).toBe(4);
  });

  it("never where retrying is off", async () => {
    for (const retry of [{ attempts: 1 }, { kinds: [] }]) {
      const { work, attempts } = await provoke("40001", retry);
      await refusal(work, UnavailableError);
      expect(attempts()).toBe(1);
    }
  });
});

describe("a transaction is not tried again", () => {
  type Kind = abstract new (...parameters: never[]) => ServoError;
  it.each<[string, Kind]>([
    ["23505", ConflictError],
    ["23503", ConflictError],
    ["23514", BadUserInputError],
    ["22003", BadUserInputError],
    ["22P02", BadUserInputError],
    ["42501", ForbiddenError],
    ["57014", TimeoutError],
    ["42601", InternalError],
    ["XX000", InternalError],
    ["P0001", InternalError],
  ])("after %s, also where it may be repeated", async (sqlstate, kind) => {
    const { work, attempts } = await provoke(sqlstate, {}, { repeatable: true });
    expect((await refusal(work, kind)).message).not.toContain("provoked");
    expect(attempts()).toBe(1);
  });

  it("after an error of the work's own", async () => {
    let attempts = 0;
    const work = storage.asTenant("acme", async ({ assets }) => {
      attempts += 1;
      await assets.count();
      throw new TypeError("mine");
    });
    await expect(work).rejects.toThrow(new TypeError("mine"));
    expect(attempts).toBe(1);
  });
});

describe("two transactions that lock each other out", () => {
  it("both succeed, one of them at its second try", async () => {
    const tenant = storage.newTenant();
    const [a, b] = [await storeAsset(tenant), await storeAsset(tenant)];
    let attempts = 0;
    const change = (first: string, second: string, mine: Signal, theirs: Signal, owner: string) =>
      tenant.run(async ({ assets }) => {
        attempts += 1;
        await assets.update(first, { owner });
        mine.give();
        await theirs.wait();
        return assets.update(second, { owner });
      });
    const [one, other] = [new Signal(), new Signal()];
    await Promise.all([change(a.id, b.id, one, other, "one"), change(b.id, a.id, other, one, "other")]);
    expect(attempts).toBe(3);
    const owners = await tenant.run(({ assets }) => assets.findManyByIds([a.id, b.id]));
    expect(new Set(owners.map(({ owner }) => owner)).size).toBe(1);
  });
});

it("what may not be tried again is told as it is, though its time is over meanwhile", async () => {
  const controller = new AbortController();
  const inDoubt = new ConflictError("what was stored must be looked up");
  const attempt = () => {
    controller.abort();
    return Promise.reject(inDoubt);
  };
  await expect(withRetry({}, { repeatable: false, signal: controller.signal }, attempt)).rejects.toBe(
    inDoubt,
  );
});

describe("what a try may have stored is told as that,", () => {
  const lost = new UnavailableError("stored or not", { transient: "interrupted", retryable: false });
  const refused = new UnavailableError("nothing was done", { transient: "connect", retryable: true });
  const late = new TimeoutError("nothing was stored");
  const conflict = new ConflictError("it is there");

  it.each<[why: string, failures: readonly Error[], aborts: boolean, told: Error]>([
    ["though it might be repeated in time", [lost], true, lost],
    ["though another try was lost when its time was over", [lost, lost], true, lost],
    ["though no other try came through", [lost, refused, refused, refused], false, lost],
    ["though another try took too long", [lost, late], false, lost],
    ["though its time was over after another try", [lost, refused], true, lost],
    ["but not what another try has found out", [lost, conflict], false, conflict],
    ["and nothing of what no try can have stored", [refused, late], false, late],
  ])("%s", async (_, failures, aborts, told) => {
    const controller = new AbortController();
    let tries = 0;
    const attempt = () => {
      const failure = failures[tries];
      tries += 1;
      if (aborts && tries === failures.length) controller.abort();
      return Promise.reject(failure);
    };
    const work = withRetry({ minDelayMs: 1 }, { repeatable: true, signal: controller.signal }, attempt);
    await expect(work).rejects.toBe(told);
    expect(tries).toBe(failures.length);
  });
});
