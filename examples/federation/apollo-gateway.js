// Apollo Gateway for a supergraph: node apollo-gateway.js supergraph.graphql [--port 4000]
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ApolloGateway, RemoteGraphQLDataSource } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { GraphQLError } from "graphql";
import { forwardedHeaders } from "./forwarded-headers.js";

class Subgraph extends RemoteGraphQLDataSource {
  willSendRequest({ request, context }) {
    for (const [name, value] of Object.entries(context.headers ?? {})) request.http.headers.set(name, value);
  }

  /** A refusal before execution has a status of its own. Without this, the gateway would put it in the place of the error. */
  async errorFromResponse(response) {
    const body = await this.parseBody(response.clone());
    const [refusal] = body.errors ?? [];
    if (refusal === undefined) return super.errorFromResponse(response);
    return new GraphQLError(refusal.message, { extensions: refusal.extensions });
  }
}

const { values, positionals } = parseArgs({
  options: { port: { type: "string", default: "4000" } },
  allowPositionals: true,
});
const [supergraph = "supergraph.graphql"] = positionals;

const server = new ApolloServer({
  gateway: new ApolloGateway({
    supergraphSdl: readFileSync(supergraph, "utf8"),
    buildService: ({ url }) => new Subgraph({ url }),
  }),
  includeStacktraceInErrorResponses: false,
});
const { url } = await startStandaloneServer(server, {
  listen: { host: "127.0.0.1", port: Number(values.port) },
  context: async ({ req }) => ({ headers: forwardedHeaders((name) => req.headers[name]) }),
});
process.stdout.write(`Apollo Gateway at ${url}\n`);
