import { UnauthenticatedError } from "../errors.ts";

/** A token that does not hold, with the reason in words: "has expired". Never with anything that stands in it. */
export function invalidToken(reason: string): UnauthenticatedError {
  const message = `The token ${reason}.`;
  return new UnauthenticatedError(message, `Bearer error="invalid_token", error_description="${message}"`);
}
