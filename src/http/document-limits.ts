import { type ExecutionArgs, GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";
import { LimitExceededError } from "../errors.ts";
import { costOf } from "../graphql/cost.ts";
import { parseWithin } from "../graphql/document-limits.ts";
import { checkLists, listsWithin } from "../graphql/list-limits.ts";
import { type Limits, limitExceeded } from "../limits.ts";
import { operationOf } from "./request-record.ts";

/** What graphql says, without a name to know it by, when it gives up comparing fields that are asked for again and again. */
const GIVEN_UP = "Validation aborted.";

/** More mistakes of one document are not told. */
const MOST_ERRORS = 20;

/**
 * Refuses what asks for too much before it is executed. A document that was found to be within the limits, or not, is
 * known by Yoga's cache of parsed and validated documents: it is looked at once.
 */
export function useDocumentLimits(limits: Limits): Plugin {
  const rule = listsWithin(limits);
  return {
    onParse({ setParseFn }) {
      setParseFn((source, options) => parseWithin(limits, source, options));
    },
    onValidate({ addValidationRule, validateFn, setValidationFn }) {
      addValidationRule(rule);
      setValidationFn((...given) => {
        const errors: readonly Error[] = validateFn(...given);
        // What is told is remembered with the document.
        return errors.some(({ message }) => message === GIVEN_UP)
          ? [tooRepetitive()]
          : errors.slice(0, MOST_ERRORS);
      });
    },
    onExecute({ args }) {
      const cost = costWithin(limits, args);
      const operation = operationOf(args.contextValue);
      if (operation !== undefined) operation.cost = cost;
    },
  };
}

/**
 * What an operation costs.
 * @throws LimitExceededError for one that costs too much, or gives longer lists than there may be
 */
export function costWithin(
  limits: Limits,
  { schema, document, operationName, variableValues }: ExecutionArgs,
): number {
  const variables = variableValues ?? {};
  checkLists(schema, document, operationName, variables, limits);
  const cost = costOf(schema, document, operationName, variables);
  if (cost <= limits.maxCost) return cost;
  const told = Number.isFinite(cost) ? cost : "too much to be counted";
  throw limitExceeded(`The operation costs ${told}; the most is ${limits.maxCost}`, "maxCost");
}

function tooRepetitive(): GraphQLError {
  const originalError = new LimitExceededError(
    "The document repeats its fields so often that checking it was given up; ask for each once.",
  );
  return new GraphQLError(originalError.message, { originalError });
}
