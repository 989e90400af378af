import { beforeAll, describe, expect, it } from "vitest";
import {
  BadUserInputError,
  ConflictError,
  ForbiddenError,
  InternalError,
  NotFoundError,
  type ServoError,
} from "../../src/errors.ts";
import { createRepositories } from "../../src/modules/repositories.ts";
import { Signal } from "../support/concurrency.ts";
import { newAsset, storeAsset, storeWorkflow, UNKNOWN_ID } from "../support/factories.ts";
import { alterDatabase, storedRows } from "../support/owner.ts";
import { present } from "../support/present.ts";
import { refusal } from "../support/refusal.ts";
import { prepareStorage } from "../support/storage.ts";

const storage = prepareStorage();

async function storedNames(tenantId: string): Promise<string[]> {
  const query = "SELECT name FROM assets WHERE tenant_id = $1 ORDER BY name";
  const rows = await storedRows<{ name: string }>(storage.database, query, [tenantId]);
  return rows.map(({ name }) => name);
}

describe("a read transaction", () => {
  it("is one snapshot: what others store meanwhile does not show", async () => {
    const tenant = storage.newTenant();
    const asset = await storeAsset(tenant);
    await tenant.run(
      async ({ assets }) => {
        expect(await assets.count({ scope: "own" })).toBe(1);
        await storeAsset(tenant);
        await tenant.run((others) => others.assets.update(asset.id, { owner: "eve" }));
        expect(await assets.count({ scope: "own" })).toBe(1);
        expect(await assets.getById(asset.id)).toEqual(asset);
      },
      { readOnly: true },
    );
    expect(await tenant.run(({ assets }) => assets.count({ scope: "own" }))).toBe(2);
  });

  it("refuses to write, at once", async () => {
    const tenant = storage.newTenant();
    let attempts = 0;
    const work = tenant.run(
      ({ assets }) => {
        attempts += 1;
        return assets.insert(newAsset());
      },
      { readOnly: true },
    );
    expect((await refusal(work, ForbiddenError)).message).toBe("This transaction may only read.");
    expect(attempts).toBe(1);
    expect(await storedNames(tenant.id)).toEqual([]);
  });
});

describe("a write transaction", () => {
  it("sees what others store meanwhile", async () => {
    const tenant = storage.newTenant();
    await tenant.run(async ({ assets }) => {
      expect(await assets.count({ scope: "own" })).toBe(0);
      await storeAsset(tenant);
      expect(await assets.count({ scope: "own" })).toBe(1);
    });
  });

  it("is one: what was stored shows to others only at its end", async () => {
    const tenant = storage.newTenant();
    await tenant.run(async ({ assets }) => {
      const { id } = await assets.insert(newAsset());
      expect(await assets.findById(id)).not.toBeNull();
      expect(await tenant.run((others) => others.assets.findById(id))).toBeNull();
    });
    expect(await storedNames(tenant.id)).toHaveLength(1);
  });

  it("returns what the work returns", async () => {
    const tenant = storage.newTenant();
    expect(await tenant.run(async () => "nothing done")).toBe("nothing done");
    expect(await tenant.run(async () => undefined)).toBeUndefined();
  });

  it("runs what is asked for side by side in one transaction, one after the other", async () => {
    const tenant = storage.newTenant();
    const warnings: unknown[] = [];
    const note = (warning: unknown) => warnings.push(warning);
    process.on("warning", note);
    await tenant.run(async ({ assets, workflows }) => {
      const stored = await Promise.all(Array.from({ length: 20 }, () => assets.insert(newAsset())));
      const found = await Promise.all([
        assets.count({ scope: "own" }),
        workflows.count(),
        ...stored.map(({ id }) => assets.getById(id)),
      ]);
      expect(found.slice(0, 2)).toEqual([20, 0]);
      expect(found.slice(2)).toEqual(stored);
    });
    process.off("warning", note);
    expect(warnings).toEqual([]);
  });

  it("that meets an error of the database fails, also where the work catches it", async () => {
    const tenant = storage.newTenant();
    const asset = newAsset();
    const seen: ServoError[] = [];
    const note = (error: ServoError) => void seen.push(error);
    const work = tenant.run(async ({ assets }) => {
      await assets.insert(asset);
      await assets.insert(asset).catch(note);
      await assets.insert(newAsset()).catch(note);
      await assets.count().catch(note);
      return "all stored";
    });
    const error = await refusal(work, ConflictError);
    expect(error.message).toContain(asset.name);
    expect(seen).toEqual([error, error, error]);
    expect(await storedNames(tenant.id)).toEqual([]);
  });

  it("that meets a refusal before the database goes on, where the work catches it", async () => {
    const tenant = storage.newTenant();
    const { name } = newAsset();
    await tenant.run(async ({ assets, dependencies }) => {
      const { id } = await assets.insert({ name, assetType: "table" });
      await refusal(assets.insert(newAsset({ name: "" })), BadUserInputError);
      await refusal(assets.getById(UNKNOWN_ID), NotFoundError);
      await refusal(assets.update(UNKNOWN_ID, { owner: "ada" }), NotFoundError);
      await refusal(
        dependencies.insert({ upstreamAssetId: UNKNOWN_ID, downstreamAssetId: id, dependencyType: "data" }),
        NotFoundError,
      );
    });
    expect(await storedNames(tenant.id)).toEqual([name]);
  });

  it("whose work fails stores nothing, and fails with the work's own error", async () => {
    const tenant = storage.newTenant();
    const mine = new RangeError("mine");
    const work = tenant.run(async ({ assets }) => {
      await assets.insert(newAsset());
      throw mine;
    });
    await expect(work).rejects.toBe(mine);
    expect(await storedNames(tenant.id)).toEqual([]);
  });

  it("whose commit is refused says so, and stores nothing", async () => {
    const tenant = storage.newTenant();
    await alterDatabase(
      storage.database,
      "ALTER TABLE assets ADD CONSTRAINT late UNIQUE (tenant_id, owner) DEFERRABLE INITIALLY DEFERRED",
    );
    const work = tenant.run(async ({ assets }) => {
      await assets.insert(newAsset({ owner: "ada" }));
      await assets.insert(newAsset({ owner: "ada" }));
      return "stored";
    });
    await refusal(work, ConflictError);
    await alterDatabase(storage.database, "ALTER TABLE assets DROP CONSTRAINT late");
    expect(await storedNames(tenant.id)).toEqual([]);
    await storeAsset(tenant);
  });

  it("that has ended does nothing more for work that was not waited for", async () => {
    const tenant = storage.newTenant();
    const late = new Signal();
    let straggler: Promise<unknown> | undefined;
    await tenant.run(async ({ assets }) => {
      await assets.insert(newAsset());
      straggler = late.wait().then(() => assets.insert(newAsset()));
      straggler.catch(() => undefined);
    });
    late.give();
    await refusal(present(straggler), InternalError);
    expect(await storedNames(tenant.id)).toHaveLength(1);
  });

  it("takes no connection when there is nothing to do", async () => {
    const idle = storage.open();
    await idle.withTenant("acme", async () => "nothing");
    await refusal(
      idle.withTenant("acme", ({ assets }) => assets.insert(newAsset({ name: "" }))),
      BadUserInputError,
    );
    expect(idle.pool.totalCount).toBe(0);
  });
});

describe("one connection that tenants take in turn", () => {
  it("shows each its own, whatever the one before did", async () => {
    const single = storage.open({ pool: { max: 1 }, retry: { attempts: 1 } });
    const stored = new Map<string, string>();
    const ways = ["stores", "fails", "violates", "reads", "breaks"] as const;
    for (const [round, way] of [...ways, ...ways].entries()) {
      const tenant = `turn-${round % 3}`;
      const name = newAsset().name;
      const work = single.withTenant(
        tenant,
        async ({ assets }) => {
          const own = await assets.list({ filter: { scope: "own" } });
          expect(own.map(({ tenantId }) => tenantId)).toEqual(own.map(() => tenant));
          expect(own).toHaveLength([...stored.values()].filter((owner) => owner === tenant).length);
          if (way === "reads") return;
          await assets.insert({ name, assetType: "table" });
          if (way === "violates") await assets.insert({ name, assetType: "table" });
          if (way === "breaks") await assets.findManyByIds(["no UUID"]);
          if (way === "fails") throw new Error("the work fails");
          stored.set(name, tenant);
        },
        { readOnly: way === "reads" },
      );
      const outcome = await work.then(
        () => "done",
        () => "failed",
      );
      expect(outcome).toBe(way === "stores" || way === "reads" ? "done" : "failed");
      const { rows } = await single.pool.query(
        `SELECT nullif(current_setting('app.current_tenant', true), '') AS tenant,
                (SELECT count(*)::int FROM assets) AS visible,
                current_setting('transaction_isolation') AS isolation, current_setting('transaction_read_only') AS read_only`,
      );
      expect(rows).toEqual([{ tenant: null, visible: 0, isolation: "read committed", read_only: "off" }]);
    }
    expect(single.pool.totalCount).toBe(1);
    expect(stored.size).toBe(2);
  });
});

describe("the tenant of a transaction", () => {
  it.each(["", "~global", "~GLOBAL", " acme", "a/b", "a'b", "-a", "a".repeat(129), "a\n", "ä", "a\u0000"])(
    "cannot be %j",
    async (tenantId) => {
      const error = await refusal(
        storage.asTenant(tenantId, ({ assets }) => assets.count()),
        BadUserInputError,
      );
      expect(error.inputPath).toEqual(["tenantId"]);
    },
  );

  it.each(["a", "A.b_c:d-9", "0", "a".repeat(128), "global", "null"])("can be %j", async (tenantId) => {
    const { id } = await storage.asTenant(tenantId, ({ assets }) => assets.insert(newAsset()));
    expect(await storage.asTenant(tenantId, ({ assets }) => assets.getById(id))).toMatchObject({ tenantId });
  });

  it("is case-sensitive and exact", async () => {
    const { id } = await storage.asTenant("Acme", ({ assets }) => assets.insert(newAsset()));
    for (const other of ["acme", "ACME", "Acm", "Acme1"]) {
      expect(await storage.asTenant(other, ({ assets }) => assets.findById(id))).toBeNull();
    }
  });

  it("cannot break out of its literal, even below the check of its form", async () => {
    const tenant = storage.newTenant();
    await storeAsset(tenant);
    const database = storage.openDatabase();
    for (const ownTenant of [`x'; SET LOCAL app.current_tenant = '${tenant.id}`, "x\\'; --", "x''", "\\"]) {
      const count = await database.transaction(
        { ownTenant, actor: "eve" },
        { access: "write" },
        (connection) => createRepositories(connection).assets.count({ scope: "own" }),
      );
      expect(count).toBe(0);
    }
  });

  it("is who acts unless the caller says, and the actor is checked", async () => {
    const tenant = storage.newTenant();
    expect(await storeWorkflow(tenant)).toMatchObject({ createdBy: tenant.id });
    for (const actor of ["", " ", "a\u0000", "\ud800", "a".repeat(256)]) {
      const work = tenant.run(({ assets }) => assets.insert(newAsset()), { actor });
      expect((await refusal(work, BadUserInputError)).inputPath).toEqual(["actor"]);
    }
    const longest = "𝒜".repeat(255);
    const asset = await tenant.run(({ assets }) => assets.insert(newAsset()), { actor: longest });
    expect(asset.createdBy).toBe(longest);
  });
});
