import {
  defaultFieldResolver,
  type FieldNode,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  getArgumentValues,
  getNamedType,
  isLeafType,
  Kind,
  type ValueNode,
} from "graphql";
import { collectFields, type Selecting } from "./collected-fields.ts";
import { asksForInfo, type Complete, completeLater, completionOf, type ResolveField } from "./completion.ts";
import { IRREGULAR, isPromise, type Path, type Run } from "./run.ts";

type Variables = GraphQLResolveInfo["variableValues"];
type Arguments = Record<string, unknown>;

type Places = readonly Pick<FieldNode, "selectionSet">[];

/** A field of an object type, as a document asks for it. */
interface AskedField {
  readonly key: string;
  readonly nodes: readonly [FieldNode, ...FieldNode[]];
  readonly field: GraphQLField<unknown, unknown>;
  readonly parentType: GraphQLObjectType;
  readonly complete: Complete;
}

/**
 * Plans the fields that are selected of an object in all these places together.
 * @throws where one is not for plans
 */
export function planFields(selecting: Selecting, type: GraphQLObjectType, places: Places): ResolveField[] {
  try {
    return plannedFields(selecting, type, places);
  } catch (error) {
    selecting.isPlannable = false;
    throw error;
  }
}

function plannedFields(selecting: Selecting, parentType: GraphQLObjectType, places: Places): ResolveField[] {
  const planned: ResolveField[] = [];
  for (const [key, nodes] of collectFields(selecting, parentType, places)) {
    const name = nodes[0].name.value;
    // Assigned to an object, `__proto__` would be no property of it.
    if (key === "__proto__" || name === "__schema" || name === "__type") throw IRREGULAR;
    const field = parentType.getFields()[name];
    if (name === "__typename") planned.push(typeNameField(key, parentType.name));
    // The reference leaves out what the type does not have.
    else if (field !== undefined) {
      const fieldsOf = (type: GraphQLObjectType) => planFields(selecting, type, nodes);
      const complete = completionOf(field.type, selecting.schema, fieldsOf);
      planned.push(planField({ key, nodes, field, parentType, complete }));
    }
  }
  selecting.notePlanned(planned.length);
  return planned;
}

function typeNameField(key: string, name: string): ResolveField {
  return (_run, _source, answer) => {
    answer[key] = name;
  };
}

function planField(asked: AskedField): ResolveField {
  const { resolve = defaultFieldResolver, extensions, name } = asked.field;
  const called = calledField(asked, resolve);
  if (resolve === defaultFieldResolver) return readField(asked, name, called);
  const { pothosExposedField: exposed, pothosOriginalResolve: original } = extensions;
  // Where a plugin has wrapped the resolver, it does more than to read a property.
  return typeof exposed === "string" && resolve === original ? readField(asked, exposed, called) : called;
}

/** A field whose resolver does no more than to read a property, unless that is a function. */
function readField(asked: AskedField, property: string, called: ResolveField): ResolveField {
  const { key, field, complete, parentType } = asked;
  const infoFor = asksForInfo(field.type) ? infoOf(asked) : undefined;
  const hasPath = infoFor !== undefined || !isLeafType(getNamedType(field.type));
  const typename = parentType.name;
  return (run, source, answer, path) => {
    if (typeof source !== "object" || source === null) return called(run, source, answer, path);
    const value = (source as Readonly<Record<string, unknown>>)[property];
    if (typeof value === "function") return called(run, source, answer, path);
    const fieldPath = hasPath ? { prev: path, key, typename } : undefined;
    const info = fieldPath && infoFor?.(run, fieldPath);
    if (isPromise(value)) completeLater(run, complete, value, answer, key, fieldPath, info);
    else answer[key] = complete(run, value, fieldPath, info);
  };
}

/** A field whose resolver is called. */
function calledField(asked: AskedField, resolve: GraphQLFieldResolver<unknown, unknown>): ResolveField {
  const { key, complete, parentType } = asked;
  const typename = parentType.name;
  const infoFor = infoOf(asked);
  const argumentsFor = argumentsOf(asked);
  return (run, source, answer, path) => {
    const fieldPath = { prev: path, key, typename };
    const info = infoFor(run, fieldPath);
    const value = resolve(source, argumentsFor(info.variableValues), run.contextValue, info);
    if (isPromise(value)) completeLater(run, complete, value, answer, key, fieldPath, info);
    else answer[key] = complete(run, value, fieldPath, info);
  };
}

/** What the resolver is told of the field. */
function infoOf({ field, nodes, parentType }: AskedField) {
  const { name: fieldName, type: returnType } = field;
  return (run: Run, path: Path): GraphQLResolveInfo => {
    const { schema, fragments, rootValue, operation, variableValues } = run.surroundings;
    return {
      fieldName,
      fieldNodes: nodes,
      returnType,
      parentType,
      path,
      schema,
      fragments,
      rootValue,
      operation,
      variableValues,
    };
  };
}

/** Reads the arguments once where they are the same for all executions. Each call gets an object of its own. */
function argumentsOf({ field, nodes }: AskedField): (variables: Variables) => Arguments {
  const [node] = nodes;
  if (field.args.length === 0) return () => ({});
  if (node.arguments?.some(({ value }) => !isConstantLeaf(value)))
    return (variables) => getArgumentValues(field, node, variables);
  const constant = getArgumentValues(field, node);
  return () => ({ ...constant });
}

/** A resolver might change what is deeper. */
function isConstantLeaf({ kind }: ValueNode): boolean {
  return kind !== Kind.VARIABLE && kind !== Kind.LIST && kind !== Kind.OBJECT;
}
