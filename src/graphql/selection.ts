import { type GraphQLResolveInfo, Kind, type SelectionSetNode } from "graphql";

type Selection = Pick<GraphQLResolveInfo, "fieldNodes" | "fragments">;

/** What was found of a field, which is asked again for each object that it is resolved of. */
const known = new WeakMap<Selection["fieldNodes"], boolean>();

/**
 * Whether of a field's object nothing is selected but its id and its type's name. What `@skip` or `@include` may leave out
 * counts as selected.
 */
export function selectsIdOnly({ fieldNodes, fragments }: Selection): boolean {
  const answer =
    known.get(fieldNodes) ?? fieldNodes.every(({ selectionSet }) => holdsIdOnly(selectionSet, fragments));
  known.set(fieldNodes, answer);
  return answer;
}

function holdsIdOnly(selected: SelectionSetNode | undefined, fragments: Selection["fragments"]): boolean {
  return (selected?.selections ?? []).every((selection) => {
    if (selection.kind === Kind.FIELD) return ["id", "__typename"].includes(selection.name.value);
    if (selection.kind === Kind.INLINE_FRAGMENT) return holdsIdOnly(selection.selectionSet, fragments);
    return holdsIdOnly(fragments[selection.name.value]?.selectionSet, fragments);
  });
}
