import {
  GraphQLError,
  getNamedType,
  isIntrospectionType,
  Kind,
  type ValidationRule,
  validate,
} from "graphql";
import type { Plugin } from "graphql-yoga";
import { ForbiddenError } from "../errors.ts";
import type { Exposure } from "../exposure.ts";
import { SERVICE_TYPE } from "../graphql/subgraph.ts";

/** Keeps the schema to itself where that is wanted: it is not told, and names like the one that was given are not guessed. */
export function useSchemaExposure({ introspection, fieldSuggestions }: Exposure): Plugin {
  const hideSuggestions = !fieldSuggestions;
  return {
    onValidate({ addValidationRule, setValidationFn }) {
      if (!introspection) addValidationRule(NoIntrospection);
      setValidationFn((schema, document, rules) => validate(schema, document, rules, { hideSuggestions }));
    },
  };
}

/** Nothing is wrong with the document: it is this server that does not answer it. */
const NoIntrospection: ValidationRule = (context) => ({
  [Kind.FIELD](nodes) {
    const type = getNamedType(context.getType());
    if (type === undefined || !(isIntrospectionType(type) || type.name === SERVICE_TYPE)) return;
    const originalError = new ForbiddenError("The schema is not told here: INTROSPECTION is off.");
    context.reportError(new GraphQLError(originalError.message, { nodes, originalError }));
  },
});
