import { describe, expect, it } from "vitest";
import { withClient } from "../setup/connection.ts";
import type { Answer } from "../support/answer.ts";
import { terminateBackends, untilBlocked } from "../support/concurrency.ts";
import { type Client, prepareApi } from "../support/graphql.ts";
import { createExecution, createWorkflow } from "../support/graphql-operations.ts";

const api = prepareApi({ retry: { minDelayMs: 1, maxDelayMs: 50 } });

/** Sends a document whose statement waits for a table, ends its connection meanwhile, and frees the table. */
async function interrupted<Data>(
  client: Client,
  table: string,
  statement: string,
  document: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Answer<Data>> {
  const { database } = api.store;
  return withClient(database.ownerUrl, async (owner) => {
    await owner.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    const answering = client.send<Data>(document, variables);
    await untilBlocked(database);
    expect(await terminateBackends(database, `/* ${statement} */`)).toBe(1);
    await owner.query("COMMIT");
    return answering;
  });
}

describe("when the connection is lost in the middle", () => {
  it("a query is executed anew", async () => {
    const tenant = api.newTenant();
    await createWorkflow(tenant, { name: "found" });
    const start = api.statements.names.length;
    const { data, errors } = await interrupted(
      tenant,
      "workflows",
      "workflow.page",
      '{ assets { totalCount } workflows(filter: { name: { exact: "found" } }) { nodes { name } } }',
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({ assets: { totalCount: 0 }, workflows: { nodes: [{ name: "found" }] } });
    const pages = api.statements.names.slice(start).filter((name) => name === "workflow.page");
    expect(pages).toHaveLength(2);
  });

  it("a mutation is not repeated, and says that it may have been stored", async () => {
    const tenant = api.newTenant();
    const start = api.statements.names.length;
    const { data, errors } = await interrupted(
      tenant,
      "asset_tags",
      "asset.insert",
      'mutation { createAsset(input: { name: "once", assetType: "t", tags: ["x"] }) { asset { id } } }',
    );
    expect(data).toEqual({ createAsset: null });
    expect(errors).toMatchObject([
      {
        message:
          "The connection to the database was lost; a write may or may not have been stored, so look before you repeat it.",
        extensions: { code: "UNAVAILABLE", retryable: false },
      },
    ]);
    const inserts = api.statements.names.slice(start).filter((name) => name === "asset.insert");
    expect(new Set(inserts).size).toBe(1);
    expect(await tenant.query('{ assetByName(name: "once") { id } }')).toEqual({ assetByName: null });
  });

  it("a mutation is not done again because its payload could not be read", async () => {
    const tenant = api.newTenant();
    const document = `mutation Create($name: String!) {
      createAsset(input: { name: $name, assetType: "t" }) { asset { name upstream { totalCount } } } }`;
    // It follows a plan then.
    for (const name of ["a", "b"]) await tenant.query(document, { name });
    const start = api.statements.names.length;
    const { data, errors } = await interrupted(
      tenant,
      "asset_dependencies",
      "dependency.pagesByAsset",
      document,
      { name: "c" },
    );
    expect(errors).toMatchObject([
      { path: ["createAsset", "asset", "upstream"], extensions: { code: "UNAVAILABLE", retryable: true } },
    ]);
    expect(data).toEqual({ createAsset: null });
    expect(api.statements.names.slice(start)).toEqual(["asset.insert", "dependency.pagesByAsset"]);
    const found = await tenant.query('{ assetByName(name: "c") { name } }');
    expect(found).toEqual({ assetByName: { name: "c" } });
  });

  it("an execution is made once under its idempotency key, though the call is repeated", async () => {
    const tenant = api.newTenant();
    const { id } = await createWorkflow(tenant);
    const { data, errors } = await interrupted<{ createExecution: { created: boolean } }>(
      tenant,
      "executions",
      "execution.insertOrGet",
      `mutation {
        createExecution(input: { workflowId: "${id}", idempotencyKey: "k" }) { created execution { idempotencyKey } }
      }`,
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({ createExecution: { created: true, execution: { idempotencyKey: "k" } } });
    expect(await tenant.query("{ executions(filter: {}) { totalCount } }")).toEqual({
      executions: { totalCount: 1 },
    });
  });

  it("an execution without a key is not made again", async () => {
    const tenant = api.newTenant();
    const { id } = await createWorkflow(tenant);
    const { errors } = await interrupted(
      tenant,
      "executions",
      "execution.insertOrGet",
      `mutation { createExecution(input: { workflowId: "${id}" }) { created } }`,
    );
    expect(errors).toMatchObject([{ extensions: { code: "UNAVAILABLE", retryable: false } }]);
    await createExecution(tenant, id);
    expect(await tenant.query("{ executions { totalCount } }")).toEqual({ executions: { totalCount: 1 } });
  });
});
