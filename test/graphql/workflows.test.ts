import { describe, expect, it } from "vitest";
import { newWorkflow, UNKNOWN_ID } from "../support/factories.ts";
import { type Client, prepareApi } from "../support/graphql.ts";
import {
  createAsset,
  createExecution,
  createWorkflow,
  createWorkflowVersion,
  findExecution,
  findWorkflow,
  findWorkflowByName,
  moveExecution,
  mutate,
  mutation,
  type WorkflowNode,
  wholeWorkflow,
} from "../support/graphql-operations.ts";

const api = prepareApi();

const update = (client: Client, input: object) =>
  mutate<{ workflow: WorkflowNode }>(client, "updateWorkflow", input).then(({ workflow }) => workflow);

describe("createWorkflow", () => {
  it("makes version 1 and shows what was stored, the assets in the order given", async () => {
    const tenant = api.newTenant();
    const { input, shown } = await wholeWorkflow(tenant);
    const workflow = await createWorkflow(tenant, { ...input, name: "daily_revenue" });
    expect(workflow).toMatchObject({
      ...shown,
      name: "daily_revenue",
      tenantId: tenant.tenantId,
      version: 1,
      isLatest: true,
      createdBy: tenant.tenantId,
      updatedBy: tenant.tenantId,
      updatedAt: workflow.createdAt,
    });
    expect(await findWorkflow(tenant, workflow.id)).toEqual(workflow);
    expect(await findWorkflowByName(tenant, "daily_revenue")).toEqual(workflow);
    expect(await findWorkflowByName(tenant, "daily_revenue", 1)).toEqual(workflow);
    expect(await findWorkflowByName(tenant, "daily_revenue", 2)).toBeNull();
  });

  it("needs a name alone", async () => {
    const tenant = api.newTenant();
    expect(await createWorkflow(tenant)).toMatchObject({
      description: null,
      owner: null,
      tags: [],
      properties: {},
      assets: [],
    });
  });

  it("refuses a name that the tenant has, in whichever version", async () => {
    const tenant = api.newTenant();
    const { id } = await createWorkflow(tenant, { name: "taken" });
    await createWorkflowVersion(tenant, { name: "taken" });
    await mutate(tenant, "deleteWorkflow", { id });
    expect(await tenant.refusal(mutation("createWorkflow"), { input: { name: "taken" } })).toMatchObject({
      message: 'A workflow named "taken" exists already.',
      extensions: { code: "CONFLICT" },
    });
  });

  it.each([
    [
      "an asset that does not exist",
      [UNKNOWN_ID, "INPUT"],
      `No asset has the id ${UNKNOWN_ID}.`,
      "NOT_FOUND",
    ],
    ["a malformed id", ["x", "INPUT"], "input.assets[1].assetId must be a UUID", "BAD_USER_INPUT"],
    ["an asset twice in a role", undefined, "input.assets[1] must not repeat", "BAD_USER_INPUT"],
  ])("stores nothing with %s", async (_, wrong, message, code) => {
    const tenant = api.newTenant();
    const { id } = await createAsset(tenant);
    const [assetId, role] = wrong ?? [id, "OUTPUT"];
    const input = newWorkflow({ name: "nothing" });
    const error = await tenant.refusal(mutation("createWorkflow"), {
      input: {
        ...input,
        assets: [
          { assetId: id, role: "OUTPUT" },
          { assetId, role },
        ],
      },
    });
    expect(error).toMatchObject({ message, extensions: { code } });
    expect(await findWorkflowByName(tenant, "nothing")).toBeNull();
  });
});

describe("updateWorkflow", () => {
  it("changes the fields that are given and leaves the others, and other versions", async () => {
    const tenant = api.newTenant();
    const { input, assets } = await wholeWorkflow(tenant);
    const first = await createWorkflow(tenant, input);
    const second = await createWorkflowVersion(tenant, { name: first.name });
    const after = await update(tenant, {
      id: second.id,
      owner: "controlling",
      assets: [{ assetId: assets.items.id, role: "INPUT" }],
    });
    expect(after).toEqual({
      ...second,
      owner: "controlling",
      assets: [{ role: "INPUT", position: 0, asset: { id: assets.items.id } }],
      updatedAt: after.updatedAt,
    });
    expect(after.updatedAt > second.updatedAt).toBe(true);
    expect(await findWorkflow(tenant, first.id)).toEqual({ ...first, isLatest: false });
  });

  it("clears what is null", async () => {
    const tenant = api.newTenant();
    const { id } = await createWorkflow(tenant, (await wholeWorkflow(tenant)).input);
    const cleared = { description: null, owner: null, tags: null, properties: null, assets: null };
    const after = await update(tenant, { id, ...cleared });
    expect(after).toMatchObject({ description: null, owner: null, tags: [], properties: {}, assets: [] });
    expect(await findWorkflow(tenant, id)).toEqual(after);
  });

  it("takes back the updatedAt that was read, and refuses a stale one", async () => {
    const tenant = api.newTenant();
    const { id, updatedAt } = await createWorkflow(tenant);
    const changed = await update(tenant, { id, owner: "one", expectedUpdatedAt: updatedAt });
    const error = await tenant.refusal(mutation("updateWorkflow"), {
      input: { id, owner: "two", expectedUpdatedAt: updatedAt },
    });
    expect(error).toMatchObject({
      message: `The workflow ${id} was changed after expectedUpdatedAt; read it again.`,
      extensions: { code: "CONFLICT" },
    });
    expect(await findWorkflow(tenant, id)).toEqual(changed);
  });
});

describe("deleteWorkflow", () => {
  it("is refused while the version has executions, unless they go with it", async () => {
    const tenant = api.newTenant();
    const { id } = await createWorkflow(tenant, (await wholeWorkflow(tenant)).input);
    const run = await createExecution(tenant, id);
    for (const cascade of [undefined, null, false]) {
      const error = await tenant.refusal(mutation("deleteWorkflow"), { input: { id, cascade } });
      expect(error).toMatchObject({
        message: `The workflow ${id} has executions; they go with it where cascade is true.`,
        extensions: { code: "CONFLICT" },
      });
      expect((await findWorkflow(tenant, id))?.assets).toHaveLength(4);
    }
    expect(await mutate(tenant, "deleteWorkflow", { id, cascade: true })).toEqual({ deletedId: id });
    expect(await findWorkflow(tenant, id)).toBeNull();
    expect(await findExecution(tenant, run.id)).toBeNull();
  });

  it("leaves other versions and their executions, and the one before is the latest again", async () => {
    const tenant = api.newTenant();
    const first = await createWorkflow(tenant);
    const run = await createExecution(tenant, first.id);
    const second = await createWorkflowVersion(tenant, { name: first.name });
    await mutate(tenant, "deleteWorkflow", { id: second.id, cascade: true });
    expect(await findWorkflow(tenant, first.id)).toEqual(first);
    expect(await findExecution(tenant, run.id)).toEqual(run);
    expect((await createWorkflowVersion(tenant, { name: first.name })).version).toBe(2);
  });

  it("does it once", async () => {
    const tenant = api.newTenant();
    const { id } = await createWorkflow(tenant);
    await mutate(tenant, "deleteWorkflow", { id });
    expect(await tenant.refusal(mutation("deleteWorkflow"), { input: { id } })).toMatchObject({
      message: `No workflow has the id ${id}.`,
      extensions: { code: "NOT_FOUND" },
    });
  });
});

it("latestExecution is the run that was made last, whatever its state; null before the first", async () => {
  const tenant = api.newTenant();
  const { id } = await createWorkflow(tenant);
  const latest = () =>
    tenant.query("query ($id: ID!) { workflow(id: $id) { latestExecution { id state } } }", { id });
  expect(await latest()).toEqual({ workflow: { latestExecution: null } });
  const first = await createExecution(tenant, id);
  const last = await createExecution(tenant, id);
  await moveExecution(tenant, first.id, "RUNNING", "SUCCEEDED");
  expect(await latest()).toEqual({ workflow: { latestExecution: { id: last.id, state: "PENDING" } } });
});
