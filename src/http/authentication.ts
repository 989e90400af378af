import type { Plugin } from "graphql-yoga";
import { parseTenantId } from "../db/tenant.ts";
import { BadUserInputError } from "../errors.ts";
import type { Principal } from "../principal.ts";
import { recordOf } from "./request-record.ts";

/** Finds out who asks, from the headers of a request. Throws UnauthenticatedError or BadUserInputError. */
export type Authenticate = (headers: Headers) => Principal | Promise<Principal>;

/**
 * `AUTH_MODE=header`: believes the header `x-tenant-id`, and `x-servo-role: system`. For development, and for networks
 * where only a trusted proxy can reach the server. Without either, the request reads global data.
 */
export const authenticateByHeader: Authenticate = (headers) => {
  const tenant = headers.get("x-tenant-id");
  const role = headers.get("x-servo-role");
  // A repeated header arrives as one value with a comma, which no tenant id has.
  const tenantId = tenant === null ? null : parseTenantId(tenant, "x-tenant-id");
  if (role !== null && role !== "system")
    throw new BadUserInputError(["x-servo-role"], "must be system where it is given");
  if (role === "system") return { kind: "system", tenantId, name: "system" };
  if (tenantId === null) return { kind: "anonymous", tenantId, name: "anonymous" };
  return { kind: "tenant", tenantId, name: tenantId };
};

/** Authenticates before a body is read, so that nothing is parsed for nobody. */
export function useAuthentication(authenticate: Authenticate): Plugin {
  return {
    async onRequestParse({ request }) {
      const record = recordOf(request);
      record.principal = await authenticate(request.headers);
      record.logger = record.logger.child({ tenant_id: record.principal.tenantId });
    },
  };
}
