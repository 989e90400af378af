import { describe, expect, it } from "vitest";
import { BadUserInputError, ConflictError, ForbiddenError, NotFoundError } from "../../../src/errors.ts";
import type { WorkflowPatch } from "../../../src/modules/workflow/workflow.input.ts";
import { newWorkflow, storeWorkflow, UNKNOWN_ID } from "../../support/factories.ts";
import { refusal } from "../../support/refusal.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

const whole = () =>
  newWorkflow({ description: "what it does", owner: "ada", tags: ["b", "a"], properties: { image: "x:1" } });

describe("creating a workflow", () => {
  it("stores version 1 with every field and shows it as stored", async () => {
    const tenant = storage.newTenant();
    const given = whole();
    const workflow = await tenant.run(({ workflows }) => workflows.insert(given), { actor: "ada" });
    expect(workflow).toEqual({
      ...given,
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      tenantId: tenant.id,
      version: 1,
      isLatest: true,
      createdAt: expect.any(Date),
      updatedAt: workflow.createdAt,
      createdBy: "ada",
      updatedBy: "ada",
    });
    expect(await tenant.run(({ workflows }) => workflows.getById(workflow.id))).toEqual(workflow);
  });

  it("leaves empty what is not given", async () => {
    const workflow = await storeWorkflow(storage.newTenant());
    expect(workflow).toMatchObject({ description: null, owner: null, tags: [], properties: {} });
  });

  it("refuses a name that the tenant has, also when its first version is gone", async () => {
    const tenant = storage.newTenant();
    const { id, name } = await storeWorkflow(tenant);
    const error = await refusal(storeWorkflow(tenant, { name }), ConflictError);
    expect(error.message).toBe(`A workflow named "${name}" exists already.`);
    await tenant.run(({ workflows }) => workflows.insertVersion({ name }));
    await tenant.run(({ workflows }) => workflows.remove(id));
    await refusal(storeWorkflow(tenant, { name }), ConflictError);
    await storeWorkflow(storage.newTenant(), { name });
    await storeWorkflow(storage.system, { name });
  });

  it("lets one of many that want the same name at once have it", async () => {
    const tenant = storage.newTenant();
    const workflow = newWorkflow();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, () => storeWorkflow(tenant, workflow)),
    );
    const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    expect(refused).toHaveLength(7);
    for (const error of refused) expect(error).toBeInstanceOf(ConflictError);
  });
});

describe("reading a workflow", () => {
  it("by id, a get throws for an absent one and a find returns null", async () => {
    const tenant = storage.newTenant();
    const { id } = await storeWorkflow(tenant);
    expect(await tenant.run(({ workflows }) => workflows.findById(id))).toMatchObject({ id });
    expect(await tenant.run(({ workflows }) => workflows.findById(UNKNOWN_ID))).toBeNull();
    const error = await refusal(
      tenant.run(({ workflows }) => workflows.getById(UNKNOWN_ID)),
      NotFoundError,
    );
    expect(error.message).toBe(`No workflow has the id ${UNKNOWN_ID}.`);
    const many = await tenant.run(({ workflows }) => workflows.findManyByIds([UNKNOWN_ID, id, id]));
    expect(many.map((workflow) => workflow.id)).toEqual([id]);
  });

  it("by name, the tenant's own comes before a global one, whatever their versions", async () => {
    const tenant = storage.newTenant();
    const { name } = await storeWorkflow(storage.system);
    await storage.system.run(({ workflows }) => workflows.insertVersion({ name }));
    const find = (version?: number) => tenant.run(({ workflows }) => workflows.findByName(name, version));
    const versions = () => tenant.run(({ workflows }) => workflows.listVersions(name));
    expect(await find()).toMatchObject({ tenantId: null, version: 2 });
    expect(await find(1)).toMatchObject({ tenantId: null, version: 1 });
    expect(await versions()).toMatchObject([{ version: 2 }, { version: 1 }]);
    await storeWorkflow(tenant, { name });
    expect(await find()).toMatchObject({ tenantId: tenant.id, version: 1 });
    expect(await find(2)).toBeNull();
    expect(await versions()).toMatchObject([{ version: 1, tenantId: tenant.id }]);
    expect(await tenant.run(({ workflows }) => workflows.listVersions("no such name"))).toEqual([]);
  });
});

describe("changing a workflow version", () => {
  it.each<[string, WorkflowPatch, object]>([
    ["description", { description: "else" }, { description: "else" }],
    ["owner", { owner: "bob" }, { owner: "bob" }],
    ["tags", { tags: ["c"] }, { tags: ["c"] }],
    ["properties", { properties: { image: "x:2" } }, { properties: { image: "x:2" } }],
    ["null in description", { description: null }, { description: null }],
    ["null in owner", { owner: null }, { owner: null }],
    ["null in tags", { tags: null }, { tags: [] }],
    ["null in properties", { properties: null }, { properties: {} }],
    ["only assets", { assets: [] }, {}],
  ])("changes what is given and nothing else: %s", async (_, patch, expected) => {
    const tenant = storage.newTenant();
    const before = await tenant.run(({ workflows }) => workflows.insert(whole()));
    const changed = await tenant.run(({ workflows }) => workflows.update(before.id, patch), { actor: "eve" });
    expect(changed).toEqual({ ...before, ...expected, updatedAt: expect.any(Date), updatedBy: "eve" });
    expect(changed.updatedAt.getTime()).toBeGreaterThan(before.updatedAt.getTime());
    expect(await tenant.run(({ workflows }) => workflows.getById(before.id))).toEqual(changed);
  });

  it("an updatedAt that was read is accepted as expected, any other is a conflict", async () => {
    const tenant = storage.newTenant();
    const first = await storeWorkflow(tenant);
    const change = (expectedUpdatedAt: Date) =>
      tenant.run(({ workflows }) => workflows.update(first.id, { owner: "ada" }, { expectedUpdatedAt }));
    const second = await change(new Date(first.updatedAt.toISOString()));
    await refusal(change(first.updatedAt), ConflictError);
    await change(second.updatedAt);
  });

  it("an unknown one is not found, a global one is forbidden, a change of nothing is refused", async () => {
    const tenant = storage.newTenant();
    const global = await storeWorkflow(storage.system);
    const change = (id: string, patch: WorkflowPatch) =>
      tenant.run(({ workflows }) => workflows.update(id, patch));
    await refusal(change(UNKNOWN_ID, { owner: "eve" }), NotFoundError);
    await refusal(change(global.id, { owner: "eve" }), ForbiddenError);
    await refusal(change(global.id, { assets: [] }), ForbiddenError);
    await refusal(change(UNKNOWN_ID, {}), BadUserInputError);
    await refusal(
      storage.nobody.run(({ workflows }) => workflows.update(global.id, { owner: "eve" })),
      ForbiddenError,
    );
  });
});
