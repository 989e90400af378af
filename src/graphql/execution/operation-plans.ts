import {
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  visit,
} from "graphql";
import type { Selecting } from "./collected-fields.ts";
import type { ResolveField } from "./completion.ts";
import { planFields } from "./fields.ts";

/** How an operation is executed where certain conditions hold. */
interface Plan {
  readonly selecting: Selecting;
  readonly fields: readonly ResolveField[];
}

/** An operation that has a plan for each of more conditions is left to the reference where others hold. */
const MOST_PLANS = 16;

/** The plans for an operation: one for each set of values that the variables in its `@skip` and `@include` have had. */
export class OperationPlans {
  readonly operation: OperationDefinitionNode;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  readonly #schema: GraphQLSchema;
  readonly #conditions: readonly string[];
  readonly #plans = new Map<string, Plan | undefined>();
  readonly #notePlanned: (fields: number) => void;

  /** @param notePlanned is told how many fields are planned, each time */
  constructor(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    notePlanned: (fields: number) => void,
  ) {
    this.#schema = schema;
    this.#notePlanned = notePlanned;
    this.operation = operation;
    this.fragments = fragmentsIn(document);
    this.#conditions = conditionsIn(document);
  }

  /** The root fields of the plan for such variables, or undefined where it is for the reference. */
  fieldsFor(variables: Readonly<Record<string, unknown>>): readonly ResolveField[] | undefined {
    const key = this.#conditions.map((name) => String(variables[name])).join();
    if (!this.#plans.has(key) && this.#plans.size < MOST_PLANS) this.#plans.set(key, this.#plan(variables));
    const plan = this.#plans.get(key);
    // Deeper fields are planned when they are first met.
    return plan?.selecting.isPlannable ? plan.fields : undefined;
  }

  #plan(variables: Readonly<Record<string, unknown>>): Plan | undefined {
    const type = this.#schema.getRootType(this.operation.operation);
    if (type == null) return undefined;
    const conditions = Object.fromEntries(this.#conditions.map((name) => [name, variables[name]]));
    const selecting = {
      schema: this.#schema,
      fragments: this.fragments,
      conditions,
      notePlanned: this.#notePlanned,
      isPlannable: true,
    };
    try {
      const fields = planFields(selecting, type, [this.operation]);
      // The fields of a mutation must wait for each other.
      const isSerial = this.operation.operation === OperationTypeNode.MUTATION && fields.length > 1;
      return isSerial ? undefined : { selecting, fields };
    } catch {
      return undefined;
    }
  }
}

function fragmentsIn({ definitions }: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null);
  for (const definition of definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  return fragments;
}

/** The variables that `@skip` and `@include` ask for. */
function conditionsIn(document: DocumentNode): string[] {
  const names = new Set<string>();
  const note = ({ name, arguments: given = [] }: DirectiveNode) => {
    if (name.value !== "skip" && name.value !== "include") return;
    for (const { value } of given) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
  };
  visit(document, { Directive: note });
  return [...names];
}
