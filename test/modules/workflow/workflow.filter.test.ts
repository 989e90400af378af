import { describe, expect, it } from "vitest";
import type { WorkflowFilter } from "../../../src/modules/workflow/workflow.input.ts";
import { storeWorkflow } from "../../support/factories.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

describe("workflows are filtered", () => {
  it("by name, owners, tags and latest only, and counts agree", async () => {
    const tenant = storage.newTenant();
    await tenant.run(async ({ workflows }) => {
      await workflows.insert({ name: "Load", owner: "ada", tags: ["etl", "daily"] });
      await workflows.insertVersion({ name: "Load", tags: ["etl"] });
      await workflows.insert({ name: "load_users", owner: "bob", tags: ["etl"] });
      await workflows.insert({ name: "report" });
    });
    await storeWorkflow(storage.newTenant(), { name: "Load", tags: ["etl"] });
    const cases: [WorkflowFilter, string[]][] = [
      [{}, ["Load 1", "Load 2", "load_users 1", "report 1"]],
      [{ latestOnly: true }, ["Load 2", "load_users 1", "report 1"]],
      [{ latestOnly: false }, ["Load 1", "Load 2", "load_users 1", "report 1"]],
      [{ name: { exact: "Load" } }, ["Load 1", "Load 2"]],
      [{ name: { exact: "load" } }, []],
      [{ name: { prefix: "LOAD_" } }, ["load_users 1"]],
      [{ name: { contains: "o" }, latestOnly: true }, ["Load 2", "load_users 1", "report 1"]],
      [{ owners: ["ada", "eve"] }, ["Load 1", "Load 2"]],
      [{ owners: [] }, []],
      [{ tags: { any: ["daily", "weekly"] } }, ["Load 1"]],
      [{ tags: { all: ["daily", "etl"] } }, ["Load 1"]],
      [{ tags: { all: ["etl"] }, latestOnly: true }, ["Load 2", "load_users 1"]],
      // What is latest is decided before the filter: no older version stands in for it.
      [{ tags: { any: ["daily"] }, latestOnly: true }, []],
    ];
    for (const [filter, expected] of cases) {
      await tenant.run(async ({ workflows }) => {
        const found = await workflows.list({ filter });
        expect(found.map(({ name, version }) => `${name} ${version}`).toSorted()).toEqual(expected);
        const page = await workflows.page({ filter, first: 100 });
        expect(page.items.map(({ row }) => row)).toEqual(found);
        expect(await workflows.count(filter)).toBe(expected.length);
      });
    }
  });
});
