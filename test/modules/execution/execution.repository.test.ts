import { describe, expect, it } from "vitest";
import { ConflictError, ForbiddenError, NotFoundError } from "../../../src/errors.ts";
import { storeExecution, storeWorkflow, UNKNOWN_ID } from "../../support/factories.ts";
import { storedRows } from "../../support/owner.ts";
import { present } from "../../support/present.ts";
import { refusal } from "../../support/refusal.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

describe("creating an execution", () => {
  it("stores it as pending and shows it as stored", async () => {
    const tenant = storage.newTenant();
    const workflow = await storeWorkflow(tenant);
    const execution = await tenant.run(
      ({ executions }) => executions.insert({ workflowId: workflow.id, idempotencyKey: "run 1" }),
      { actor: "scheduler" },
    );
    expect(execution).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      tenantId: tenant.id,
      workflowId: workflow.id,
      state: "pending",
      idempotencyKey: "run 1",
      startedAt: null,
      completedAt: null,
      errorMessage: null,
      createdAt: expect.any(Date),
      updatedAt: execution.createdAt,
      createdBy: "scheduler",
      updatedBy: "scheduler",
    });
    expect(await tenant.run(({ executions }) => executions.getById(execution.id))).toEqual(execution);
  });

  it("of a global workflow is the tenant's own", async () => {
    const [tenant, other] = [storage.newTenant(), storage.newTenant()];
    const workflow = await storeWorkflow(storage.system);
    const execution = await storeExecution(tenant, workflow.id);
    expect(execution.tenantId).toBe(tenant.id);
    expect(await other.run(({ executions }) => executions.findById(execution.id))).toBeNull();
    expect(await storage.system.run(({ executions }) => executions.findById(execution.id))).toBeNull();
    const global = await storeExecution(storage.system, workflow.id);
    expect(global.tenantId).toBeNull();
    expect(await other.run(({ executions }) => executions.findById(global.id))).toEqual(global);
  });

  it("of a workflow that is not there is not found, whoever it may belong to, and nobody may make one", async () => {
    const [tenant, other] = [storage.newTenant(), storage.newTenant()];
    const foreign = await storeWorkflow(other);
    for (const workflowId of [UNKNOWN_ID, foreign.id]) {
      const error = await refusal(storeExecution(tenant, workflowId), NotFoundError);
      expect(error.message).toBe(`No workflow has the id ${workflowId}.`);
    }
    const global = await storeWorkflow(storage.system);
    await refusal(storeExecution(storage.nobody, global.id), ForbiddenError);
  });
});

describe("reading an execution", () => {
  it("by id, a get throws for an absent one and a find returns null", async () => {
    const tenant = storage.newTenant();
    const { id: workflowId } = await storeWorkflow(tenant);
    const execution = await storeExecution(tenant, workflowId);
    expect(await tenant.run(({ executions }) => executions.findById(execution.id))).toEqual(execution);
    expect(await tenant.run(({ executions }) => executions.findById(UNKNOWN_ID))).toBeNull();
    const error = await refusal(
      tenant.run(({ executions }) => executions.getById(UNKNOWN_ID)),
      NotFoundError,
    );
    expect(error.message).toBe(`No execution has the id ${UNKNOWN_ID}.`);
    const many = await tenant.run(({ executions }) => executions.findManyByIds([execution.id, UNKNOWN_ID]));
    expect(many).toEqual([execution]);
  });
});

describe("deleting an execution", () => {
  it("leaves its workflow; a second time it is not found", async () => {
    const tenant = storage.newTenant();
    const workflow = await storeWorkflow(tenant);
    const { id } = await storeExecution(tenant, workflow.id);
    await tenant.run(({ executions }) => executions.remove(id));
    expect(await tenant.run(({ executions }) => executions.findById(id))).toBeNull();
    expect(await tenant.run(({ workflows }) => workflows.findById(workflow.id))).toEqual(workflow);
    await refusal(
      tenant.run(({ executions }) => executions.remove(id)),
      NotFoundError,
    );
  });

  it("a global one is forbidden to a tenant, and to nobody", async () => {
    const tenant = storage.newTenant();
    const { id: workflowId } = await storeWorkflow(storage.system);
    const { id } = await storeExecution(storage.system, workflowId);
    await refusal(
      tenant.run(({ executions }) => executions.remove(id)),
      ForbiddenError,
    );
    await refusal(
      storage.nobody.run(({ executions }) => executions.remove(id)),
      ForbiddenError,
    );
    await storage.system.run(({ executions }) => executions.remove(id));
  });
});

describe("an idempotency key", () => {
  it("gives the first execution again, whatever its state has become", async () => {
    const tenant = storage.newTenant();
    const { id: workflowId } = await storeWorkflow(tenant);
    const input = { workflowId, idempotencyKey: "k".repeat(512) };
    const again = () => tenant.run(({ executions }) => executions.insertOrGet(input));
    const first = await again();
    expect(first).toMatchObject({ created: true, execution: { state: "pending" } });
    const running = await tenant.run(({ executions }) =>
      executions.update(first.execution.id, { state: "running" }),
    );
    expect(await again()).toEqual({ created: false, execution: running });
    const found = await tenant.run(({ executions }) =>
      executions.findByIdempotencyKey(workflowId, input.idempotencyKey),
    );
    expect(found).toEqual(running);
  });

  it("twenty at once make one execution", async () => {
    const tenant = storage.newTenant();
    const { id: workflowId } = await storeWorkflow(tenant);
    const results = await Promise.all(
      Array.from({ length: 20 }, () =>
        tenant.run(({ executions }) => executions.insertOrGet({ workflowId, idempotencyKey: "once" })),
      ),
    );
    expect(results.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(results.map(({ execution }) => execution.id)).size).toBe(1);
    const stored = await storedRows(
      storage.database,
      "SELECT count(*)::int AS count FROM executions WHERE tenant_id = $1",
      [tenant.id],
    );
    expect(stored).toEqual([{ count: 1 }]);
  });

  it("is another one with another workflow version, another tenant or other letters", async () => {
    const [tenant, other] = [storage.newTenant(), storage.newTenant()];
    const global = await storeWorkflow(storage.system);
    const own = await storeWorkflow(tenant);
    const make = (party: typeof tenant, workflowId: string, idempotencyKey: string | null) =>
      party.run(({ executions }) => executions.insertOrGet({ workflowId, idempotencyKey }));
    const made = [
      await make(tenant, global.id, "k"),
      await make(tenant, own.id, "k"),
      await make(other, global.id, "k"),
      await make(tenant, own.id, "K"),
      await make(tenant, own.id, "k "),
      await make(tenant, own.id, null),
      await make(tenant, own.id, null),
    ];
    expect(made.map(({ created }) => created)).toEqual(made.map(() => true));
  });

  it("that is taken is a conflict for a plain insert", async () => {
    const tenant = storage.newTenant();
    const { id: workflowId } = await storeWorkflow(tenant);
    const insert = () =>
      tenant.run(({ executions }) => executions.insert({ workflowId, idempotencyKey: "secret-key" }));
    await insert();
    expect((await refusal(insert(), ConflictError)).message).not.toContain("secret-key");
  });

  it("that nobody has used finds nothing, and so does another tenant's", async () => {
    const [tenant, other] = [storage.newTenant(), storage.newTenant()];
    const { id: workflowId } = await storeWorkflow(storage.system);
    await other.run(({ executions }) => executions.insertOrGet({ workflowId, idempotencyKey: "k" }));
    for (const party of [tenant, storage.system, storage.nobody]) {
      const find = party.run(({ executions }) => executions.findByIdempotencyKey(workflowId, "k"));
      expect(await find).toBeNull();
    }
  });

  it("of an execution that is deleted meanwhile is free again", async () => {
    const tenant = storage.newTenant();
    const { id: workflowId } = await storeWorkflow(tenant);
    const input = { workflowId, idempotencyKey: "again" };
    const insertOrGet = () => tenant.run(({ executions }) => executions.insertOrGet(input));
    const { execution } = await insertOrGet();
    await tenant.run(({ executions }) => executions.remove(execution.id));
    expect(await insertOrGet()).toMatchObject({ created: true });
  });

  it("survives a storm of creating and deleting", async () => {
    const tenant = storage.newTenant();
    const { id: workflowId } = await storeWorkflow(tenant);
    const input = { workflowId, idempotencyKey: "storm" };
    const worker = async () => {
      for (let round = 0; round < 15; round += 1) {
        const { execution } = await tenant.run(({ executions }) => executions.insertOrGet(input));
        await tenant
          .run(({ executions }) => executions.remove(execution.id))
          .catch((error: unknown) => expect(error).toBeInstanceOf(NotFoundError));
      }
    };
    await Promise.all(Array.from({ length: 4 }, worker));
    expect(await tenant.run(({ executions }) => executions.count({ workflowId }))).toBe(0);
  });
});

describe("pages of many workflows' executions", () => {
  it("are the same page of each version, newest first, and counts agree", async () => {
    const [tenant, other] = [storage.newTenant(), storage.newTenant()];
    const busy = (await storeWorkflow(storage.system)).id;
    const quiet = (await storeWorkflow(tenant)).id;
    const idle = (await storeWorkflow(tenant)).id;
    const made: string[] = [];
    for (const party of [tenant, storage.system, tenant, tenant]) {
      made.unshift((await storeExecution(party, busy)).id);
    }
    await storeExecution(other, busy);
    const single = await storeExecution(tenant, quiet);
    const read = (request: object) =>
      tenant.run(({ executions }) => executions.pagesByWorkflow([busy, quiet, idle], request));
    const first = await read({ first: 3 });
    expect([...first.keys()].toSorted()).toEqual([busy, quiet].toSorted());
    const page = present(first.get(busy));
    expect(page.items.map(({ row }) => row.id)).toEqual(made.slice(0, 3));
    expect(page.hasNextPage).toBe(true);
    expect(first.get(quiet)?.items.map(({ row }) => row)).toEqual([single]);
    const rest = present((await read({ first: 3, after: present(page.items[2]).cursor })).get(busy));
    expect(rest.items.map(({ row }) => row.id)).toEqual(made.slice(3));
    const counts = await tenant.run(({ executions }) => executions.countsByWorkflow([busy, quiet, idle]));
    expect(counts).toEqual(
      new Map([
        [busy, 4],
        [quiet, 1],
      ]),
    );
  });
});
