import {
  type DocumentNode,
  GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  getOperationAST,
  isInputObjectType,
  isInputType,
  isLeafType,
  isListType,
  Kind,
  type ListValueNode,
  typeFromAST,
  type ValidationRule,
} from "graphql";
import type { LimitExceededError } from "../errors.ts";
import { type Limits, limitExceeded } from "../limits.ts";

type ListLimits = Pick<Limits, "maxListItems" | "maxIdsPerLookup">;

/** The values of an operation's variables, as the client sent them. */
export type Variables = Readonly<Record<string, unknown>>;

/** A validation rule: no list that is written into a document is too long. */
export function listsWithin(limits: ListLimits): ValidationRule {
  return function ListsWithin(context) {
    return {
      [Kind.LIST](nodes: ListValueNode) {
        const error = refusal(nodes.values.length, context.getInputType(), limits);
        if (error) context.reportError(new GraphQLError(error.message, { nodes, originalError: error }));
      },
    };
  };
}

/**
 * Checks the lists in an operation's variables before they are read. What does not fit its type is left to GraphQL, and so is what stands
 * in a scalar such as a JSON object.
 * @throws LimitExceededError
 */
export function checkLists(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Variables,
  limits: ListLimits,
): void {
  const open: [GraphQLInputType, unknown][] = [];
  // Other operations of the document are not executed: each would be a walk of all variables.
  for (const { variable, type: node } of getOperationAST(document, operationName)?.variableDefinitions ??
    []) {
    const type = typeFromAST(schema, node);
    const { value: name } = variable.name;
    if (isInputType(type) && Object.hasOwn(variables, name)) open.push([type, variables[name]]);
  }
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [type, value] = [getNullableType(next[0]), next[1]];
    if (typeof value !== "object" || value === null || isLeafType(type)) continue;
    if (isListType(type)) {
      const items = Array.isArray(value) ? value : [value];
      const error = refusal(items.length, type.ofType, limits);
      if (error) throw error;
      for (const item of items) open.push([type.ofType, item]);
    } else if (isInputObjectType(type)) {
      const fields: Variables = { __proto__: null, ...value };
      for (const field of Object.values(type.getFields())) open.push([field.type, fields[field.name]]);
    }
  }
}

function refusal(
  length: number,
  itemType: GraphQLInputType | null | undefined,
  { maxListItems, maxIdsPerLookup }: ListLimits,
): LimitExceededError | undefined {
  if (length > maxIdsPerLookup && getNamedType(itemType)?.name === "ID")
    return limitExceeded(`A list has ${length} ids, more than ${maxIdsPerLookup}`, "maxIdsPerLookup");
  if (length > maxListItems)
    return limitExceeded(`A list has ${length} items, more than ${maxListItems}`, "maxListItems");
  return undefined;
}
