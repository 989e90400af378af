import SchemaBuilder from "@pothos/core";
import DirectivesPlugin from "@pothos/plugin-directives";
import FederationPlugin from "@pothos/plugin-federation";
import RelayPlugin from "@pothos/plugin-relay";
import ScopeAuthPlugin from "@pothos/plugin-scope-auth";
import type { JsonObject } from "../modules/fields.ts";
import type { Permission } from "../principal.ts";
import { authorisation } from "./authorisation.ts";
import type { Context } from "./context.ts";

export interface SchemaTypes {
  Context: Context;
  AuthScopes: Record<Permission, boolean>;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date };
    JSONObject: { Input: JsonObject; Output: JsonObject };
    _Any: { Input: unknown; Output: unknown };
  };
  Connection: {
    /** Counted only when it is selected. */
    totalCount: () => Promise<number>;
  };
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: false;
}

/** The schema builder of all slices. It defines no types; they stand with the slice that they belong to. */
export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [ScopeAuthPlugin, RelayPlugin, DirectivesPlugin, FederationPlugin],
  defaultFieldNullability: false,
  scopeAuth: authorisation,
  relay: {
    clientMutationId: "omit",
    cursorType: "String",
    // Ids are plain UUIDs and entities are keyed on them, so there is no global Node interface.
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    nodesOnConnection: { description: "The rows of this page, without their cursors." },
    edgesFieldOptions: { description: "The rows of this page with their cursors.", nullable: false },
    nodeFieldOptions: { description: "The row.", nullable: false },
    cursorFieldOptions: {
      description: "Where the row stands in this order; valid while other rows come and go.",
    },
    pageInfoTypeOptions: { description: "Where a page stands among the others.", shareable: true },
    pageInfoFieldOptions: { description: "Where this page stands among the others." },
    hasNextPageFieldOptions: { description: "Whether rows follow this page." },
    hasPreviousPageFieldOptions: { description: "Whether rows come before this page." },
    startCursorFieldOptions: { description: "Cursor of the page's first row; null on an empty page." },
    endCursorFieldOptions: { description: "Cursor of the page's last row; null on an empty page." },
    firstArgOptions: {
      description: "Page forwards: how many rows, 1 to 1000. 50 unless first or last is given.",
    },
    afterArgOptions: { description: "Only rows after this cursor." },
    lastArgOptions: { description: "Page backwards: how many rows, 1 to 1000. Not together with first." },
    beforeArgOptions: { description: "Only rows before this cursor." },
  },
});
