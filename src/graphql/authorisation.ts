import type { AuthFailure } from "@pothos/plugin-scope-auth";
import type { GraphQLResolveInfo } from "graphql";
import { type Permission, permissionsOf, refusalOf } from "../principal.ts";
import type { Context } from "./context.ts";

/**
 * Holds every root field to what its principal may do, before its resolver runs. The root types ask for the least (`read`,
 * `write`), so that a field that says nothing is not open.
 */
export const authorisation = {
  authScopes: ({ principal }: Context) => permissionsOf(principal),
  unauthorizedError: (
    _: object,
    { principal }: Context,
    { fieldName }: GraphQLResolveInfo,
    { failure }: { failure: AuthFailure },
  ) => refusalOf(principal, missingIn(failure), fieldName),
};

/** For a mutation field that asks for `delete` instead of `write`. */
export const DELETES = { skipTypeScopes: true, authScopes: { delete: true } } as const;

/** The permission that failed. No scope asks for two. */
function missingIn(failure: AuthFailure): Permission {
  if ("failures" in failure) return failure.failures.map(missingIn)[0] ?? "read";
  return "scope" in failure ? (failure.scope as Permission) : "read";
}
