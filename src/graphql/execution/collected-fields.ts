import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  type InlineFragmentNode,
  isAbstractType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  typeFromAST,
} from "graphql";

/** What decides which fields are selected of an object. */
export interface Selecting {
  readonly schema: GraphQLSchema;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode | undefined>>;
  /** Those that `@skip` and `@include` ask for. */
  readonly conditions: Readonly<Record<string, unknown>>;
  readonly notePlanned: (fields: number) => void;
  /** Whether nothing was met yet that is not for plans. */
  isPlannable: boolean;
}

type Collected = Map<string, [FieldNode, ...FieldNode[]]>;

/**
 * The fields that are selected of an object in all these places together, by their key in the answer and in its order
 * (CollectFields of the specification).
 * @throws where a condition is no boolean
 */
export function collectFields(
  selecting: Selecting,
  type: GraphQLObjectType,
  places: readonly { readonly selectionSet?: SelectionSetNode | undefined }[],
): Collected {
  const collected: Collected = new Map();
  const spread = new Set<string>();
  const collect = (selections: readonly SelectionNode[] = []) => {
    for (const selection of selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const name = selection.name.value;
        if (spread.has(name) || !isSelected(selection, selecting)) continue;
        spread.add(name);
        const fragment = selecting.fragments[name];
        if (fragment !== undefined && isFor(fragment, type, selecting))
          collect(fragment.selectionSet.selections);
      } else if (!isSelected(selection, selecting)) continue;
      else if (selection.kind === Kind.INLINE_FRAGMENT) {
        if (isFor(selection, type, selecting)) collect(selection.selectionSet.selections);
      } else {
        const key = (selection.alias ?? selection.name).value;
        const nodes = collected.get(key);
        if (nodes === undefined) collected.set(key, [selection]);
        else nodes.push(selection);
      }
    }
  };
  for (const { selectionSet } of places) collect(selectionSet?.selections);
  return collected;
}

function isSelected(selection: SelectionNode, { conditions }: Selecting): boolean {
  const skip = getDirectiveValues(GraphQLSkipDirective, selection, conditions);
  const include = getDirectiveValues(GraphQLIncludeDirective, selection, conditions);
  return skip?.if !== true && include?.if !== false;
}

function isFor(
  { typeCondition }: Pick<InlineFragmentNode, "typeCondition">,
  type: GraphQLObjectType,
  { schema }: Selecting,
): boolean {
  if (typeCondition === undefined) return true;
  const asked = typeFromAST(schema, typeCondition);
  return asked === type || (isAbstractType(asked) && schema.isSubType(asked, type));
}
