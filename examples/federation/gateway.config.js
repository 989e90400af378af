// The configuration of Hive Gateway, which looks for a file of this name: npx hive-gateway supergraph supergraph.graphql
import { readFileSync } from "node:fs";
import { defineConfig } from "@graphql-hive/gateway";
import { forwardedHeaders } from "./forwarded-headers.js";

/** What there is to try on the gateway's page. */
const example = {
  name: "Lineage",
  description: "What a report is made from, and which dashboards read that.",
  query: readFileSync(new URL("lineage.graphql", import.meta.url), "utf8"),
  headers: JSON.stringify({ "x-tenant-id": "demo" }),
  ...{ id: "lineage", createdAt: "2026-01-01T00:00:00Z", variables: "", extensions: "" },
};
const { createdAt } = example;

export const gatewayConfig = defineConfig({
  host: "127.0.0.1",
  propagateHeaders: {
    fromClientToSubgraphs: ({ request }) => forwardedHeaders((name) => request.headers.get(name)),
  },
  // Priced by the @cost and @listSize of the subgraphs, in servo-storage's units; each of its queries counts.
  demandControl: { maxCost: 1_000_000, includeExtensionMetadata: true },
  graphiql: { defaultCollections: [{ id: "example", name: "Example", createdAt, operations: [example] }] },
});
