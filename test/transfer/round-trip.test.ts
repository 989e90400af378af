import { setTimeout as delay } from "node:timers/promises";
import { getTableName } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { exportTenant } from "../../src/transfer/export.ts";
import { createHeader } from "../../src/transfer/format.ts";
import { KINDS } from "../../src/transfer/kinds.ts";
import { newWorkflow } from "../support/factories.ts";
import { TABLES } from "../support/owner.ts";
import { present } from "../support/present.ts";
import { storeGlobalRows, storeRichTenant } from "../support/rich-tenant.ts";
import { prepareStorage } from "../support/storage.ts";
import { prepareTransfer, storedDigest, UNWATCHED } from "../support/transfer.ts";

const storage = prepareStorage();
const transfer = prepareTransfer(storage);

beforeAll(() => storeGlobalRows(storage));

async function richTenant(): Promise<string> {
  const tenant = storage.newTenant();
  await storeRichTenant(tenant);
  return tenant.id;
}

const rowsOf = (lines: readonly string[]) => lines.slice(1);
const parsed = (line: string | undefined): Record<string, unknown> => JSON.parse(present(line));

describe("a tenant with rows of every kind", () => {
  it("is looked for in every table", async () => {
    const tables = KINDS.flatMap(({ table, partTable }) => [table, ...(partTable ? [partTable] : [])]);
    expect(tables.map(getTableName).sort()).toEqual([...TABLES].sort());
    expect((await transfer.removed("nobody")).size).toBe(TABLES.length);
  });

  it("is exported with a header first, each kind after those that it refers to, and the counts last", async () => {
    const tenant = await richTenant();
    const lines = await transfer.exported(tenant);
    expect(parsed(lines[0])).toEqual({
      format: "servo-storage tenant",
      version: 1,
      schema: "test",
      tenant,
      exportedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    const kinds = lines.slice(1).map((line) => parsed(line).kind);
    expect([...new Set(kinds)]).toEqual([
      "asset",
      "workflow",
      "execution",
      "dependency",
      "pastDependency",
      "end",
    ]);
    expect(parsed(lines.at(-1)).counts).toEqual({
      asset: 3,
      workflow: 2,
      execution: 3,
      dependency: 4,
      pastDependency: 3,
    });
    expect(lines.join("\n")).not.toContain("tenant_id");
    expect(lines.join("\n")).not.toContain("~global");
  });

  it("is the same, in every column, after export, delete and import", async () => {
    const tenant = await richTenant();
    const before = await storedDigest(storage, tenant);
    const lines = await transfer.exported(tenant);
    await transfer.removed(tenant);
    expect((await transfer.exported(tenant)).slice(1).map(parsed)).toEqual([
      { kind: "end", counts: { asset: 0, workflow: 0, execution: 0, dependency: 0, pastDependency: 0 } },
    ]);
    const summary = await transfer.imported(tenant, lines);
    expect(summary.get("assets")).toEqual({ stored: 3, present: 0 });
    expect(rowsOf(await transfer.exported(tenant))).toEqual(rowsOf(lines));
    expect(await storedDigest(storage, tenant)).toEqual(before);
  });

  it("is exported whole to somebody who takes longer over a line than a transaction may be idle", async () => {
    const tenant = await richTenant();
    const hasty = storage.openDatabase({ timeouts: { idleInTransactionMs: 100 } });
    const connection = hasty.connect({ ownTenant: tenant, actor: "test" }, { access: "read" });
    let text = "";
    for await (const piece of exportTenant(connection, createHeader(tenant, "test"), UNWATCHED)) {
      text += piece;
      await delay(300);
    }
    await connection.rollback();
    expect(rowsOf(text.trimEnd().split("\n"))).toEqual(rowsOf(await transfer.exported(tenant)));
  });

  it("is the same under another id, and nobody else's rows are touched", async () => {
    const [tenant, other] = [await richTenant(), await richTenant()];
    const others = await Promise.all([tenant, other, null].map((id) => storedDigest(storage, id)));
    const lines = await transfer.exported(tenant);
    const copy = storage.newTenant().id;
    await transfer.imported(copy, lines);
    expect(rowsOf(await transfer.exported(copy))).toEqual(rowsOf(lines));
    expect(await storedDigest(storage, copy)).toEqual(others[0]);
    await transfer.removed(copy);
    expect(await Promise.all([tenant, other, null].map((id) => storedDigest(storage, id)))).toEqual(others);
  });

  it("is passed over when it is imported again, and writes nothing", async () => {
    const tenant = await richTenant();
    const lines = await transfer.exported(tenant);
    const before = await storedDigest(storage, tenant);
    const summary = await transfer.imported(tenant, lines);
    expect([...summary.values()].map(({ stored }) => stored)).toEqual([0, 0, 0, 0, 0]);
    expect(await storedDigest(storage, tenant)).toEqual(before);
  });

  it("is read in one snapshot: what is written meanwhile is no part of it", async () => {
    const party = storage.newTenant();
    await storeRichTenant(party);
    const write = () => party.run(({ workflows }) => workflows.insert(newWorkflow()));
    // The transaction begins with the first page, which comes after the header.
    let pieces = 0;
    const lines = await transfer.exported(party.id, UNWATCHED, async () => {
      pieces += 1;
      if (pieces === 2) await write();
    });
    expect(pieces).toBe(7);
    expect(parsed(lines.at(-1)).counts).toMatchObject({ workflow: 2 });
  });

  it("works as before where it is imported: lineage, workflows and runs by their keys", async () => {
    const tenant = await richTenant();
    const copy = storage.newTenant();
    await transfer.imported(copy.id, await transfer.exported(tenant));
    await copy.run(async ({ assets, lineage, workflows, executions }) => {
      const report = present(await assets.findByName("report"));
      const walked = await lineage.find({ assetId: report.id, direction: "upstream" });
      expect(walked?.nodes.map(({ depth }) => depth)).toEqual([0, 1, 2, 2]);
      const load = present(await workflows.findByName("global load", 2));
      expect(await executions.findByIdempotencyKey(load.id, "2026-01-31")).toMatchObject({ state: "failed" });
      expect(await assets.list({ filter: { name: { contains: "\u6ce8" } } })).toHaveLength(1);
      expect(await assets.list({ filter: { tags: { any: ["täglich"] } } })).toHaveLength(1);
    });
  });
});

describe("many rows", () => {
  it("are exported page by page and imported batch by batch", async () => {
    const party = storage.newTenant();
    await party.run(async ({ assets, dependencies }) => {
      const ids: string[] = [];
      for (const hundred of [0, 1]) {
        const made = await assets.upsertMany(
          Array.from({ length: 751 }, (_, n) => ({ name: `a${hundred} ${n}`, assetType: "table" })),
        );
        ids.push(...made.assets.map(({ id }) => id));
      }
      const edges = ids.slice(1).map((id, n) => ({
        upstreamAssetId: present(ids[n]),
        downstreamAssetId: id,
        dependencyType: "data" as const,
      }));
      await dependencies.insertMany(edges.slice(0, 1000));
      await dependencies.insertMany(edges.slice(1000));
    });
    const told: string[] = [];
    const lines = await transfer.exported(party.id, {
      check: () => undefined,
      tell: (kind, done) => told.push(`${kind} ${done}`),
    });
    expect(told).toEqual([
      "assets 500",
      "assets 1000",
      "assets 1500",
      "assets 1502",
      "dependencies 500",
      "dependencies 1000",
      "dependencies 1500",
      "dependencies 1501",
    ]);
    expect(new Set(lines).size).toBe(1502 + 1501 + 2);
    const copy = storage.newTenant().id;
    const steps: string[] = [];
    await transfer.imported(copy, lines, {
      check: () => undefined,
      tell: (kind, done, total) => steps.push(`${kind} ${done}/${total}`),
    });
    expect(steps.slice(0, 4)).toEqual([
      "assets 500/1502",
      "assets 1000/1502",
      "assets 1500/1502",
      "assets 1502/1502",
    ]);
    expect(rowsOf(await transfer.exported(copy))).toEqual(rowsOf(lines));
    const gone: string[] = [];
    const removed = await transfer.removed(copy, {
      check: () => undefined,
      tell: (kind, done) => gone.push(`${kind} ${done}`),
    });
    expect(gone).toEqual(["dependencies 1000", "dependencies 1501", "assets 1000", "assets 1502"]);
    expect(removed.get("assets")).toBe(1502);
    expect(removed.get("dependencies")).toBe(1501);
  });
});
