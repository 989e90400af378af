import pg from "pg";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type StoredShape, storeShape } from "../../support/lineage-shapes.ts";
import { alterDatabase } from "../../support/owner.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

afterEach(() => vi.restoreAllMocks());

describe("whatever the planner knows of the tables, asserted edges are looked for by their downstream ends", () => {
  const size = 5000;
  let shape: StoredShape;

  beforeAll(async () => {
    const pairs = [1, 2, 7].flatMap((step) =>
      Array.from({ length: size - step }, (_, from) => [from, from + step] as const),
    );
    shape = await storeShape(storage, { size, pairs });
  }, 60_000);

  /** The statement that locks edges before they are stored, as it is sent for some. */
  async function lockingStatement(count: number) {
    const query = vi.spyOn(pg.Client.prototype, "query");
    const given = Array.from({ length: count }, (_, place) => ({
      upstreamAssetId: shape.idOf(place),
      downstreamAssetId: shape.idOf(size - 1 - place),
      dependencyType: "control" as const,
      source: `plans:${count}`,
    }));
    await storage.asTenant(shape.tenantId, ({ dependencies }) => dependencies.insertMany(given));
    const sent = query.mock.calls.map(([asked, values]: readonly unknown[]) => {
      const { text = "", values: own } = Object(asked) as { text?: string; values?: unknown[] };
      return { text, values: (values ?? own ?? []) as unknown[] };
    });
    return sent.filter(({ text }) => text.includes("for update"));
  }

  /** The indexes by which a statement reads edges, or else how it reads them. */
  async function readsOf({ text, values }: { readonly text: string; readonly values: unknown[] }) {
    const client = await storage.openDatabase().pool.connect();
    try {
      await client.query(`BEGIN; SET LOCAL app.current_tenant = '${shape.tenantId}'`);
      const explained = await client.query(`EXPLAIN (FORMAT JSON) ${text}`, values);
      const plan = JSON.stringify(explained.rows[0]);
      await client.query("ROLLBACK");
      return {
        indexes: [...plan.matchAll(/"Index Name":"(\w+)"/g)].map(([, name]) => name),
        conditions: [...plan.matchAll(/"Index Cond":"([^"]*)/g)].map(([, condition]) => condition),
        scans: [...plan.matchAll(/"(Seq Scan|Bitmap Heap Scan)"/g)].map(([, scan]) => scan),
      };
    } finally {
      client.release();
    }
  }

  it.each([
    ["nothing", false, 1],
    ["nothing, of many", false, 400],
    ["what ANALYZE found", true, 2],
    ["what ANALYZE found, of many", true, 800],
  ])("%s", async (_, analyzed, count) => {
    if (analyzed) await alterDatabase(storage.database, "ANALYZE");
    const statements = await lockingStatement(count);
    expect(statements).toHaveLength(1);
    for (const statement of statements) {
      const { indexes, conditions, scans } = await readsOf(statement);
      expect(scans).toEqual([]);
      expect(indexes).toHaveLength(1);
      for (const condition of conditions) expect(condition).toContain("downstream_asset_id = ");
    }
  });
});
