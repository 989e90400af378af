import { describe, expect, it } from "vitest";
import { BadUserInputError, ConflictError, ForbiddenError, NotFoundError } from "../../../src/errors.ts";
import type { ExecutionPatch } from "../../../src/modules/execution/execution.input.ts";
import { EXECUTION_STATES, type ExecutionState } from "../../../src/modules/execution/execution.table.ts";
import { storeExecution, storeWorkflow, UNKNOWN_ID } from "../../support/factories.ts";
import { refusal } from "../../support/refusal.ts";
import { type Party, prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

const ALLOWED: Readonly<Record<ExecutionState, readonly ExecutionState[]>> = {
  pending: ["running", "cancelled"],
  running: ["succeeded", "failed", "timeout", "cancelled"],
  succeeded: [],
  failed: [],
  timeout: [],
  cancelled: [],
};

async function executionIn(party: Party, state: ExecutionState) {
  const { id: workflowId } = await storeWorkflow(party);
  const { id } = await storeExecution(party, workflowId);
  const way: ExecutionState[] = state === "pending" ? [] : state === "running" ? [state] : ["running", state];
  for (const step of way) await party.run(({ executions }) => executions.update(id, { state: step }));
  return party.run(({ executions }) => executions.getById(id));
}

const update = (party: Party, id: string, patch: ExecutionPatch) =>
  party.run(({ executions }) => executions.update(id, patch));

describe("an execution", () => {
  const pairs = EXECUTION_STATES.flatMap((from) => EXECUTION_STATES.map((to) => [from, to] as const));

  it.each(pairs.filter(([from, to]) => ALLOWED[from].includes(to)))(
    "goes from %s to %s",
    async (from, to) => {
      const tenant = storage.newTenant();
      const before = await executionIn(tenant, from);
      const after = await update(tenant, before.id, { state: to });
      expect(after.state).toBe(to);
      expect(after.updatedAt.getTime()).toBeGreaterThan(before.updatedAt.getTime());
      expect(await tenant.run(({ executions }) => executions.getById(before.id))).toEqual(after);
    },
  );

  it.each(pairs.filter(([from, to]) => !ALLOWED[from].includes(to)))(
    "cannot go from %s to %s, and stays as it is",
    async (from, to) => {
      const tenant = storage.newTenant();
      const before = await executionIn(tenant, from);
      const error = await refusal(
        update(tenant, before.id, { state: to, errorMessage: "no" }),
        ConflictError,
      );
      expect(error.message).toBe(`An execution cannot go from ${from.toUpperCase()} to ${to.toUpperCase()}.`);
      expect(await tenant.run(({ executions }) => executions.getById(before.id))).toEqual(before);
    },
  );

  it("of two that move it at once, one succeeds", async () => {
    const tenant = storage.newTenant();
    const { id } = await executionIn(tenant, "running");
    const outcomes = await Promise.allSettled(
      (["succeeded", "failed", "cancelled", "timeout"] as const).map((state) =>
        update(tenant, id, { state }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") expect(outcome.reason).toBeInstanceOf(ConflictError);
    }
  });
});

describe("when an execution starts and ends", () => {
  it("is set by the moves", async () => {
    const tenant = storage.newTenant();
    const pending = await executionIn(tenant, "pending");
    expect(pending).toMatchObject({ startedAt: null, completedAt: null });
    const running = await update(tenant, pending.id, { state: "running" });
    expect(running.startedAt?.getTime()).toBeGreaterThanOrEqual(pending.createdAt.getTime());
    expect(running.completedAt).toBeNull();
    const done = await update(tenant, pending.id, { state: "succeeded" });
    expect(done.startedAt).toEqual(running.startedAt);
    expect(done.completedAt?.getTime()).toBeGreaterThanOrEqual(running.startedAt?.getTime() ?? Infinity);
  });

  it("is not set by cancelling before the start, except for the end", async () => {
    const tenant = storage.newTenant();
    const { id } = await executionIn(tenant, "pending");
    const cancelled = await update(tenant, id, { state: "cancelled" });
    expect(cancelled).toMatchObject({ startedAt: null, completedAt: expect.any(Date) });
  });

  it("is what the caller gives, to the millisecond", async () => {
    const tenant = storage.newTenant();
    const { id } = await executionIn(tenant, "pending");
    const startedAt = new Date("2024-02-29T23:59:59.999Z");
    const completedAt = new Date("2024-03-01T00:00:00.000Z");
    expect(await update(tenant, id, { state: "running", startedAt })).toMatchObject({ startedAt });
    const failed = await update(tenant, id, { state: "failed", completedAt, errorMessage: "exit 1" });
    expect(failed).toMatchObject({ startedAt, completedAt, errorMessage: "exit 1" });
  });

  it("may be a start that lies in the future, and ends no earlier", async () => {
    const tenant = storage.newTenant();
    const { id } = await executionIn(tenant, "pending");
    const startedAt = new Date(Date.now() + 3_600_000);
    await update(tenant, id, { state: "running", startedAt });
    expect(await update(tenant, id, { state: "succeeded" })).toMatchObject({ completedAt: startedAt });
  });

  it("is never an end before the start", async () => {
    const tenant = storage.newTenant();
    const running = await executionIn(tenant, "running");
    const completedAt = new Date(0);
    const error = await refusal(
      update(tenant, running.id, { state: "succeeded", completedAt }),
      BadUserInputError,
    );
    expect(error.inputPath).toEqual(["completedAt"]);
    expect(await tenant.run(({ executions }) => executions.getById(running.id))).toEqual(running);
  });
});

describe("changing an execution", () => {
  it("without a state changes only what is given; null clears", async () => {
    const tenant = storage.newTenant();
    const running = await executionIn(tenant, "running");
    const noted = await update(tenant, running.id, { errorMessage: "slow" });
    expect(noted).toEqual({ ...running, errorMessage: "slow", updatedAt: expect.any(Date) });
    const cleared = await update(tenant, running.id, { errorMessage: null, startedAt: null });
    expect(cleared).toMatchObject({ errorMessage: null, startedAt: null, state: "running" });
  });

  it("since the caller read it is a conflict", async () => {
    const tenant = storage.newTenant();
    const before = await executionIn(tenant, "pending");
    const change = (expectedUpdatedAt: Date) =>
      tenant.run(({ executions }) =>
        executions.update(before.id, { state: "running" }, { expectedUpdatedAt }),
      );
    await update(tenant, before.id, { errorMessage: "noted" });
    const error = await refusal(change(before.updatedAt), ConflictError);
    expect(error.message).toContain("expectedUpdatedAt");
    const now = await tenant.run(({ executions }) => executions.getById(before.id));
    await change(now.updatedAt);
  });

  it("an unknown one is not found, a global one is forbidden to a tenant, and any to nobody", async () => {
    const tenant = storage.newTenant();
    const global = await executionIn(storage.system, "pending");
    await refusal(update(tenant, UNKNOWN_ID, { state: "running" }), NotFoundError);
    await refusal(update(tenant, global.id, { state: "running" }), ForbiddenError);
    await refusal(update(storage.nobody, global.id, { state: "running" }), ForbiddenError);
    expect((await update(storage.system, global.id, { state: "running" })).state).toBe("running");
  });
});
