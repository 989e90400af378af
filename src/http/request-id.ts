import { randomUUID } from "node:crypto";

const REQUEST_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** The id of a request: what its header `x-request-id` says, where that has the form of one, or a new one. */
export function requestIdOf(given: string | readonly string[] | null | undefined): string {
  return typeof given === "string" && REQUEST_ID.test(given) ? given : randomUUID();
}
