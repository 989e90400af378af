import { parseTenantId } from "../db/tenant.ts";
import { BadUserInputError } from "../errors.ts";
import { isRole, ROLES, type Role } from "../principal.ts";
import type { Authenticate } from "./authentication.ts";

/**
 * `AUTH_MODE=header`: believes the headers `x-tenant-id` and `x-servo-role` (without it, a tenant's `admin`). For development,
 * and for networks where only a trusted proxy can reach the server. Without either, the request reads global data.
 */
export const authenticateByHeader: Authenticate = (headers) => {
  const tenant = headers.get("x-tenant-id");
  // A repeated header arrives as one value with a comma, which no tenant id and no role has.
  const tenantId = tenant === null ? null : parseTenantId(tenant, "x-tenant-id");
  const role = parseRole(headers.get("x-servo-role"));
  if (role === "system") return { tenantId, name: "system", roles: [role] };
  if (tenantId === null) return { tenantId, name: "anonymous", roles: ["reader"] };
  return { tenantId, name: tenantId, roles: [role ?? "admin"] };
};

function parseRole(value: string | null): Role | null {
  if (value === null || isRole(value)) return value;
  const roles = Object.keys(ROLES).join(", ");
  throw new BadUserInputError(["x-servo-role"], `must be one of ${roles} where it is given`);
}
