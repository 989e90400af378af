import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { BadUserInputError, ForbiddenError } from "../../src/errors.ts";
import { newAsset, storeWorkflow } from "../support/factories.ts";
import { refusal } from "../support/refusal.ts";
import { prepareStorage } from "../support/storage.ts";

const storage = prepareStorage();

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
    const database = storage.openDatabase();
    for (const ownTenant of ["x'; SET LOCAL app.current_tenant = 'acme", "x\\'; --", "x''", "\\"]) {
      const bound = database.transaction({ ownTenant, actor: "eve" }, { access: "write" }, (connection) =>
        connection.operation("test.tenant", {}, async (db) => {
          const { rows } = await db.execute(sql`SELECT current_setting('app.current_tenant') AS tenant`);
          return rows;
        }),
      );
      expect(await bound.catch(String)).toEqual([{ tenant: ownTenant }]);
    }
  });

  it("is none for nobody, who may write nothing", () => {
    const nobody = storage.openDatabase().connect({ ownTenant: null, actor: "nobody" }, { access: "write" });
    expect(() => nobody.writableTenant).toThrow(ForbiddenError);
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

it("a transaction leaves PostgreSQL's compiler out, whatever the server's default is", async () => {
  const setting = await storage
    .openDatabase()
    .transaction({ ownTenant: "acme", actor: "acme" }, { access: "read" }, (connection) =>
      connection.operation("tenant.setting", {}, async (db) => (await db.execute(sql`SHOW jit`)).rows),
    );
  expect(setting).toEqual([{ jit: "off" }]);
});
