import { describe, expect, it } from "vitest";
import { prepareApi } from "../support/graphql.ts";
import {
  createAsset,
  createExecution,
  createWorkflow,
  findAsset,
  findWorkflow,
  link,
  mutate,
  mutation,
} from "../support/graphql-operations.ts";

const api = prepareApi();

describe("a global asset", () => {
  it("has no tenant, and is read by all", async () => {
    const asset = await createAsset(api.system, { name: "read_by_all", tags: ["shared"] });
    expect(asset).toMatchObject({ tenantId: null, createdBy: "system" });
    for (const reader of [api.newTenant(), api.nobody, api.system]) {
      expect(await findAsset(reader, asset.id)).toEqual(asset);
    }
  });

  it("is changed and deleted by the system alone", async () => {
    const tenant = api.newTenant();
    const { id } = await createAsset(api.system);
    for (const [name, input] of [
      ["updateAsset", { id, owner: "me" }],
      ["deleteAsset", { id }],
    ] as const) {
      expect(await tenant.refusal(mutation(name), { input })).toMatchObject({
        message: `The asset ${id} is global; only the system may change it.`,
        extensions: { code: "FORBIDDEN" },
      });
    }
    await mutate(api.system, "updateAsset", { id, owner: "platform" });
    expect(await findAsset(tenant, id)).toMatchObject({ owner: "platform", updatedBy: "system" });
    await mutate(api.system, "deleteAsset", { id });
    expect(await findAsset(tenant, id)).toBeNull();
  });

  it("stays while a tenant depends on it or uses it, and the conflict names nobody", async () => {
    const tenant = api.newTenant();
    const [source, input] = [await createAsset(api.system), await createAsset(api.system)];
    const own = await createAsset(tenant);
    await link(tenant, [[source.id, own.id]]);
    await createWorkflow(tenant, { assets: [{ assetId: input.id, role: "INPUT" }] });
    for (const { id } of [source, input]) {
      const error = await api.system.refusal(mutation("deleteAsset"), { input: { id } });
      expect(error).toMatchObject({
        message: "The asset is still in use.",
        extensions: { code: "CONFLICT" },
      });
      expect(JSON.stringify(error)).not.toContain(tenant.tenantId);
    }
  });

  it("gives way by name to the tenant's own, for that tenant alone", async () => {
    const tenant = api.newTenant();
    const global = await createAsset(api.system, { name: "calendar" });
    const byName = '{ assetByName(name: "calendar") { id } }';
    expect(await tenant.query(byName)).toEqual({ assetByName: { id: global.id } });
    const own = await createAsset(tenant, { name: "calendar" });
    expect(await tenant.query(byName)).toEqual({ assetByName: { id: own.id } });
    for (const other of [api.newTenant(), api.nobody, api.system]) {
      expect(await other.query(byName)).toEqual({ assetByName: { id: global.id } });
    }
  });

  it("may be upstream of a tenant's, not downstream", async () => {
    const tenant = api.newTenant();
    const [global, own] = [await createAsset(api.system), await createAsset(tenant)];
    await link(tenant, [[global.id, own.id]]);
    const error = await tenant.refusal(mutation("createAssetDependency"), {
      input: { upstreamAssetId: own.id, downstreamAssetId: global.id, dependencyType: "DATA" },
    });
    expect(error).toMatchObject({
      message: `The asset ${global.id} is global; only the system may let it depend on something.`,
      extensions: { code: "FORBIDDEN" },
    });
    expect(
      await tenant.refusal(mutation("replaceUpstreams"), { input: { assetId: global.id, upstream: [] } }),
    ).toMatchObject({ message: error.message, extensions: { code: "FORBIDDEN" } });
  });
});

describe("a global workflow", () => {
  it("has no tenant, is run by tenants, and is changed by the system alone", async () => {
    const tenant = api.newTenant();
    const workflow = await createWorkflow(api.system, { name: "shared_job" });
    const { id } = workflow;
    expect(workflow.tenantId).toBeNull();
    expect(await findWorkflow(tenant, id)).toEqual(workflow);
    expect(await createExecution(tenant, id)).toMatchObject({
      tenantId: tenant.tenantId,
      workflow: { id },
    });
    for (const [name, input] of [
      ["updateWorkflow", { id, owner: "me" }],
      ["deleteWorkflow", { id, cascade: true }],
    ] as const) {
      expect(await tenant.refusal(mutation(name), { input })).toMatchObject({
        message: `The workflow ${id} is global; only the system may change it.`,
        extensions: { code: "FORBIDDEN" },
      });
    }
    expect(
      await tenant.refusal(mutation("createWorkflowVersion"), { input: { name: "shared_job" } }),
    ).toMatchObject({
      message: 'The workflow "shared_job" is global; only the system may change it.',
      extensions: { code: "FORBIDDEN" },
    });
  });

  it("stays while tenants have runs of it, even with cascade, and the conflict names nobody", async () => {
    const tenant = api.newTenant();
    const { id } = await createWorkflow(api.system);
    const run = await createExecution(tenant, id);
    for (const cascade of [false, true]) {
      const error = await api.system.refusal(mutation("deleteWorkflow"), { input: { id, cascade } });
      expect(error.extensions.code).toBe("CONFLICT");
      expect(JSON.stringify(error)).not.toContain(tenant.tenantId);
    }
    await mutate(tenant, "deleteExecution", { id: run.id });
    await mutate(api.system, "deleteWorkflow", { id });
  });

  it("gives way by name to the tenant's own, versions and all", async () => {
    const tenant = api.newTenant();
    await createWorkflow(api.system, { name: "nightly" });
    const global = await mutate<{ workflow: { id: string } }>(api.system, "createWorkflowVersion", {
      name: "nightly",
    });
    const byName = `{
      latest: workflowByName(name: "nightly") { id version }
      second: workflowByName(name: "nightly", version: 2) { id }
    }`;
    const second = { id: global.workflow.id };
    expect(await tenant.query(byName)).toEqual({ latest: { ...second, version: 2 }, second });
    const own = await createWorkflow(tenant, { name: "nightly" });
    expect(await tenant.query(byName)).toEqual({ latest: { id: own.id, version: 1 }, second: null });
    expect(await api.newTenant().query(byName)).toEqual({ latest: { ...second, version: 2 }, second });
  });
});

it("a global execution is read by all and changed by the system alone", async () => {
  const tenant = api.newTenant();
  const workflow = await createWorkflow(api.system);
  const { id, tenantId } = await createExecution(api.system, workflow.id);
  expect(tenantId).toBeNull();
  for (const [name, input] of [
    ["updateExecution", { id, state: "RUNNING" }],
    ["deleteExecution", { id }],
  ] as const) {
    expect(await tenant.refusal(mutation(name), { input })).toMatchObject({
      message: `The execution ${id} is global; only the system may change it.`,
      extensions: { code: "FORBIDDEN" },
    });
  }
});

it("a global dependency is read by all and deleted by the system alone", async () => {
  const tenant = api.newTenant();
  const [from, to] = [await createAsset(api.system), await createAsset(api.system)];
  const [edge] = await link(api.system, [[from.id, to.id]]);
  const id = edge?.id;
  expect(
    await tenant.query("query ($id: ID!) { asset(id: $id) { upstream { nodes { id } } } }", { id: to.id }),
  ).toEqual({ asset: { upstream: { nodes: [{ id }] } } });
  for (const input of [{ id }, { id, source: "api" }]) {
    expect(await tenant.refusal(mutation("deleteAssetDependency"), { input })).toMatchObject({
      message: `The dependency ${id} is global; only the system may change it.`,
      extensions: { code: "FORBIDDEN" },
    });
  }
  expect(await mutate(api.system, "deleteAssetDependency", { id })).toEqual({
    deletedId: id,
    dependency: null,
  });
});
