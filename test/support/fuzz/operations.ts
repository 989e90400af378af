import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from "graphql";
import { schema } from "../../../src/modules/schema.ts";
import { present } from "../present.ts";

/** A root field with all its arguments as variables. */
export interface RootOperation {
  readonly name: string;
  readonly document: string;
  readonly args: readonly GraphQLArgument[];
}

/** Every query and mutation of the schema. */
export const ROOT_OPERATIONS: readonly RootOperation[] = [
  ...operationsOf("query", present(schema.getQueryType())),
  ...operationsOf("mutation", present(schema.getMutationType())),
];

function operationsOf(kind: string, root: GraphQLObjectType): RootOperation[] {
  return Object.values(root.getFields()).map((field) => operationOf(kind, field));
}

function operationOf(kind: string, { name, args, type }: GraphQLField<unknown, unknown>): RootOperation {
  const variables = args.map((argument) => `$${argument.name}: ${argument.type}`).join(", ");
  const passed = args.map((argument) => `${argument.name}: $${argument.name}`).join(", ");
  return {
    name,
    args,
    document: `${kind} Asked(${variables}) { ${name}(${passed}) ${selectionOf(type, 3)} }`,
  };
}

/** All that can be had without an argument, so many levels deep. */
function selectionOf(type: GraphQLOutputType, depth: number): string {
  const named = getNamedType(type);
  if (!isObjectType(named)) return isLeafType(named) ? "" : "{ __typename }";
  const fields = Object.values(named.getFields()).filter((field) => !field.args.some(isRequiredArgument));
  const shown = fields.filter((field) => depth > 1 || isLeafType(getNamedType(field.type)));
  // A field with arguments is a connection or a walk: a document of its own for the other suite.
  const chosen = shown.filter((field) => field.args.length === 0);
  return `{ __typename ${chosen.map((field) => `${field.name} ${selectionOf(field.type, depth - 1)}`).join(" ")} }`;
}
