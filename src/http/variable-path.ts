import type { InputPath } from "../errors.ts";

/**
 * Where in the variables a value stands that does not fit its type: `["input", "states", 0]`. GraphQL tells it in words
 * only: `Variable "$input" got invalid value "NOPE" at "input.states[0]"; …`.
 */
export function variablePath(message: string): InputPath | undefined {
  const variable = /^Variable "\$(\w+)" (?:got invalid value|of (?:required|non-null) type) /.exec(
    message,
  )?.[1];
  if (variable === undefined) return undefined;
  const place = /.* at "([\w.[\]]+)"; /s.exec(message)?.[1] ?? variable;
  return [...place.matchAll(/\[(\d+)\]|(\w+)/g)].map(([, index, name = ""]) =>
    index === undefined ? name : Number(index),
  );
}
