import { expect } from "vitest";

/** Narrows a value that a test knows to be there. */
export function present<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) expect.fail("expected a value");
  return value;
}
