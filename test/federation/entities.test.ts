import { beforeAll, describe, expect, it } from "vitest";
import { link, storeAssets, storeExecution, storeWorkflow, UNKNOWN_ID } from "../support/factories.ts";
import { GATEWAYS, prepareGateway } from "../support/federation/gateways.ts";
import { prepareGraph } from "../support/federation/graph.ts";
import { prepareApi } from "../support/graphql.ts";
import { present } from "../support/present.ts";

const api = prepareApi();
const graph = prepareGraph(api);

/** What a tenant has, by id. */
let stored: Readonly<
  Record<"tenantId" | "orders" | "revenue" | "workflow" | "execution" | "dependency", string>
>;

beforeAll(async () => {
  const tenant = api.store.newTenant();
  const [orders, revenue] = (await storeAssets(tenant, ["orders", "revenue"])).map(({ id }) => id);
  const workflow = await storeWorkflow(tenant, { name: "load", description: "Loads." });
  const execution = await storeExecution(tenant, workflow.id);
  const dependency = await tenant.run((repositories) =>
    link(repositories, present(orders), present(revenue)),
  );
  stored = {
    ...{ tenantId: tenant.id, orders: present(orders), revenue: present(revenue) },
    ...{ workflow: workflow.id, execution: execution.id, dependency: dependency.id },
  };
});

describe.each(GATEWAYS)("%s joins", (name) => {
  const gateway = prepareGateway(name, graph);
  const ask = <Data>(document: string, variables?: object) =>
    gateway.asTenant(stored.tenantId).query<Data>(document, variables);

  it("assets that another subgraph names, and what others hang on them by either key", async () => {
    const { orders, revenue } = stored;
    const document =
      "query ($names: [String!]!) { notedAssets(names: $names) { id name assetType note alarm } }";
    const shown = (name: string, id: string) => ({
      ...{ id, name, assetType: "table", note: `note on ${name}`, alarm: `alarm of ${id}` },
    });
    expect(await ask(document, { names: ["revenue", "orders", "revenue"] })).toEqual({
      notedAssets: [shown("revenue", revenue), shown("orders", orders), shown("revenue", revenue)],
    });
  });

  it("assets that another subgraph knows by id", async () => {
    const { orders, revenue } = stored;
    const document = "query ($ids: [ID!]!) { alarmedAssets(ids: $ids) { id name note alarm } }";
    const shown = (name: string, id: string) => ({
      ...{ id, name, note: `note on ${name}`, alarm: `alarm of ${id}` },
    });
    expect(await ask(document, { ids: [revenue, orders] })).toEqual({
      alarmedAssets: [shown("revenue", revenue), shown("orders", orders)],
    });
  });

  it("assets that are absent as null, in their places", async () => {
    const client = gateway.asTenant(stored.tenantId);
    const byName = await client.send('{ notedAssets(names: ["nope", "orders"]) { name assetType } }');
    expect(byName.data).toEqual({ notedAssets: [null, { name: "orders", assetType: "table" }] });
    const byId = await client.send("query ($ids: [ID!]!) { alarmedAssets(ids: $ids) { owner name } }", {
      ids: [UNKNOWN_ID, stored.orders],
    });
    expect(byId.data).toEqual({ alarmedAssets: [null, { owner: null, name: "orders" }] });
  });

  it("workflows by name and version, and by id", async () => {
    const { workflow } = stored;
    const shown = {
      ...{ id: workflow, name: "load", version: 1, description: "Loads." },
      ...{ note: "note on load 1", alarm: `alarm of ${workflow}` },
    };
    const fields = "{ id name version description note alarm }";
    expect(
      await ask(
        `query ($id: ID!) {
          notedWorkflow(name: "load", version: 1) ${fields}
          alarmedWorkflow(id: $id) ${fields}
          workflow(id: $id) ${fields}
        }`,
        { id: workflow },
      ),
    ).toEqual({ notedWorkflow: shown, alarmedWorkflow: shown, workflow: shown });
  });

  it("executions by id", async () => {
    const { execution: id } = stored;
    const shown = { id, state: "PENDING", workflow: { name: "load", note: "note on load 1" } };
    const fields = "{ id state alarm workflow { name note } }";
    expect(
      await ask(`query ($id: ID!) { alarmedExecution(id: $id) ${fields} execution(id: $id) ${fields} }`, {
        id,
      }),
    ).toEqual({
      alarmedExecution: { ...shown, alarm: `alarm of ${id}` },
      execution: { ...shown, alarm: `alarm of ${id}` },
    });
  });

  it("dependencies by id", async () => {
    const { dependency: id, revenue } = stored;
    const shown = { id, dependencyType: "DATA", alarm: `alarm of ${id}`, upstream: { name: "orders" } };
    const fields = "{ id dependencyType alarm upstream { name } }";
    expect(
      await ask(
        `query ($id: ID!, $revenue: ID!) {
          alarmedDependency(id: $id) ${fields}
          asset(id: $revenue) { upstream { nodes ${fields} } }
        }`,
        { id, revenue },
      ),
    ).toEqual({ alarmedDependency: shown, asset: { upstream: { nodes: [shown] } } });
  });
});
