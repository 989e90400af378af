import {
  type GraphQLInputType,
  type GraphQLNamedInputType,
  type GraphQLObjectType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
} from "graphql";
import { schema } from "../../src/modules/schema.ts";
import { UNKNOWN_ID } from "./factories.ts";
import { present } from "./present.ts";

/** A field of Query or Mutation, with the least request for it: only the arguments that it must be given. */
export interface RootField {
  readonly name: string;
  readonly document: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const SCALARS: Readonly<Record<string, unknown>> = {
  ID: UNKNOWN_ID,
  String: "x",
  Int: 1,
  Float: 1,
  Boolean: true,
  DateTime: "2026-01-01T00:00:00.000Z",
  JSONObject: {},
  _Any: { __typename: "Asset", id: UNKNOWN_ID },
};

export const QUERY_FIELDS = fieldsOf("query", schema.getQueryType());
export const MUTATION_FIELDS = fieldsOf("mutation", schema.getMutationType());

function fieldsOf(operation: string, type: GraphQLObjectType | null | undefined): RootField[] {
  return Object.values(present(type).getFields()).map(({ name, args }) => {
    const given = args.filter(isRequiredInputField);
    const variables = given.map((arg) => `$${arg.name}: ${arg.type}`).join(", ");
    const passed = given.map((arg) => `${arg.name}: $${arg.name}`).join(", ");
    const [signature, call] = given.length === 0 ? ["", name] : [`(${variables})`, `${name}(${passed})`];
    return {
      name,
      document: `${operation} ${signature} { ${call} { __typename } }`,
      variables: Object.fromEntries(given.map((arg) => [arg.name, least(arg.type)])),
    };
  });
}

/** A value that fits a type of the schema. */
function least(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return least(type.ofType);
  return isListType(type) ? [least(type.ofType)] : leastOfNamed(type);
}

function leastOfNamed(type: GraphQLNamedInputType): unknown {
  if (isEnumType(type)) return present(type.getValues()[0]).name;
  if (!isInputObjectType(type)) return present(SCALARS[type.name]);
  const fields = Object.values(type.getFields()).filter(isRequiredInputField);
  return Object.fromEntries(fields.map((field) => [field.name, least(field.type)]));
}
