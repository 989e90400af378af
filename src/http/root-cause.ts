import { GraphQLError } from "graphql";

/** What was thrown, underneath the errors that GraphQL wraps around it. */
export function rootCause(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? rootCause(error.originalError) : error;
}
