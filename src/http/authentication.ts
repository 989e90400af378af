import type { Plugin } from "graphql-yoga";
import type { Principal } from "../principal.ts";
import type { HandedOver } from "./handover.ts";
import { recordOf } from "./request-record.ts";

/**
 * Finds out who asks, from the headers of a request. Throws a ServoError: UnauthenticatedError for nobody known,
 * ForbiddenError for somebody who may do nothing here, BadUserInputError for a malformed header, UnavailableError while it
 * cannot be found out.
 */
export type Authenticate = (headers: Pick<Headers, "get">) => Principal | Promise<Principal>;

/** Authenticates before a body is read, so that nothing is parsed for nobody. */
export function useAuthentication(authenticate: Authenticate): Plugin<object, HandedOver> {
  return {
    async onRequestParse({ request, serverContext: { handover } }) {
      const record = recordOf(request);
      record.principal = await (handover?.principal ?? authenticate(request.headers));
      record.logger = record.logger.with({ tenant_id: record.principal.tenantId });
    },
  };
}
