import { type GraphQLResolveInfo, Kind, type SelectionSetNode } from "graphql";

/**
 * Whether of a field's object nothing is selected but some fields and its type's name. What `@skip` or `@include` may
 * leave out counts as selected.
 */
export function selectsOnly(
  { fieldNodes, fragments }: Pick<GraphQLResolveInfo, "fieldNodes" | "fragments">,
  names: readonly string[],
): boolean {
  const holds = (selected: SelectionSetNode | undefined): boolean =>
    (selected?.selections ?? []).every((selection) => {
      if (selection.kind === Kind.FIELD) return ["__typename", ...names].includes(selection.name.value);
      if (selection.kind === Kind.INLINE_FRAGMENT) return holds(selection.selectionSet);
      return holds(fragments[selection.name.value]?.selectionSet);
    });
  return fieldNodes.every(({ selectionSet }) => holds(selectionSet));
}
