import { describe, expect, it } from "vitest";
import { UNKNOWN_ID } from "../support/factories.ts";
import { type Client, prepareApi } from "../support/graphql.ts";
import {
  createExecution,
  createWorkflow,
  type ExecutionNode,
  findExecution,
  moveExecution,
  mutate,
  mutation,
} from "../support/graphql-operations.ts";

const api = prepareApi();

interface Created {
  readonly created: boolean;
  readonly execution: ExecutionNode;
}

const create = (client: Client, workflowId: string, idempotencyKey: string) =>
  mutate<Created>(client, "createExecution", { workflowId, idempotencyKey });

const update = (client: Client, input: object) =>
  mutate<{ execution: ExecutionNode }>(client, "updateExecution", input).then(({ execution }) => execution);

async function pending(client: Client): Promise<ExecutionNode> {
  return createExecution(client, (await createWorkflow(client)).id);
}

describe("createExecution", () => {
  it("makes a pending one and shows what was stored", async () => {
    const tenant = api.newTenant();
    const workflow = await createWorkflow(tenant);
    const { created, execution } = await create(tenant, workflow.id, "run 1");
    expect(created).toBe(true);
    expect(execution).toMatchObject({
      tenantId: tenant.tenantId,
      workflow: { id: workflow.id },
      state: "PENDING",
      idempotencyKey: "run 1",
      startedAt: null,
      completedAt: null,
      durationMs: null,
      errorMessage: null,
      createdBy: tenant.tenantId,
      updatedAt: execution.createdAt,
    });
    expect(await findExecution(tenant, execution.id)).toEqual(execution);
  });

  it("returns the first execution to the same key again, as it is by then", async () => {
    const tenant = api.newTenant();
    const { id } = await createWorkflow(tenant);
    const first = await create(tenant, id, "key");
    const moved = await moveExecution(tenant, first.execution.id, "RUNNING");
    expect(await create(tenant, id, "key")).toEqual({ created: false, execution: moved });
  });

  it("takes a key as another one with another workflow, version or tenant", async () => {
    const [tenant, other] = [api.newTenant(), api.newTenant()];
    const workflow = await createWorkflow(tenant);
    const { workflow: version } = await mutate<{ workflow: { id: string } }>(
      tenant,
      "createWorkflowVersion",
      { name: workflow.name },
    );
    const shared = await createWorkflow(api.system);
    const made = [
      await create(tenant, workflow.id, "key"),
      await create(tenant, version.id, "key"),
      await create(tenant, shared.id, "key"),
      await create(other, shared.id, "key"),
    ];
    expect(made.map(({ created }) => created)).toEqual([true, true, true, true]);
    expect(new Set(made.map(({ execution }) => execution.id)).size).toBe(4);
  });

  it("makes a new one each time without a key", async () => {
    const tenant = api.newTenant();
    const { id } = await createWorkflow(tenant);
    const made = [
      await createExecution(tenant, id),
      await createExecution(tenant, id, { idempotencyKey: null }),
    ];
    expect(new Set(made.map((execution) => execution.id)).size).toBe(2);
  });

  it("makes one of many calls at once under the same key", async () => {
    const tenant = api.newTenant();
    const { id } = await createWorkflow(tenant);
    const made = await Promise.all(Array.from({ length: 8 }, () => create(tenant, id, "race")));
    expect(made.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(made.map(({ execution }) => execution.id)).size).toBe(1);
  });

  it.each([
    ["", "must not be blank"],
    ["k".repeat(513), "must be at most 512 characters"],
  ])("refuses the key %j", async (idempotencyKey, rule) => {
    const tenant = api.newTenant();
    const { id } = await createWorkflow(tenant);
    expect(
      await tenant.refusal(mutation("createExecution"), { input: { workflowId: id, idempotencyKey } }),
    ).toMatchObject({
      message: `input.idempotencyKey ${rule}`,
      extensions: { code: "BAD_USER_INPUT", inputPath: ["input", "idempotencyKey"] },
    });
  });

  it("needs a workflow", async () => {
    const error = await api
      .newTenant()
      .refusal(mutation("createExecution"), { input: { workflowId: UNKNOWN_ID } });
    expect(error).toMatchObject({
      message: `No workflow has the id ${UNKNOWN_ID}.`,
      extensions: { code: "NOT_FOUND" },
    });
  });
});

describe("updateExecution", () => {
  it("takes the times that are given, and tells the duration between them", async () => {
    const tenant = api.newTenant();
    const { id } = await pending(tenant);
    const startedAt = "2024-05-01T10:00:00.000Z";
    const completedAt = "2024-05-01T10:01:30.250Z";
    expect(await update(tenant, { id, state: "RUNNING", startedAt })).toMatchObject({
      startedAt,
      completedAt: null,
      durationMs: null,
    });
    const ended = await update(tenant, { id, state: "FAILED", completedAt, errorMessage: "line 7" });
    expect(ended).toMatchObject({ startedAt, completedAt, durationMs: 90_250, errorMessage: "line 7" });
    expect(await findExecution(tenant, id)).toEqual(ended);
  });

  it("leaves what is not given, and clears what is null", async () => {
    const tenant = api.newTenant();
    const { id } = await pending(tenant);
    await moveExecution(tenant, id, "RUNNING");
    const before = await update(tenant, { id, errorMessage: "slow" });
    expect(before).toMatchObject({ state: "RUNNING", errorMessage: "slow" });
    const after = await update(tenant, { id, errorMessage: null });
    expect(after).toEqual({ ...before, errorMessage: null, updatedAt: after.updatedAt });
  });

  it("does not clear the state", async () => {
    const tenant = api.newTenant();
    const { id } = await pending(tenant);
    const error = await tenant.refusal(mutation("updateExecution"), { input: { id, state: null } });
    expect(error.extensions).toEqual({ code: "BAD_USER_INPUT", inputPath: ["input", "state"] });
  });

  it("refuses an end before the start", async () => {
    const tenant = api.newTenant();
    const { id } = await pending(tenant);
    await update(tenant, { id, state: "RUNNING", startedAt: "2024-05-01T10:00:00Z" });
    const error = await tenant.refusal(mutation("updateExecution"), {
      input: { id, state: "SUCCEEDED", completedAt: "2024-05-01T09:59:59.999Z" },
    });
    expect(error).toMatchObject({
      message: "input.completedAt must not be before startedAt",
      extensions: { code: "BAD_USER_INPUT", inputPath: ["input", "completedAt"] },
    });
    expect(await findExecution(tenant, id)).toMatchObject({ state: "RUNNING", completedAt: null });
  });

  it("takes back the updatedAt that was read, and refuses a stale one", async () => {
    const tenant = api.newTenant();
    const { id, updatedAt } = await pending(tenant);
    const running = await update(tenant, { id, state: "RUNNING", expectedUpdatedAt: updatedAt });
    expect(running.updatedAt > updatedAt).toBe(true);
    const error = await tenant.refusal(mutation("updateExecution"), {
      input: { id, state: "SUCCEEDED", expectedUpdatedAt: updatedAt },
    });
    expect(error).toMatchObject({
      message: `The execution ${id} was changed after expectedUpdatedAt; read it again.`,
      extensions: { code: "CONFLICT" },
    });
    expect(await findExecution(tenant, id)).toEqual(running);
  });
});

it("deleteExecution deletes it once", async () => {
  const tenant = api.newTenant();
  const { id } = await pending(tenant);
  expect(await mutate(tenant, "deleteExecution", { id })).toEqual({ deletedId: id });
  expect(await findExecution(tenant, id)).toBeNull();
  expect(await tenant.refusal(mutation("deleteExecution"), { input: { id } })).toMatchObject({
    message: `No execution has the id ${id}.`,
    extensions: { code: "NOT_FOUND" },
  });
});
