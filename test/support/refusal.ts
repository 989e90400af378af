import { expect } from "vitest";
import type { ServoError } from "../../src/errors.ts";

type ErrorClass<E extends ServoError> = abstract new (...parameters: never[]) => E;

/** What work is refused with; fails where it succeeds, or fails in another way. */
export async function refusal<E extends ServoError>(work: Promise<unknown>, type: ErrorClass<E>): Promise<E> {
  const outcome = await work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!("error" in outcome)) expect.fail(`expected ${type.name}, but it succeeded: ${show(outcome.value)}`);
  if (!(outcome.error instanceof type)) expect.fail(`expected ${type.name}, got ${show(outcome.error)}`);
  expectPresentable(outcome.error);
  return outcome.error;
}

/** A message may reach a client: it says nothing of how data is stored. */
function expectPresentable({ message }: ServoError): void {
  expect(message).not.toMatch(
    /\b(?:select|insert into|update .* set|delete from|constraint|relation|row-level|violates|column)\b|_(?:pkey|fkey|key|check|length|form)\b|~global/i,
  );
}

function show(value: unknown): string {
  return value instanceof Error ? `${value.name}: ${value.message}\n${value.stack}` : JSON.stringify(value);
}
