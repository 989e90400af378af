import { type DocumentNode, visit } from "graphql";

const known = new WeakMap<DocumentNode, ReadonlySet<string>>();

/** The names of all fields that a document asks for anywhere, fragments included. The same document has the same set. */
export function namedFieldsOf(document: DocumentNode): ReadonlySet<string> {
  const found = known.get(document);
  if (found !== undefined) return found;
  const named = new Set<string>();
  visit(document, { Field: ({ name }) => void named.add(name.value) });
  known.set(document, named);
  return named;
}
