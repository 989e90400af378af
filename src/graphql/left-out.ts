import { type DocumentNode, visit } from "graphql";

/** Fields that take a subquery a row: `Asset.tags` and `Workflow.isLatest`. */
const COSTLY = ["tags", "isLatest"];

const known = new WeakMap<DocumentNode, ReadonlySet<string>>();

/** Those of the costly fields that a document does not name anywhere, so that they need not be read. */
export function leftOutOf(document: DocumentNode): ReadonlySet<string> {
  const found = known.get(document);
  if (found !== undefined) return found;
  const leftOut = new Set(COSTLY);
  visit(document, { Field: ({ name }) => void leftOut.delete(name.value) });
  known.set(document, leftOut);
  return leftOut;
}
