import type { GraphQLParams, Plugin } from "graphql-yoga";
import { BadUserInputError, ForbiddenError, type InputPath } from "../errors.ts";

/** The documents that are known here, by their hashes. */
export interface TrustedDocuments {
  readonly documents: ReadonlyMap<string, string>;
  /** Whether no other document is executed. */
  readonly only: boolean;
}

/**
 * Lets clients ask for a document that is known here by its hash: in `extensions.persistedQuery.sha256Hash`, as Apollo's
 * clients do, or in `documentId`, bare or after `sha256:`. Clients cannot make one known.
 */
export function useTrustedDocuments(trusted: TrustedDocuments): Plugin {
  return {
    onParams({ params, setParams }) {
      const query = textAskedFor(params, trusted);
      if (query === undefined || query === params.query) return;
      const { operationName, variables, extensions } = params;
      setParams({
        query,
        ...(operationName === undefined ? {} : { operationName }),
        ...(variables === undefined ? {} : { variables }),
        ...(extensions === undefined ? {} : { extensions }),
      });
    },
  };
}

/**
 * The text of the document that is asked for, by itself or by its hash; undefined where there is neither.
 * @throws ForbiddenError where only trusted documents are executed, BadUserInputError for a hash that is not known
 */
export function textAskedFor(
  params: GraphQLParams & { readonly documentId?: unknown },
  { documents, only }: TrustedDocuments,
): string | undefined {
  const asked = hashIn(params);
  if (only && (asked === undefined || typeof params.query === "string"))
    throw new ForbiddenError("Only trusted documents are executed here; ask for one by its hash alone.");
  if (asked === undefined || typeof params.query === "string") return params?.query;
  const query = documents.get(asked.hash);
  if (query === undefined) throw new BadUserInputError(asked.path, "is not the hash of a trusted document");
  return query;
}

/** What a client sent may be of any shape. */
function hashIn(params: GraphQLParams & { readonly documentId?: unknown }) {
  const found: [unknown, InputPath][] = [
    [params?.documentId, ["documentId"]],
    [params?.extensions?.persistedQuery?.sha256Hash, ["extensions", "persistedQuery", "sha256Hash"]],
  ];
  for (const [value, path] of found)
    if (typeof value === "string") return { hash: value.replace(/^sha256:/, "").toLowerCase(), path };
  return undefined;
}
