import { describe, expect, it } from "vitest";
import { ConflictError, ForbiddenError, InternalError, NotFoundError } from "../../src/errors.ts";
import { newAsset, storeAsset, UNKNOWN_ID } from "../support/factories.ts";
import { collectLogLines, type LogLine } from "../support/log-lines.ts";
import { alterDatabase } from "../support/owner.ts";
import { refusal } from "../support/refusal.ts";
import { prepareStorage } from "../support/storage.ts";

const storage = prepareStorage();
const RARELY_SLOW = 60_000;

function openLogged(slowOperationMs: number) {
  const { lines, logger } = collectLogLines();
  return { lines, logged: storage.open({ slowOperationMs, logger }) };
}

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe("the log of the storage", () => {
  it("warns of a slow operation, with its tenant, duration, name and ids", async () => {
    const { lines, logged } = openLogged(0);
    const { id } = await logged.withTenant("acme", ({ assets }) => assets.insert(newAsset()));
    const [line] = lines;
    expect(line).toEqual({
      level: "WARN",
      timestamp: expect.stringMatching(TIMESTAMP),
      message: "Slow database operation detected",
      tenant_id: "acme",
      duration_ms: expect.any(Number),
      span: { name: "asset.insert", tenant: "acme", asset_id: id },
    });
    expect(Number.isInteger(line?.duration_ms)).toBe(true);
    expect(lines).toHaveLength(1);
  });

  it("tells the slow operations of every repository by name, one line each", async () => {
    const { lines, logged } = openLogged(0);
    await logged.withTenant("acme", async ({ assets, workflows, executions, dependencies, lineage }) => {
      const [a, b] = [await assets.insert(newAsset()), await assets.insert(newAsset())];
      await assets.upsertMany([newAsset(), newAsset()]);
      const { id: workflowId } = await workflows.insert({ name: "w" });
      const { execution } = await executions.insertOrGet({ workflowId });
      await executions.update(execution.id, { state: "running" });
      await dependencies.insert({ upstreamAssetId: a.id, downstreamAssetId: b.id, dependencyType: "data" });
      await lineage.find({ assetId: a.id, direction: "downstream", maxDepth: 7 });
      const spans = lines.map(({ span }) => span);
      expect(spans).toEqual([
        { name: "asset.insert", tenant: "acme", asset_id: a.id },
        { name: "asset.insert", tenant: "acme", asset_id: b.id },
        { name: "asset.upsertMany", tenant: "acme", count: 2 },
        { name: "workflow.insert", tenant: "acme", workflow_id: workflowId },
        {
          name: "execution.insertOrGet",
          tenant: "acme",
          execution_id: execution.id,
          workflow_id: workflowId,
        },
        { name: "execution.update", tenant: "acme", execution_id: execution.id },
        { name: "dependency.insert", tenant: "acme", upstream_asset_id: a.id, downstream_asset_id: b.id },
        { name: "lineage.walk", tenant: "acme", asset_id: a.id, direction: "downstream", max_depth: 7 },
      ]);
    });
  });

  it("says nothing of operations that are fast, nor of refusals that are the caller's", async () => {
    const { lines, logged } = openLogged(RARELY_SLOW);
    await logged.withTenant("acme", ({ assets }) => assets.insert(newAsset()));
    await refusal(
      logged.withTenant("acme", ({ assets }) => assets.getById(UNKNOWN_ID)),
      NotFoundError,
    );
    expect(lines).toEqual([]);
  });

  it("warns of a broken constraint, with its SQLSTATE and the operation, and without the values", async () => {
    const { lines, logged } = openLogged(RARELY_SLOW);
    const { name } = await storage.asTenant("acme", ({ assets }) => assets.insert(newAsset()));
    const insert = logged.withTenant("acme", ({ assets }) =>
      assets.insert(
        newAsset({ name, description: "secret-description", properties: { key: "secret-property" } }),
      ),
    );
    await refusal(insert, ConflictError);
    expect(lines).toEqual([
      {
        level: "WARN",
        timestamp: expect.stringMatching(TIMESTAMP),
        message: "Constraint violation",
        tenant_id: "acme",
        sqlstate: "23505",
        span: { name: "asset.insert", tenant: "acme", asset_id: expect.any(String) },
        error: expect.any(String),
      },
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/secret/);
  });

  it("names no tenant where there is none: for the system and for nobody", async () => {
    const { lines, logger } = collectLogLines();
    const { name } = await storeAsset(storage.system);
    const logged = storage.open({ slowOperationMs: RARELY_SLOW, logger });
    await refusal(
      logged.withSystem(({ assets }) => assets.insert(newAsset({ name }))),
      ConflictError,
    );
    const database = storage.openDatabase({ slowOperationMs: 0, logger });
    const nobody = database.connect({ ownTenant: null, actor: "nobody" }, { access: "read" });
    await nobody.operation("test.nothing", { id: 1 }, async () => undefined);
    expect(lines).toMatchObject([
      { message: "Constraint violation", tenant_id: null, span: { tenant: null } },
      {
        message: "Slow database operation detected",
        tenant_id: null,
        span: { name: "test.nothing", tenant: null, id: 1 },
      },
    ]);
  });

  describe("tells an error of the database that no caller can mend", () => {
    const unexpected = async (change: string, back: string) => {
      const { lines, logged } = openLogged(RARELY_SLOW);
      await alterDatabase(storage.database, change);
      const outcome = await logged
        .withTenant("acme", ({ assets }) => assets.list())
        .catch((error: unknown) => error);
      await alterDatabase(storage.database, back);
      return { outcome, line: lines[0] as LogLine };
    };

    it("a missing column", async () => {
      const { outcome, line } = await unexpected(
        "ALTER TABLE assets RENAME COLUMN owner TO possessor",
        "ALTER TABLE assets RENAME COLUMN possessor TO owner",
      );
      expect(outcome).toBeInstanceOf(InternalError);
      expect(outcome).toMatchObject({ message: "Unexpected error.", code: "INTERNAL_SERVER_ERROR" });
      expect(line).toMatchObject({
        level: "ERROR",
        message: "Unexpected database error",
        tenant_id: "acme",
        sqlstate: "42703",
        span: { name: "asset.list" },
        error: { message: expect.stringContaining("owner") },
      });
    });

    it("a missing column, of rows that are looked for by their ids: who asked for them", async () => {
      const { lines, logged } = openLogged(RARELY_SLOW);
      await alterDatabase(storage.database, "ALTER TABLE assets RENAME COLUMN owner TO possessor");
      const id = "018f0000-0000-7000-8000-000000000000";
      await logged.withTenant("acme", ({ assets }) => assets.findById(id)).catch(() => undefined);
      await alterDatabase(storage.database, "ALTER TABLE assets RENAME COLUMN possessor TO owner");
      expect(lines[0]).toMatchObject({ error: { stack: expect.stringContaining("asset.repository.ts") } });
    });

    it("a missing grant", async () => {
      const { outcome, line } = await unexpected(
        "REVOKE SELECT ON assets FROM servo_app",
        "GRANT SELECT ON assets TO servo_app",
      );
      expect(outcome).toBeInstanceOf(ForbiddenError);
      expect(line).toMatchObject({ level: "ERROR", message: "Unexpected database error", sqlstate: "42501" });
    });
  });
});
