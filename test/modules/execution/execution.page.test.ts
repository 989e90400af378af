import { describe, expect, it } from "vitest";
import type { ExecutionFilter } from "../../../src/modules/execution/execution.input.ts";
import type { ExecutionOrderField } from "../../../src/modules/execution/execution.pages.ts";
import type { Execution } from "../../../src/modules/execution/execution.select.ts";
import { newWorkflow, storeExecution, storeWorkflow } from "../../support/factories.ts";
import { describePaging } from "../../support/paging.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

describe("pages of executions", () => {
  describePaging<Execution, ExecutionOrderField>(["createdAt", "updatedAt", "startedAt"], storage, {
    keys: {
      createdAt: ({ createdAt }) => createdAt.toISOString(),
      updatedAt: ({ updatedAt }) => updatedAt.toISOString(),
      // What has not started counts as latest.
      startedAt: ({ startedAt }) => startedAt?.toISOString() ?? "infinity",
    },
    page: ({ executions }, query) => executions.page(query),
    list: ({ executions }, query) => executions.list(query),
    async seed(party, rows) {
      const { id: workflowId } = await storeWorkflow(party);
      const ids = await party.run(async ({ executions }) => {
        const made: string[] = [];
        for (let row = 1; row < rows; row += 1) made.push((await executions.insert({ workflowId })).id);
        return made;
      });
      await storeExecution(party, workflowId);
      // Two start at one moment, some before others, and some not at all.
      for (const [index, day] of [3, 1, 3, 2].entries()) {
        const startedAt = new Date(Date.UTC(2024, 0, day));
        const id = ids[index];
        if (id !== undefined) {
          await party.run(({ executions }) => executions.update(id, { state: "running", startedAt }));
        }
      }
    },
    remove: ({ executions }, id) => executions.remove(id),
  });
});

describe("executions are filtered", () => {
  it("by workflow, states and when they started, and counts agree", async () => {
    const tenant = storage.newTenant();
    const load = await storeWorkflow(tenant, { name: "load" });
    const report = await storeWorkflow(tenant, newWorkflow());
    const day = (number: number) => new Date(Date.UTC(2024, 0, number));
    const run = async (workflowId: string, start: number | null, end?: "succeeded" | "failed") => {
      const { id } = await storeExecution(tenant, workflowId);
      if (start === null) return id;
      await tenant.run(({ executions }) =>
        executions.update(id, { state: "running", startedAt: day(start) }),
      );
      if (end !== undefined) {
        const completedAt = day(start + 1);
        await tenant.run(({ executions }) => executions.update(id, { state: end, completedAt }));
      }
      return id;
    };
    const names = new Map<string, string>();
    names.set(await run(load.id, 1, "succeeded"), "load on 1");
    names.set(await run(load.id, 2, "failed"), "load on 2");
    names.set(await run(load.id, 3), "load on 3");
    names.set(await run(load.id, null), "load later");
    names.set(await run(report.id, 2), "report on 2");
    const foreign = storage.newTenant();
    await storeExecution(foreign, (await storeWorkflow(foreign)).id);

    const cases: [ExecutionFilter, string[]][] = [
      [{}, ["load later", "load on 1", "load on 2", "load on 3", "report on 2"]],
      [{ workflowId: report.id }, ["report on 2"]],
      [{ states: ["pending", "failed"] }, ["load later", "load on 2"]],
      [{ states: [] }, []],
      [{ startedBetween: { from: day(2), to: day(3) } }, ["load on 2", "report on 2"]],
      [{ startedBetween: { from: day(2) } }, ["load on 2", "load on 3", "report on 2"]],
      [{ startedBetween: { to: day(2) } }, ["load on 1"]],
      [{ startedBetween: {} }, ["load later", "load on 1", "load on 2", "load on 3", "report on 2"]],
      [{ startedBetween: { from: day(3), to: day(2) } }, []],
      [{ workflowId: load.id, states: ["running"], startedBetween: { from: day(1) } }, ["load on 3"]],
      [{ workflowId: load.id.toUpperCase() }, ["load later", "load on 1", "load on 2", "load on 3"]],
    ];
    for (const [filter, expected] of cases) {
      await tenant.run(async ({ executions }) => {
        const found = await executions.list({ filter });
        expect(found.map(({ id }) => names.get(id)).toSorted()).toEqual(expected);
        const page = await executions.page({ filter, first: 100 });
        expect(page.items.map(({ row }) => row)).toEqual(found);
        expect(await executions.count(filter)).toBe(expected.length);
      });
    }
  });
});
