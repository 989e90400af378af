import { FEDERATION_LINK } from "../../src/graphql/subgraph.ts";

const LINK = `extend schema @link(url: "${FEDERATION_LINK.args.url}", import: ["@key", "@shareable"])`;

/** Somebody else's subgraph: it knows assets and workflows by name, and shares what many subgraphs have. */
export const DASHBOARDS = /* GraphQL */ `
  ${LINK}

  type Query {
    dashboards(first: Int, after: String): DashboardConnection!
  }

  type Dashboard @key(fields: "id") {
    id: ID!
    reads: [Asset!]!
    madeBy: Workflow
    checkedAt: DateTime
    settings: JSONObject
  }
  type DashboardConnection {
    nodes: [Dashboard!]!
    pageInfo: PageInfo!
  }
  type PageInfo @shareable {
    hasNextPage: Boolean!
    hasPreviousPage: Boolean!
    startCursor: String
    endCursor: String
  }

  type Asset @key(fields: "name") {
    name: String!
    dashboards: [Dashboard!]!
  }
  type Workflow @key(fields: "name version") {
    name: String!
    version: Int!
    repository: String
  }

  enum OrderDirection {
    ASC
    DESC
  }
  scalar DateTime
  scalar JSONObject
`;

/** Another one, which knows everything by id. */
export const INCIDENTS = /* GraphQL */ `
  ${LINK}

  type Query {
    openIncidents: [Incident!]!
  }

  type Incident {
    asset: Asset
    workflow: Workflow
    execution: Execution
    dependency: AssetDependency
  }

  type Asset @key(fields: "id") {
    id: ID!
    incidents: [Incident!]!
  }
  type Workflow @key(fields: "id") {
    id: ID!
    incidents: [Incident!]!
  }
  type Execution @key(fields: "id") {
    id: ID!
    incidents: [Incident!]!
  }
  type AssetDependency @key(fields: "id") {
    id: ID!
    incidents: [Incident!]!
  }
`;
