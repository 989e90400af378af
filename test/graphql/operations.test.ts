import { describe, expect, it } from "vitest";
import { withClient } from "../setup/connection.ts";
import { untilBlocked } from "../support/concurrency.ts";
import { UNKNOWN_ID } from "../support/factories.ts";
import { prepareApi } from "../support/graphql.ts";
import {
  createAsset,
  createExecution,
  createWorkflow,
  findAsset,
  link,
} from "../support/graphql-operations.ts";

const api = prepareApi();

describe("the fields of a mutation", () => {
  it("are stored one by one: what one did stays although the next fails", async () => {
    const tenant = api.newTenant();
    const answer = await tenant.send(`mutation {
      first: createAsset(input: { name: "first", assetType: "table" }) { asset { id } }
      second: createAsset(input: { name: "first", assetType: "table" }) { asset { id } }
      third: createAsset(input: { name: "third", assetType: "table" }) { asset { id } }
    }`);
    expect(answer.errors).toMatchObject([{ path: ["second"], extensions: { code: "CONFLICT" } }]);
    const stored = { asset: { id: expect.any(String) } };
    expect(answer.data).toEqual({ first: stored, second: null, third: stored });
    expect(
      await tenant.query(
        '{ first: assetByName(name: "first") { name } third: assetByName(name: "third") { name } }',
      ),
    ).toMatchObject({ first: { name: "first" } });
  });

  it("are stored whole or not at all", async () => {
    const tenant = api.newTenant();
    const error = await tenant.refusal(`mutation {
      createWorkflow(input: { name: "half", assets: [{ assetId: "${UNKNOWN_ID}", role: INPUT }] }) {
        workflow { id }
      }
    }`);
    expect(error.extensions.code).toBe("NOT_FOUND");
    expect(await tenant.query('{ workflowByName(name: "half") { id } }')).toEqual({ workflowByName: null });
  });

  it("run in their order, and each payload shows what is stored by then", async () => {
    const tenant = api.newTenant();
    const [from, to] = [await createAsset(tenant, { name: "n0" }), await createAsset(tenant)];
    await link(tenant, [[from.id, to.id]]);
    const payload = "asset { name downstream { nodes { upstream { name downstream { totalCount } } } } }";
    const data = await tenant.query(
      `mutation ($from: ID!, $to: ID!) {
        a: updateAsset(input: { id: $from, name: "n1" }) { ${payload} }
        b: updateAsset(input: { id: $from, name: "n2" }) { ${payload} }
        c: createAssetDependency(
          input: { upstreamAssetId: $from, downstreamAssetId: $to, dependencyType: CONTROL }
        ) { dependency { upstream { name downstream { totalCount } } } }
        d: updateAsset(input: { id: $from, name: "n3" }) { asset { name downstream { totalCount } } }
        e: deleteAsset(input: { id: $to }) { deletedId }
        f: updateAsset(input: { id: $from, name: "n4" }) { asset { name downstream { totalCount } } }
      }`,
      { from: from.id, to: to.id },
    );
    const shown = (name: string) => ({
      asset: { name, downstream: { nodes: [{ upstream: { name, downstream: { totalCount: 1 } } }] } },
    });
    expect(data).toEqual({
      a: shown("n1"),
      b: shown("n2"),
      c: { dependency: { upstream: { name: "n2", downstream: { totalCount: 2 } } } },
      d: { asset: { name: "n3", downstream: { totalCount: 2 } } },
      e: { deletedId: to.id },
      f: { asset: { name: "n4", downstream: { totalCount: 0 } } },
    });
  });

  it("need no more than one connection, though payloads read", async () => {
    const { asTenant, database } = api.open({ pool: { max: 1, acquireTimeoutMs: 5_000 } });
    const tenant = asTenant("one-connection");
    const names = ["a", "b", "c", "d", "e", "f"];
    const made = await Promise.all(
      names.map((name) =>
        tenant.query(`mutation {
          x: createAsset(input: { name: "${name}1", assetType: "t" }) { asset { name upstream { totalCount } } }
          y: createAsset(input: { name: "${name}2", assetType: "t" }) { asset { name workflows { totalCount } } }
        }`),
      ),
    );
    expect(made).toEqual(
      names.map((name) => ({
        x: { asset: { name: `${name}1`, upstream: { totalCount: 0 } } },
        y: { asset: { name: `${name}2`, workflows: { totalCount: 0 } } },
      })),
    );
    expect(database.pool.totalCount).toBe(1);
  });
});

describe("the fields of a query", () => {
  it("see one snapshot, whatever is stored while they run", async () => {
    const tenant = api.newTenant();
    await createAsset(tenant, { name: "before" });
    const { asked, stored } = await withClient(api.store.database.ownerUrl, async (owner) => {
      // Holds the query after its first statement, which takes the snapshot.
      await owner.query("BEGIN; LOCK TABLE workflows IN ACCESS EXCLUSIVE MODE");
      const asked = tenant.query(
        "{ assets { totalCount nodes { name } } workflows { totalCount } again: assets { nodes { name } } }",
      );
      await untilBlocked(api.store.database);
      const stored = await createAsset(tenant, { name: "meanwhile" });
      await owner.query("COMMIT");
      return { asked: await asked, stored };
    });
    const nodes = [{ name: "before" }];
    expect(asked).toEqual({
      assets: { totalCount: 1, nodes },
      workflows: { totalCount: 0 },
      again: { nodes },
    });
    expect(await findAsset(tenant, stored.id)).toEqual(stored);
  });

  it("come in the order they were asked for", async () => {
    const tenant = api.newTenant();
    const { id } = await createAsset(tenant);
    const data = await tenant.query<Record<string, object>>(
      `query ($id: ID!) {
        c: assets { totalCount pageInfo { endCursor hasNextPage } nodes { name id } }
        a: asset(id: $id) { upstream { totalCount } name id }
        b: __typename
      }`,
      { id },
    );
    expect(Object.keys(data)).toEqual(["c", "a", "b"]);
    expect(Object.keys(data.c ?? {})).toEqual(["totalCount", "pageInfo", "nodes"]);
    expect(Object.keys(data.a ?? {})).toEqual(["upstream", "name", "id"]);
  });

  it("fail without the others when they may be null", async () => {
    const tenant = api.newTenant();
    const { id } = await createAsset(tenant);
    const answer = await tenant.send(
      'query ($id: ID!) { bad: asset(id: "x") { id } good: asset(id: $id) { id } }',
      {
        id,
      },
    );
    expect(answer.data).toEqual({ bad: null, good: { id } });
    expect(answer.errors).toMatchObject([{ path: ["bad"], message: "id must be a UUID" }]);
  });
});

it("a connection goes back to the pool after each operation, however it ends", async () => {
  const { asTenant, database } = api.open({
    pool: { max: 1, acquireTimeoutMs: 2_000 },
    retry: { attempts: 1 },
  });
  const tenant = asTenant("returning");
  const { id } = await createWorkflow(tenant);
  await createExecution(tenant, id);
  const make = 'mutation { createAsset(input: { name: "taken", assetType: "t" }) { asset { id } } }';
  const endings = [
    "{ assets { totalCount } }",
    make,
    make,
    '{ assets(after: "x") { totalCount } }',
    '{ asset(id: "x") { id } assets { totalCount } }',
    // The answer is given up at once, while the workflows are still being read.
    "{ workflows { nodes { executions { nodes { workflow { id } } } } } assets(first: 0) { totalCount } }",
    "{ assets { nodes { upstream { totalCount } downstream(first: 0) { totalCount } workflows { totalCount } } } }",
  ];
  for (let times = 0; times < 3; times += 1) for (const document of endings) await tenant.send(document);
  await expect.poll(() => database.pool.idleCount).toBe(1);
  expect([database.pool.totalCount, database.pool.waitingCount]).toEqual([1, 0]);
});
