import { type DocumentNode, Kind, type SelectionSetNode } from "graphql";
import type { NamedFields } from "../db/column-sets.ts";

const known = new WeakMap<DocumentNode, NamedFields>();

/** The names of the fields that a document asks for, fragments included. The same document has the same sets. */
export function namedFieldsOf(document: DocumentNode): NamedFields {
  const found = known.get(document) ?? findNames(document);
  known.set(document, found);
  return found;
}

function findNames({ definitions }: DocumentNode): NamedFields {
  const fragments = new Map(
    definitions.flatMap((each) => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each]] : [])),
  );
  const names = { inPages: new Set<string>(), elsewhere: new Set<string>() };
  /** What was looked at, and where: a fragment may be spread in both. */
  const seen = { inPages: new Set<SelectionSetNode>(), elsewhere: new Set<SelectionSetNode>() };

  const look = (set: SelectionSetNode | undefined, parent: string, place: keyof typeof names): void => {
    if (set === undefined || seen[place].has(set)) return;
    seen[place].add(set);
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD)
        look(fragments.get(selection.name.value)?.selectionSet, parent, place);
      else if (selection.kind === Kind.INLINE_FRAGMENT) look(selection.selectionSet, parent, place);
      else {
        const name = selection.name.value;
        names[place].add(name);
        const isOfPage = name === "nodes" || (name === "node" && parent === "edges");
        look(selection.selectionSet, name, isOfPage ? "inPages" : "elsewhere");
      }
    }
  };
  for (const definition of definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION) look(definition.selectionSet, "", "elsewhere");
  return { all: new Set([...names.elsewhere, ...names.inPages]), outsidePages: names.elsewhere };
}
