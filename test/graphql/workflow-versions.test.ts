import { describe, expect, it } from "vitest";
import { prepareApi } from "../support/graphql.ts";
import {
  createExecution,
  createWorkflow,
  createWorkflowVersion,
  findWorkflow,
  findWorkflowByName,
  mutation,
  wholeWorkflow,
} from "../support/graphql-operations.ts";

const api = prepareApi();

describe("createWorkflowVersion", () => {
  it("takes over what is not given, and is the latest", async () => {
    const tenant = api.newTenant();
    const first = await createWorkflow(tenant, (await wholeWorkflow(tenant)).input);
    const second = await createWorkflowVersion(tenant, { name: first.name });
    const { id, createdAt, updatedAt } = second;
    expect(second).toEqual({ ...first, id, createdAt, updatedAt, version: 2 });
    expect(id).not.toBe(first.id);
    expect(await findWorkflow(tenant, first.id)).toEqual({ ...first, isLatest: false });
    expect(await findWorkflowByName(tenant, first.name)).toEqual(second);
    expect(await findWorkflowByName(tenant, first.name, 1)).toMatchObject({ id: first.id });
  });

  it("takes what is given instead, and clears what is null", async () => {
    const tenant = api.newTenant();
    const { input, assets } = await wholeWorkflow(tenant);
    const first = await createWorkflow(tenant, input);
    const second = await createWorkflowVersion(tenant, {
      name: first.name,
      description: null,
      tags: null,
      properties: null,
      owner: "controlling",
      assets: [{ assetId: assets.orders.id, role: "OUTPUT" }],
    });
    expect(second).toMatchObject({
      version: 2,
      description: null,
      tags: [],
      properties: {},
      owner: "controlling",
      assets: [{ role: "OUTPUT", position: 0, asset: { id: assets.orders.id } }],
    });
    const third = await createWorkflowVersion(tenant, { name: first.name, assets: null });
    expect(third).toMatchObject({ version: 3, owner: "controlling", assets: [] });
    expect((await findWorkflow(tenant, first.id))?.assets).toEqual(first.assets);
  });

  it("numbers versions that are made at once one after the other", async () => {
    const tenant = api.newTenant();
    const { name } = await createWorkflow(tenant);
    const made = await Promise.all([1, 2, 3, 4, 5].map(() => createWorkflowVersion(tenant, { name })));
    expect(made.map(({ version }) => version).sort()).toEqual([2, 3, 4, 5, 6]);
    expect((await findWorkflowByName(tenant, name))?.version).toBe(6);
  });

  it("needs a workflow of that name", async () => {
    const error = await api
      .newTenant()
      .refusal(mutation("createWorkflowVersion"), { input: { name: "nobody's" } });
    expect(error).toMatchObject({
      message: 'No workflow is named "nobody\'s".',
      extensions: { code: "NOT_FOUND" },
    });
  });
});

it("executions belong to the version that was run", async () => {
  const tenant = api.newTenant();
  const first = await createWorkflow(tenant);
  const run = await createExecution(tenant, first.id);
  const second = await createWorkflowVersion(tenant, { name: first.name });
  const data = await tenant.query(
    `query ($first: ID!, $second: ID!) {
      first: workflow(id: $first) { executions { totalCount nodes { id } } latestExecution { id } }
      second: workflow(id: $second) { executions { totalCount nodes { id } } latestExecution { id } }
    }`,
    { first: first.id, second: second.id },
  );
  expect(data).toEqual({
    first: { executions: { totalCount: 1, nodes: [{ id: run.id }] }, latestExecution: { id: run.id } },
    second: { executions: { totalCount: 0, nodes: [] }, latestExecution: null },
  });
});
