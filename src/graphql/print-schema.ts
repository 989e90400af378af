import {
  type DefinitionNode,
  type GraphQLSchema,
  isSpecifiedScalarType,
  Kind,
  lexicographicSortSchema,
  print,
  printSchema,
  type TypeDefinitionNode,
} from "graphql";

/** The schema as `schema.graphql` holds it: sorted, so that a change shows as what it is. */
export function printSortedSchema(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}

const subgraphs = new WeakMap<GraphQLSchema, string>();

/**
 * The schema as `subgraph.graphql` holds it, for gateways: with the directives of federation, and without what every subgraph
 * has. From the nodes that Pothos makes for directives: `printSubgraphSchema` of @apollo/subgraph takes ten times as long.
 */
export function printSubgraph(schema: GraphQLSchema): string {
  const known = subgraphs.get(schema);
  if (known !== undefined) return known;
  const types = Object.values(schema.getTypeMap())
    .filter((type) => !isOfFederation(type.name) && !isSpecifiedScalarType(type))
    .flatMap(({ astNode }) => astNode ?? []);
  const nodes: DefinitionNode[] = [...schema.extensionASTNodes, ...types.map(withoutFederation)];
  const printed = `${nodes.map(print).join("\n\n")}\n`;
  subgraphs.set(schema, printed);
  return printed;
}

/** Whether it is federation's own, or introspection's. */
function isOfFederation(name: string): boolean {
  return name.startsWith("_");
}

function withoutFederation(type: TypeDefinitionNode): TypeDefinitionNode {
  if (type.kind !== Kind.OBJECT_TYPE_DEFINITION) return type;
  return { ...type, fields: type.fields?.filter(({ name }) => !isOfFederation(name.value)) ?? [] };
}
