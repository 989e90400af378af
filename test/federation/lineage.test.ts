import { beforeAll, describe, expect, it, vi } from "vitest";
import { GATEWAYS, prepareGateway } from "../support/federation/gateways.ts";
import { prepareGraph } from "../support/federation/graph.ts";
import { prepareApi } from "../support/graphql.ts";
import { prepareHeavy } from "../support/heavy.ts";
import { chain, type StoredShape, storeShape } from "../support/lineage-shapes.ts";
import { present } from "../support/present.ts";

const api = prepareApi();
const graph = prepareGraph(api);
const openHeavy = prepareHeavy(api);

let few: StoredShape;
let many: StoredShape;

beforeAll(async () => {
  few = await storeShape(api.store, chain(5));
  many = await storeShape(api.store, chain(500));
});

/** An asset of these, whose name is its id, with the fields of every subgraph. */
const joined = (id: string) => ({ name: id, owner: null, note: `note on ${id}`, alarm: `alarm of ${id}` });

describe.each(GATEWAYS)("a lineage through %s", (name) => {
  const gateway = prepareGateway(name, graph);

  /** What it takes to answer: statements, and requests to each subgraph. */
  async function effortOf(shape: StoredShape, document: string, variables: object) {
    let data: Record<string, unknown> = {};
    const received = [graph.storage, graph.notes, graph.alarms].map((subgraph) => subgraph.received);
    const before = received.map(({ length }) => length);
    const statements = await api.statements.during(async () => {
      data = await gateway.asTenant(shape.tenantId).query(document, variables);
    });
    const requests = received.map(({ length }, index) => length - present(before[index]));
    return { data, effort: { statements: statements.toSorted(), requests } };
  }

  it("of 500 nodes with fields of every subgraph takes one walk and one look-up", async () => {
    const document = `query ($id: ID!) {
      lineage(assetId: $id, direction: DOWNSTREAM, maxDepth: 1000, maxNodes: 500) {
        completeness
        nodes { depth asset { name owner note alarm } }
      }
    }`;
    const [short, long] = [
      await effortOf(few, document, { id: few.idOf(0) }),
      await effortOf(many, document, { id: many.idOf(0) }),
    ];
    expect(long.data).toEqual({
      lineage: {
        completeness: "COMPLETE",
        nodes: many.ids.map((id, depth) => ({ depth, asset: joined(id) })),
      },
    });
    const statements = ["asset.findManyByIds", "lineage.walk"];
    expect(long.effort).toEqual({ statements, requests: [1, 1, 1] });
    expect(short.effort).toEqual(long.effort);
  });

  it.each([
    ["names", "asset.findManyByNames", "($keys: [String!]!) { notedAssets(names: $keys)"],
    ["knows by id", "asset.findManyByIds", "($keys: [ID!]!) { alarmedAssets(ids: $keys)"],
  ])("whose 500 assets another subgraph %s takes one look-up", async (_, statement, asked) => {
    const document = `query ${asked} { name owner note alarm } }`;
    const [short, long] = [
      await effortOf(few, document, { keys: few.ids }),
      await effortOf(many, document, { keys: many.ids }),
    ];
    expect(Object.values(long.data)).toEqual([many.ids.map(joined)]);
    expect(long.effort).toEqual({ statements: [statement], requests: [1, 1, 1] });
    expect(short.effort).toEqual(long.effort);
  });

  it("whose 500 assets are looked up in a thread for heavy operations is the same", async () => {
    const { app, heavy } = openHeavy();
    const execute = vi.spyOn(heavy, "execute");
    graph.storage.serve(app);
    const document = "query ($ids: [ID!]!) { alarmedAssets(ids: $ids) { name description note alarm } }";
    expect(await gateway.asTenant(many.tenantId).query(document, { ids: many.ids })).toMatchObject({
      alarmedAssets: many.ids.map((name) => ({ name, description: null, note: `note on ${name}` })),
    });
    expect(execute).toHaveBeenCalledOnce();
  });

  it("begins at an asset that another subgraph names", async () => {
    const [first, second] = few.ids;
    const document = `query ($name: String!) {
      notedAssets(names: [$name]) {
        note
        lineage(direction: DOWNSTREAM, maxDepth: 1) { nodes { depth asset { note } } }
      }
    }`;
    expect(await gateway.asTenant(few.tenantId).query(document, { name: first })).toEqual({
      notedAssets: [
        {
          note: `note on ${first}`,
          lineage: {
            nodes: [
              { depth: 0, asset: { note: `note on ${first}` } },
              { depth: 1, asset: { note: `note on ${second}` } },
            ],
          },
        },
      ],
    });
  });
});
