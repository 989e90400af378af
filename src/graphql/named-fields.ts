import {
  type DocumentNode,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from "graphql";
import type { NamedFields } from "../db/column-sets.ts";

const known = new WeakMap<DocumentNode, NamedFields>();

/** The names of the fields that a valid document asks for, fragments included. The same document has the same sets. */
export function namedFieldsOf(document: DocumentNode, schema: GraphQLSchema): NamedFields {
  const found = known.get(document) ?? findNames(document, schema);
  known.set(document, found);
  return found;
}

type Place = "inPages" | "elsewhere";

function findNames({ definitions }: DocumentNode, schema: GraphQLSchema): NamedFields {
  const fragments = new Map(
    definitions.flatMap((each) => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each]] : [])),
  );
  const names = { inPages: new Set<string>(), elsewhere: new Set<string>() };
  /** What was looked at, and where: a fragment may be spread in both. */
  const seen = { inPages: new Set<SelectionSetNode>(), elsewhere: new Set<SelectionSetNode>() };

  const look = (set: SelectionSetNode | undefined, typeName: string | undefined, place: Place): void => {
    if (set === undefined || seen[place].has(set)) return;
    seen[place].add(set);
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(selection.name.value);
        look(fragment?.selectionSet, fragment?.typeCondition.name.value, place);
      } else if (selection.kind === Kind.INLINE_FRAGMENT)
        look(selection.selectionSet, selection.typeCondition?.name.value ?? typeName, place);
      else {
        const name = selection.name.value;
        names[place].add(name);
        const fields = fieldsOf(schema, typeName);
        const field = fields[name];
        const below = isRowOfPage(name, fields) ? "inPages" : "elsewhere";
        look(selection.selectionSet, field && getNamedType(field.type).name, below);
      }
    }
  };
  for (const each of definitions)
    if (each.kind === Kind.OPERATION_DEFINITION)
      look(each.selectionSet, schema.getRootType(each.operation)?.name, "elsewhere");
  return { all: new Set([...names.elsewhere, ...names.inPages]), outsidePages: names.elsewhere };
}

function fieldsOf(schema: GraphQLSchema, typeName: string | undefined) {
  const type = typeName === undefined ? undefined : schema.getType(typeName);
  return isObjectType(type) || isInterfaceType(type) ? type.getFields() : {};
}

/** Whether a field, among those of its type, gives rows of a page: `nodes` of a connection, or `node` of an edge. */
function isRowOfPage(name: string, fields: object): boolean {
  return (name === "nodes" && "pageInfo" in fields) || (name === "node" && "cursor" in fields);
}
