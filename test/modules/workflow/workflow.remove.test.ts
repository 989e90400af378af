import { describe, expect, it } from "vitest";
import { ConflictError, ForbiddenError, NotFoundError } from "../../../src/errors.ts";
import { storeAsset, storeExecution, storeWorkflow, UNKNOWN_ID } from "../../support/factories.ts";
import { storedRows } from "../../support/owner.ts";
import { refusal } from "../../support/refusal.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

describe("deleting a workflow version", () => {
  it("takes its asset links along, and leaves the assets and other versions", async () => {
    const tenant = storage.newTenant();
    const asset = await storeAsset(tenant);
    const first = await storeWorkflow(tenant, { assets: [{ assetId: asset.id, role: "input" }] });
    const second = await tenant.run(({ workflows }) => workflows.insertVersion({ name: first.name }));
    await tenant.run(({ workflows }) => workflows.remove(first.id));
    expect(await tenant.run(({ workflows }) => workflows.findById(first.id))).toBeNull();
    expect(await tenant.run(({ workflows }) => workflows.findById(second.id))).toEqual(second);
    expect(await tenant.run(({ assets }) => assets.findById(asset.id))).toEqual(asset);
    const links = await tenant.run(({ workflows }) => workflows.findLinks([first.id, second.id]));
    expect([...links.keys()]).toEqual([second.id]);
  });

  it("with executions is a conflict, unless they go with it", async () => {
    const tenant = storage.newTenant();
    const workflow = await storeWorkflow(tenant);
    const other = await storeWorkflow(tenant);
    await storeExecution(tenant, workflow.id);
    await storeExecution(tenant, workflow.id);
    const kept = await storeExecution(tenant, other.id);
    const remove = (cascade?: boolean) =>
      tenant.run(({ workflows }) => workflows.remove(workflow.id, { cascade }));
    for (const cascade of [undefined, false]) {
      const error = await refusal(remove(cascade), ConflictError);
      expect(error.message).toBe(
        `The workflow ${workflow.id} has executions; they go with it where cascade is true.`,
      );
    }
    expect(await tenant.run(({ executions }) => executions.count())).toBe(3);
    await remove(true);
    expect(await tenant.run(({ executions }) => executions.list())).toEqual([kept]);
    expect(await tenant.run(({ workflows }) => workflows.findById(workflow.id))).toBeNull();
  });

  it("a global one that a tenant runs stays even with cascade, and the conflict names nobody", async () => {
    const tenant = storage.newTenant();
    const global = await storeWorkflow(storage.system);
    const execution = await storeExecution(tenant, global.id);
    await storeExecution(storage.system, global.id);
    const remove = (cascade: boolean) =>
      storage.system.run(({ workflows }) => workflows.remove(global.id, { cascade }));
    for (const cascade of [false, true]) {
      const error = await refusal(remove(cascade), ConflictError);
      expect(error.message).not.toContain(tenant.id);
      expect(error.message).not.toContain(execution.id);
    }
    const stored = await storedRows(
      storage.database,
      "SELECT count(*)::int AS count FROM executions WHERE workflow_id = $1",
      [global.id],
    );
    expect(stored).toEqual([{ count: 2 }]);
    await tenant.run(({ executions }) => executions.remove(execution.id));
    await remove(true);
    expect(await storage.system.run(({ workflows }) => workflows.findById(global.id))).toBeNull();
  });

  it("an execution that is made meanwhile either stops it or is refused", async () => {
    const tenant = storage.newTenant();
    for (let round = 0; round < 5; round += 1) {
      const { id } = await storeWorkflow(tenant);
      const [removed, made] = await Promise.allSettled([
        tenant.run(({ workflows }) => workflows.remove(id)),
        storeExecution(tenant, id),
      ]);
      expect([removed.status, made.status].toSorted()).toEqual(["fulfilled", "rejected"]);
      if (removed.status === "rejected") expect(removed.reason).toBeInstanceOf(ConflictError);
      if (made.status === "rejected") expect(made.reason).toBeInstanceOf(NotFoundError);
    }
  });

  it("an unknown one is not found, a global one is forbidden to a tenant, and any to nobody", async () => {
    const tenant = storage.newTenant();
    const global = await storeWorkflow(storage.system);
    const remove = (id: string) => tenant.run(({ workflows }) => workflows.remove(id, { cascade: true }));
    await refusal(remove(UNKNOWN_ID), NotFoundError);
    await refusal(remove(global.id), ForbiddenError);
    await refusal(
      storage.nobody.run(({ workflows }) => workflows.remove(global.id)),
      ForbiddenError,
    );
  });
});
