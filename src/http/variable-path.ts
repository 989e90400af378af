import type { GraphQLError } from "graphql";
import type { InputPath } from "../errors.ts";

/** Names are short: no place is longer than this. */
const LONGEST_PLACE = 1000;

/**
 * Where in the variables a value stands that does not fit its type: `["input", "states", 0]`. GraphQL tells it in words
 * only: `Variable "$input" got invalid value "NOPE" at "input.states[0]"; …`, with the rule, which `originalError` has
 * alone. Value and rule may quote what the client sent, at any length, so neither is searched.
 */
export function variablePath({
  message,
  originalError,
}: Pick<GraphQLError, "message" | "originalError">): InputPath | undefined {
  const variable = /^Variable "\$(\w+)" (?:got invalid value|of (?:required|non-null) type) /.exec(
    message,
  )?.[1];
  if (variable === undefined) return undefined;
  const rule = `; ${originalError?.message ?? ""}`;
  const told = message.endsWith(rule) ? message.slice(0, -rule.length) : "";
  const place = / at "([\w.[\]]+)"$/.exec(told.slice(-LONGEST_PLACE))?.[1] ?? variable;
  return [...place.matchAll(/\[(\d+)\]|(\w+)/g)].map(([, index, name = ""]) =>
    index === undefined ? name : Number(index),
  );
}
