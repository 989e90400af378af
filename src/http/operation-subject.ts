import {
  type DocumentNode,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import type { OperationSubject } from "../metrics/request-metrics.ts";

/** What was refused before it was known what it asks for. */
export const NO_SUBJECT: OperationSubject = { type: "none", field: "none" };

const subjects = new WeakMap<OperationDefinitionNode, OperationSubject>();

/**
 * What an operation is counted as: its type and its field of the schema, `several` where there is more than one, and
 * `introspection` where it asks for the schema alone. These are as many as the schema has fields, however clients name
 * their operations.
 * @param document is valid
 */
export function subjectOf(
  document: DocumentNode,
  operationName: string | null | undefined,
): OperationSubject {
  const operation = getOperationAST(document, operationName) ?? undefined;
  if (operation === undefined || operation.operation === "subscription") return NO_SUBJECT;
  const known = subjects.get(operation);
  if (known !== undefined) return known;
  const fields = [...rootFields(document, operation.selectionSet)].filter((name) => !name.startsWith("__"));
  const [only = "introspection", ...others] = fields;
  const subject = { type: operation.operation, field: others.length > 0 ? "several" : only };
  subjects.set(operation, subject);
  return subject;
}

/** The names of the fields, also those of fragments, each of which is looked at once. */
function rootFields(document: DocumentNode, selectionSet: SelectionSetNode): Set<string> {
  const fields = new Set<string>();
  const fragments = new Set<string>();
  const look = ({ selections }: SelectionSetNode) => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) fields.add(selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) look(selection.selectionSet);
      else fragments.add(selection.name.value);
    }
  };
  look(selectionSet);
  // A set tells of what is added to it meanwhile, too.
  for (const name of fragments) {
    const fragment = document.definitions.find(
      (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name,
    );
    if (fragment?.kind === Kind.FRAGMENT_DEFINITION) look(fragment.selectionSet);
  }
  return fields;
}
