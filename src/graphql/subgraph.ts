import { builder } from "./builder.ts";
import { printSubgraph } from "./print-subgraph.ts";

/** The directives of Apollo Federation that the schema uses, or that whatever is in it may be marked with. */
const DIRECTIVES = ["@cost", "@inaccessible", "@key", "@listSize", "@shareable", "@tag"];

/** Makes the schema a subgraph of Apollo Federation 2, in the newest version that every composer knows. */
export const FEDERATION_LINK = {
  name: "link",
  args: { url: "https://specs.apollo.dev/federation/v2.9", import: DIRECTIVES },
};

/** The type by which the schema is told, as introspection's are. */
export const SERVICE_TYPE = "_Service";

const Service = builder.objectRef<object>(SERVICE_TYPE).implement({
  description: "This subgraph, as gateways compose it.",
  fields: (t) => ({
    sdl: t.string({
      description: "The schema with the directives of Apollo Federation.",
      resolve: (_, __, ___, { schema }) => printSubgraph(schema),
    }),
  }),
});

builder.queryField("_service", (t) =>
  t.field({
    type: Service,
    description: "For gateways that compose while they run: this subgraph.",
    resolve: () => ({}),
  }),
);
