import type { GraphQLSchema } from "graphql";
import { builder } from "../graphql/builder.ts";
import { FEDERATION_LINK } from "../graphql/subgraph.ts";
import "../graphql/scalars.ts";
import "../graphql/connection.ts";
import "../graphql/entities.ts";
import "./asset/asset.schema.ts";
import "./asset/asset.mutations.schema.ts";
import "./workflow/workflow.schema.ts";
import "./workflow/workflow.mutations.schema.ts";
import "./execution/execution.schema.ts";
import "./dependency/dependency.schema.ts";
import "./dependency/dependency.mutations.schema.ts";
import "./lineage/lineage.schema.ts";
import "./lineage/lineage-counts.schema.ts";
import "./lineage/lineage-paths.schema.ts";
import "./lineage/impact.schema.ts";

builder.queryType({ description: "What can be read.", authScopes: { read: true } });
builder.mutationType({
  authScopes: { write: true },
  description:
    "What can be changed. Each field is stored whole, or not at all, and then null: what the others did is still told.",
});

/** The schema of all slices: one line an entity above. */
export const schema: GraphQLSchema = builder.toSchema({ extensions: { directives: [FEDERATION_LINK] } });
