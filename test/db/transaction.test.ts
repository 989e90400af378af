import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import type { TenantConnection } from "../../src/db/tenant-connection.ts";
import {
  BadUserInputError,
  ConflictError,
  ForbiddenError,
  InternalError,
  NotFoundError,
  type ServoError,
  UnavailableError,
} from "../../src/errors.ts";
import { createRepositories } from "../../src/modules/repositories.ts";
import { Signal } from "../support/concurrency.ts";
import { newAsset, storeAsset, UNKNOWN_ID } from "../support/factories.ts";
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

  it("that could not begin tells nothing of its first statement, which was sent along and did not fail", async () => {
    const database = storage.openDatabase({ retry: { attempts: 1 } });
    // PostgreSQL refuses a message with a NUL in it, and goes on with the next one: outside a transaction, for no tenant.
    const binding = { ownTenant: "acme\u0000", actor: "eve" };
    let told: unknown;
    const work = database.transaction(binding, { access: "write" }, (connection) =>
      connection.operation("test.first", {}, async (db) => {
        told = await db.execute(sql`SELECT 1`);
      }),
    );
    await refusal(work, UnavailableError);
    expect(told).toBeUndefined();
  });

  it("takes no connection when there is nothing to do", async () => {
    const idle = storage.openDatabase();
    const work = (connection: TenantConnection) =>
      createRepositories(connection).assets.insert(newAsset({ name: "" }));
    const binding = { ownTenant: "acme", actor: "acme" };
    await idle.transaction(binding, { access: "write" }, async () => "nothing");
    await refusal(idle.transaction(binding, { access: "write" }, work), BadUserInputError);
    expect(idle.pool.totalCount).toBe(0);
  });
});
