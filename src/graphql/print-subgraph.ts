import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type FieldDefinitionNode,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isObjectType,
  isSpecifiedScalarType,
  Kind,
  type NameNode,
  parseConstValue,
  print,
} from "graphql";
import { costDirectives } from "./cost-directives.ts";

const known = new WeakMap<GraphQLSchema, string>();

/**
 * The schema as `subgraph.graphql` holds it, for gateways: with the directives of federation, and without what every subgraph
 * has. From the nodes that Pothos makes for directives: `printSubgraphSchema` of @apollo/subgraph takes ten times as long.
 */
export function printSubgraph(schema: GraphQLSchema): string {
  const printed = known.get(schema) ?? `${nodesOf(schema).map(print).join("\n\n")}\n`;
  known.set(schema, printed);
  return printed;
}

function nodesOf(schema: GraphQLSchema): DefinitionNode[] {
  const types = Object.values(schema.getTypeMap()).filter(isOfService);
  const objects = types.filter(isObjectType);
  const costs = costDirectives(objects);
  const fieldsOf = (object: GraphQLObjectType): FieldDefinitionNode[] =>
    Object.values(object.getFields())
      .filter(isOfService)
      .flatMap((field) => {
        const { astNode } = field;
        const told = Object.entries(costs.get(field) ?? {}).map(directive);
        return astNode ? [{ ...astNode, directives: [...(astNode.directives ?? []), ...told] }] : [];
      });
  return [
    ...schema.extensionASTNodes,
    ...types.flatMap((type): DefinitionNode[] => {
      if (!isObjectType(type)) return type.astNode ? [type.astNode] : [];
      return type.astNode ? [{ ...type.astNode, fields: fieldsOf(type) }] : [];
    }),
  ];
}

/** Whether it is neither federation's own, nor GraphQL's. */
function isOfService(each: { readonly name: string }): boolean {
  return !each.name.startsWith("_") && !isSpecifiedScalarType(each as GraphQLNamedType);
}

function directive([name, args]: [string, object]): ConstDirectiveNode {
  return {
    kind: Kind.DIRECTIVE,
    name: nameNode(name),
    arguments: Object.entries(args).map(([argument, value]) => ({
      kind: Kind.ARGUMENT,
      name: nameNode(argument),
      // What JSON can say of such values is GraphQL.
      value: parseConstValue(JSON.stringify(value)),
    })),
  };
}

function nameNode(value: string): NameNode {
  return { kind: Kind.NAME, value };
}
