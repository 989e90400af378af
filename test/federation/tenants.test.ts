import { beforeAll, describe, expect, it } from "vitest";
import { link, newAsset, newWorkflow, storeAsset, storeExecution } from "../support/factories.ts";
import { GATEWAYS, type Gateway, prepareGateway } from "../support/federation/gateways.ts";
import { prepareGraph } from "../support/federation/graph.ts";
import { prepareApi } from "../support/graphql.ts";

const api = prepareApi();
const graph = prepareGraph(api);

type Ids = Readonly<Record<"asset" | "workflow" | "execution" | "dependency", string>>;

/** Two tenants who own an asset and a workflow by the same names; the first has more. */
const [ann, bob] = [api.store.newTenant(), api.store.newTenant()];
let ofAnn: Ids;

async function storeNamesakes({ id: owner, run }: typeof ann) {
  const asset = await run(({ assets }) => assets.insert(newAsset({ name: "orders", owner })));
  const workflow = await run(({ workflows }) => workflows.insert(newWorkflow({ name: "load", owner })));
  return { asset, workflow };
}

beforeAll(async () => {
  await storeNamesakes(bob);
  const { asset, workflow } = await storeNamesakes(ann);
  const secret = await storeAsset(ann, { name: "secret" });
  const execution = await storeExecution(ann, workflow.id);
  const dependency = await ann.run((repositories) => link(repositories, secret.id, asset.id));
  const ids = { asset: secret.id, workflow: workflow.id, execution: execution.id };
  ofAnn = { ...ids, dependency: dependency.id };
  await storeAsset(api.store.system, { name: "calendar" });
});

const BY_EVERY_KEY = `query ($asset: ID!, $names: [String!]!, $workflow: ID!, $execution: ID!, $dependency: ID!) {
  alarmedAssets(ids: [$asset]) { name }
  notedAssets(names: $names) { id }
  alarmedWorkflow(id: $workflow) { name }
  alarmedExecution(id: $execution) { state }
  alarmedDependency(id: $dependency) { dependencyType }
}`;

describe.each(GATEWAYS)("through %s", (name) => {
  const gateway: Gateway = prepareGateway(name, graph);

  it("a tenant finds its own by every key, and another's by none", async () => {
    const own = { ...ofAnn, names: ["secret"] };
    expect(await gateway.asTenant(ann.id).query(BY_EVERY_KEY, own)).toEqual({
      alarmedAssets: [{ name: "secret" }],
      notedAssets: [{ id: ofAnn.asset }],
      alarmedWorkflow: { name: "load" },
      alarmedExecution: { state: "PENDING" },
      alarmedDependency: { dependencyType: "DATA" },
    });
    for (const client of [gateway.asTenant(bob.id), gateway.with({})]) {
      const { data } = await client.send(BY_EVERY_KEY, own);
      expect(data).toEqual({
        alarmedAssets: [null],
        notedAssets: [null],
        alarmedWorkflow: null,
        alarmedExecution: null,
        alarmedDependency: null,
      });
    }
  });

  it("of another tenant's asset, nothing is told but what another subgraph says itself", async () => {
    const document = "query ($ids: [ID!]!) { alarmedAssets(ids: $ids) { id owner description alarm } }";
    const { data } = await gateway.asTenant(bob.id).send(document, { ids: [ofAnn.asset] });
    const alarm = `alarm of ${ofAnn.asset}`;
    expect(data).toEqual({ alarmedAssets: [{ id: ofAnn.asset, owner: null, description: null, alarm }] });
  });

  it("each tenant gets its own by a name that both have, also when both ask at once", async () => {
    const document = `{
      notedAssets(names: ["orders"]) { owner note }
      notedWorkflow(name: "load", version: 1) { owner note }
    }`;
    const asked = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? ann : bob));
    // With one id, so that a gateway that sends what is equal once has nothing but the tenant to tell them apart.
    const headers = { "x-request-id": "the-same" };
    const answers = await Promise.all(
      asked.map(({ id }) => gateway.with({ ...headers, "x-tenant-id": id }).query(document)),
    );
    expect(answers).toEqual(
      asked.map(({ id: owner }) => ({
        notedAssets: [{ owner, note: "note on orders" }],
        notedWorkflow: { owner, note: "note on load 1" },
      })),
    );
  });

  it("global data are everybody's to read", async () => {
    for (const client of [gateway.asTenant(ann.id), gateway.with({})]) {
      expect(await client.query('{ notedAssets(names: ["calendar"]) { tenantId assetType note } }')).toEqual({
        notedAssets: [{ tenantId: null, assetType: "table", note: "note on calendar" }],
      });
    }
  });

  it("nobody makes itself the system", async () => {
    const client = gateway.with({ "x-tenant-id": bob.id, "x-servo-role": "system" });
    const document = `mutation { createAsset(input: { name: "${name}", assetType: "t" }) { asset { createdBy } } }`;
    expect(await client.query(document)).toEqual({ createAsset: { asset: { createdBy: bob.id } } });
    expect(graph.storage.received.at(-1)).not.toHaveProperty("x-servo-role");
  });
});
