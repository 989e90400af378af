/** What the API shows of itself, and to whom. */
export interface Exposure {
  /** Web pages of these origins (`https://ui.example`) may use the API from a browser. */
  readonly corsOrigins: readonly string[];
  /** Whether the schema may be asked for. */
  readonly introspection: boolean;
  /** Whether refusals say which names are like the one that was given. */
  readonly fieldSuggestions: boolean;
  /** Whether there is a page to explore the API with. */
  readonly graphiql: boolean;
  /** Documents that clients may ask for by their hash. */
  readonly trustedDocuments: ReadonlyMap<string, string>;
  /** Whether only these are executed. */
  readonly trustedDocumentsOnly: boolean;
}

/** All is shown, as suits development, and to no other host's pages. NODE_ENV=production hides it in the configuration. */
export const EXPOSURE_DEFAULTS: Exposure = {
  corsOrigins: [],
  introspection: true,
  fieldSuggestions: true,
  graphiql: true,
  trustedDocuments: new Map(),
  trustedDocumentsOnly: false,
};
