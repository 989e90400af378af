import type { IncomingHttpHeaders } from "node:http";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { parse } from "graphql";
import { createYoga } from "graphql-yoga";
import { type HttpServer, listen } from "../../../src/http/server.ts";

/** Another team's service. What it hangs on an object tells the key that it was given. */
export interface OtherSubgraph {
  readonly name: string;
  readonly url: string;
  /** The headers of each request that came. */
  readonly received: IncomingHttpHeaders[];
  /** What goes wrong in its fields. Default: nothing. */
  failure: Error | undefined;
  /** Whether it hangs up without an answer. Default: no. */
  absent: boolean;
  close(): Promise<void>;
}

type Representation = Readonly<Record<string, unknown>>;

/** Refers to objects by their names, and hangs notes on them. */
const NOTES = `
  type Query {
    notedAssets(names: [String!]!): [Asset]!
    notedWorkflow(name: String!, version: Int!): Workflow
  }

  type Asset @key(fields: "name") {
    name: String!
    note: String
  }

  type Workflow @key(fields: "name version") {
    name: String!
    version: Int!
    note: String
  }
`;

/** Refers to objects by their ids, and hangs alarms on them. */
const ALARMS = `
  type Query {
    alarmedAssets(ids: [ID!]!): [Asset]!
    alarmedWorkflow(id: ID!): Workflow
    alarmedExecution(id: ID!): Execution
    alarmedDependency(id: ID!): AssetDependency
  }

  type Asset @key(fields: "id") {
    id: ID!
    alarm: String
  }

  type Workflow @key(fields: "id") {
    id: ID!
    alarm: String
  }

  type Execution @key(fields: "id") {
    id: ID!
    alarm: String
  }

  type AssetDependency @key(fields: "id") {
    id: ID!
    alarm: String
  }
`;

const asGiven = (_: unknown, key: Representation) => key;

export function serveNotes(): Promise<OtherSubgraph> {
  const note = ({ name, version }: Representation) => `note on ${[name, version].join(" ").trim()}`;
  return serve("notes", NOTES, {
    Query: {
      notedAssets: (_: unknown, { names }: { names: readonly string[] }) => names.map((name) => ({ name })),
      notedWorkflow: asGiven,
    },
    Asset: { note },
    Workflow: { note },
  });
}

export function serveAlarms(): Promise<OtherSubgraph> {
  const alarm = ({ id }: Representation) => `alarm of ${id}`;
  return serve("alarms", ALARMS, {
    Query: {
      alarmedAssets: (_: unknown, { ids }: { ids: readonly string[] }) => ids.map((id) => ({ id })),
      alarmedWorkflow: asGiven,
      alarmedExecution: asGiven,
      alarmedDependency: asGiven,
    },
    Asset: { alarm },
    Workflow: { alarm },
    Execution: { alarm },
    AssetDependency: { alarm },
  });
}

type Resolver = (...args: never[]) => unknown;

async function serve(
  name: string,
  types: string,
  resolvers: Readonly<Record<string, Readonly<Record<string, Resolver>>>>,
): Promise<OtherSubgraph> {
  const state = { failure: undefined as Error | undefined, absent: false };
  const failing = Object.entries(resolvers).map(([type, fields]) => [
    type,
    Object.fromEntries(
      Object.entries(fields).map(([field, resolve]) => [
        field,
        (...args: never[]) => {
          if (state.failure !== undefined) throw state.failure;
          return resolve(...args);
        },
      ]),
    ),
  ]);
  const typeDefs = parse(
    `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])\n${types}`,
  );
  const schema = buildSubgraphSchema({ typeDefs, resolvers: Object.fromEntries(failing) });
  const yoga = createYoga({ schema, logging: false, maskedErrors: false });
  const received: IncomingHttpHeaders[] = [];
  const server: HttpServer = await listen(
    (request, response) => {
      received.push(request.headers);
      if (state.absent) request.destroy();
      else void yoga(request, response);
    },
    { host: "127.0.0.1", port: 0 },
  );
  return Object.assign(state, {
    name,
    url: `${server.url}/graphql`,
    received,
    async close() {
      await server.close(0);
    },
  });
}
