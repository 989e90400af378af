import { describe, expect, it } from "vitest";
import { storeExecution, storeWorkflow } from "../support/factories.ts";
import { prepareStorage } from "../support/storage.ts";

const storage = prepareStorage();

const MOMENTS = [
  "0001-01-02T00:00:00.000Z",
  "0050-06-01T12:00:00.001Z",
  "0099-12-31T23:59:59.999Z",
  "1000-01-01T00:00:00.000Z",
  "1582-10-10T00:00:00.000Z",
  "1899-12-31T23:59:59.999Z",
  "1930-07-01T00:00:00.500Z",
  "2024-02-29T23:59:59.999Z",
  "9999-12-30T00:00:00.000Z",
];

describe("moments", () => {
  // Before they had standard time, zones were ahead by odd minutes and seconds, and PostgreSQL prints them so.
  it.each(["UTC", "Europe/Amsterdam", "Asia/Kolkata", "America/New_York"])(
    "are read as they were given, whatever the year, where the database is in %s",
    async (zone) => {
      const url = new URL(storage.database.applicationUrl);
      url.searchParams.set("options", `-c TimeZone=${zone}`);
      const zoned = storage.open({}, url.href);
      const tenant = storage.newTenant();
      const { id: workflowId } = await storeWorkflow(tenant);
      for (const given of MOMENTS) {
        const { id } = await storeExecution(tenant, workflowId);
        const startedAt = new Date(given);
        const completedAt = new Date(given);
        const stored = await zoned.withTenant(tenant.id, async ({ executions }) => {
          await executions.update(id, { state: "running", startedAt });
          await executions.update(id, { state: "failed", completedAt });
          return executions.getById(id);
        });
        expect(stored.startedAt?.toISOString()).toBe(given);
        expect(stored.completedAt?.toISOString()).toBe(given);
        expect(Math.abs(stored.updatedAt.getTime() - stored.createdAt.getTime())).toBeLessThan(3_600_000);
        const filter = {
          workflowId,
          startedBetween: { from: startedAt, to: new Date(startedAt.getTime() + 1) },
        };
        const found = await zoned.withTenant(tenant.id, ({ executions }) => executions.list({ filter }));
        expect(found.map((execution) => execution.id)).toEqual([id]);
      }
      const orderBy = { field: "startedAt", direction: "asc" } as const;
      const seen: (string | undefined)[] = [];
      for (let after: string | undefined; ; ) {
        const request = { orderBy, first: 2, after, filter: { workflowId } };
        const page = await zoned.withTenant(tenant.id, ({ executions }) => executions.page(request));
        seen.push(...page.items.map(({ row }) => row.startedAt?.toISOString()));
        after = page.items.at(-1)?.cursor;
        if (!page.hasNextPage) break;
      }
      expect(seen).toEqual(MOMENTS);
    },
  );
});
