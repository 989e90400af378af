// The second subgraph: a service that knows which dashboards read an asset. node dashboards.js [--port 4001]
import { parseArgs } from "node:util";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { parse } from "graphql";

/** By tenant, because each has its own: a gateway does not keep them apart. */
const DASHBOARDS = {
  demo: [
    { id: "1", title: "Revenue this month", reads: ["shop.daily_revenue", "reference.currency_rates"] },
    { id: "2", title: "Who is about to leave", reads: ["ml.churn_scores", "shop.customers"] },
    { id: "3", title: "Orders today", reads: ["shop.orders"] },
  ],
};

const typeDefs = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])

  type Query {
    dashboards: [Dashboard!]!
  }

  type Dashboard @key(fields: "id") {
    id: ID!
    title: String!
    "What it reads. Null stands for an asset that the tenant does not have (any more)."
    assets: [Asset]!
  }

  extend type Asset @key(fields: "name") {
    name: String!
    "Those that read this asset."
    dashboards: [Dashboard!]!
  }
`);

const resolvers = {
  Query: {
    dashboards: (_, __, { dashboards }) => dashboards,
  },
  Dashboard: {
    __resolveReference: ({ id }, { dashboards }) => dashboards.find((dashboard) => dashboard.id === id),
    assets: ({ reads }) => reads.map((name) => ({ name })),
  },
  Asset: {
    dashboards: ({ name }, _, { dashboards }) => dashboards.filter(({ reads }) => reads.includes(name)),
  },
};

const { values } = parseArgs({ options: { port: { type: "string", default: "4001" } } });
const server = new ApolloServer({ schema: buildSubgraphSchema({ typeDefs, resolvers }) });
const { url } = await startStandaloneServer(server, {
  listen: { host: "127.0.0.1", port: Number(values.port) },
  context: async ({ req }) => ({ dashboards: DASHBOARDS[req.headers["x-tenant-id"]] ?? [] }),
});
process.stdout.write(`Dashboards at ${url}\n`);
