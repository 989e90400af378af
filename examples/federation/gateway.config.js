// The configuration of Hive Gateway, which looks for a file of this name: npx hive-gateway supergraph supergraph.graphql
import { defineConfig } from "@graphql-hive/gateway";
import { forwardedHeaders } from "./forwarded-headers.js";

export const gatewayConfig = defineConfig({
  host: "127.0.0.1",
  propagateHeaders: {
    fromClientToSubgraphs: ({ request }) => forwardedHeaders((name) => request.headers.get(name)),
  },
  // Priced by the @cost and @listSize of the subgraphs, in servo-storage's units; each of its queries counts.
  demandControl: { maxCost: 1_000_000, includeExtensionMetadata: true },
});
