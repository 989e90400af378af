import type { Plugin } from "graphql-yoga";
import type { Principal } from "../principal.ts";
import { recordOf } from "./request-record.ts";

/**
 * Finds out who asks, from the headers of a request. Throws a ServoError: UnauthenticatedError for nobody known,
 * ForbiddenError for somebody who may do nothing here, BadUserInputError for a malformed header, UnavailableError while it
 * cannot be found out.
 */
export type Authenticate = (headers: Headers) => Principal | Promise<Principal>;

/** Authenticates before a body is read, so that nothing is parsed for nobody. */
export function useAuthentication(authenticate: Authenticate): Plugin {
  return {
    async onRequestParse({ request }) {
      const record = recordOf(request);
      record.principal = await authenticate(request.headers);
      record.logger = record.logger.with({ tenant_id: record.principal.tenantId });
    },
  };
}
