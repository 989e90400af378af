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
import { BadUserInputError, type InputPath, type LimitExceededError } from "../errors.ts";
import { type Limits, limitExceeded } from "../limits.ts";

type ListLimits = Pick<Limits, "maxListItems" | "maxIdsPerLookup" | "maxEntitiesPerLookup">;

/** So many fields that its type does not have are left to GraphQL, which suggests others. */
const UNKNOWN_FIELDS = 3;

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
 * Checks the lists and the input objects in an operation's variables before they are read: GraphQL quotes an object whole
 * for each field that its type does not have, so there may not be many of them. What does not fit its type is left to
 * GraphQL, and so is what stands in a scalar such as a JSON object.
 * @throws LimitExceededError, or BadUserInputError for an object with too many fields
 */
export function checkLists(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Variables,
  limits: ListLimits,
): void {
  const open: Given[] = [];
  const add = (type: GraphQLInputType, value: unknown, key?: string | number, within?: Given) => {
    const nullable = getNullableType(type);
    if (typeof value === "object" && value !== null && !isLeafType(nullable))
      open.push({ type: nullable, value, key, within });
  };
  // Other operations of the document are not executed: each would be a walk of all variables.
  const { variableDefinitions = [] } = getOperationAST(document, operationName) ?? {};
  for (const { variable, type: node } of variableDefinitions) {
    const type = typeFromAST(schema, node);
    const { value: name } = variable.name;
    if (isInputType(type) && Object.hasOwn(variables, name)) add(type, variables[name], name);
  }
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { type, value } = next;
    if (isListType(type)) {
      const error = refusal(Array.isArray(value) ? value.length : 1, type.ofType, limits);
      if (error) throw error;
      if (!Array.isArray(value)) add(type.ofType, value, undefined, next);
      else for (const [index, item] of value.entries()) add(type.ofType, item, index, next);
    } else if (isInputObjectType(type) && !Array.isArray(value)) {
      const known = Object.values(type.getFields());
      const most = known.length + UNKNOWN_FIELDS;
      if (Object.keys(value).length > most)
        throw new BadUserInputError(pathOf(next), `must not have more than ${most} fields`);
      for (const { name, type } of known)
        if (Object.hasOwn(value, name)) add(type, value[name as keyof typeof value], name, next);
    }
  }
}

/** A value that has others in it, and the type that it is to have. */
interface Given {
  readonly type: GraphQLInputType;
  readonly value: object;
  /** Where it stands in the value that it is in; undefined for the one item that is given for a list. */
  readonly key: string | number | undefined;
  readonly within: Given | undefined;
}

function pathOf(given: Given): InputPath {
  const keys: (string | number)[] = [];
  for (let at: Given | undefined = given; at !== undefined; at = at.within)
    if (at.key !== undefined) keys.unshift(at.key);
  return keys;
}

/** What a list may be limited by, and what its items are called. */
type ListLimit = readonly [limit: keyof ListLimits, items: string];

const ANY_LIST: ListLimit = ["maxListItems", "items"];
/** Lists of these types have a limit of their own besides. */
const LISTS_OF: ReadonlyMap<string | undefined, ListLimit> = new Map([
  ["ID", ["maxIdsPerLookup", "ids"]],
  ["_Any", ["maxEntitiesPerLookup", "representations"]],
]);

function refusal(
  length: number,
  itemType: GraphQLInputType | null | undefined,
  limits: ListLimits,
): LimitExceededError | undefined {
  for (const [limit, items] of [LISTS_OF.get(getNamedType(itemType)?.name) ?? ANY_LIST, ANY_LIST]) {
    if (length > limits[limit])
      return limitExceeded(`A list has ${length} ${items}, more than ${limits[limit]}`, limit);
  }
  return undefined;
}
