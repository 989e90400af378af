import { describe, expect, it } from "vitest";
import { UNKNOWN_ID } from "../support/factories.ts";
import { ask } from "../support/federation/ask.ts";
import { prepareGateway } from "../support/federation/gateways.ts";
import { prepareGraph } from "../support/federation/graph.ts";
import { prepareApi } from "../support/graphql.ts";

const api = prepareApi();
const graph = prepareGraph(api);

/** Of the two, the one that has demand control. */
const gateway = prepareGateway("Hive Gateway", graph);

const lineage = (args: string) => `{ lineage(assetId: "${UNKNOWN_ID}"${args}) { nodes { asset { name } } } }`;

/** Each object is 1; beside that, what @cost and @listSize say. */
describe("a gateway prices", () => {
  it.each([
    ["a page by its length", "{ assets(first: 10) { nodes { name } } }", 1 + 10],
    ["fields by their weight", "{ assets(first: 10) { totalCount nodes { name } } }", 1 + 1000 + 10],
    ["a field of each row", "{ assets(first: 10) { nodes { description } } }", 1 + 10 * (1 + 40)],
    ["a lineage by the nodes asked for", lineage(", maxNodes: 10"), 1 + 1000 + 10 * 2],
    ["a lineage by the nodes that it has by default", lineage(""), 1 + 1000 + 500 * 2],
  ])("%s", async (_, query, estimated) => {
    expect(await ask(gateway.url, query)).toMatchObject({ extensions: { cost: { estimated } } });
    expect(graph.storage.received).toHaveLength(1);
  });

  it("a query out of reach, and does not send it", async () => {
    const rows = "first: 1000) { nodes { upstream(first: 1000) { nodes { upstream { name } } } }";
    expect(await ask(gateway.url, `{ assets(${rows} } }`)).toMatchObject({
      data: null,
      errors: [{ extensions: { code: "COST_ESTIMATED_TOO_EXPENSIVE" } }],
    });
    expect(graph.storage.received).toEqual([]);
  });
});
