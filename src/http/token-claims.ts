import type { JWTPayload } from "jose";
import { parseTenantId, TENANT_ID_PATTERN } from "../db/tenant.ts";
import { ForbiddenError } from "../errors.ts";
import { actor } from "../modules/fields.ts";
import { isRole, type Principal, type Role } from "../principal.ts";
import { invalidToken } from "./invalid-token.ts";

/** Where a token tells what; the whole name of a claim (`https://acme.example/tenant`), or a path (`realm_access.roles`). */
export interface ClaimNames {
  /** A tenant id. Tokens of the system may be without. */
  readonly tenantClaim: string;
  /** A list of roles, or one string with blanks or commas between them. Other roles than ours are passed over. */
  readonly rolesClaim: string;
}

/**
 * Whom a token that holds stands for.
 * @param headers `x-tenant-id` names a tenant for the system; from others it must repeat the token's
 * @throws UnauthenticatedError for a malformed claim, ForbiddenError for a token that gives no role or no tenant, or for another
 * tenant in the header
 */
export function principalOf(
  claims: JWTPayload,
  headers: Pick<Headers, "get">,
  { tenantClaim, rolesClaim }: ClaimNames,
): Principal {
  const roles = rolesIn(claimAt(claims, rolesClaim));
  if (roles.length === 0) throw new ForbiddenError(`The token gives no role in its claim ${rolesClaim}.`);
  const claimed = tenantIn(claimAt(claims, tenantClaim));
  if (claimed === null && !roles.includes("system"))
    throw new ForbiddenError(`The token names no tenant in its claim ${tenantClaim}.`);
  const named = headers.get("x-tenant-id");
  const tenantId = named === null ? claimed : parseTenantId(named, "x-tenant-id");
  if (claimed !== null && tenantId !== claimed)
    throw new ForbiddenError("x-tenant-id names another tenant than the token.");
  return { tenantId, name: actorIn(claims.sub) ?? tenantId ?? "system", roles };
}

/** The claim of that very name, or else what stands at the path that it is. */
function claimAt(claims: JWTPayload, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name.split(".").reduce<unknown>(memberOf, claims);
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function rolesIn(claim: unknown): Role[] {
  const given = typeof claim === "string" ? claim.split(/[\s,]+/) : claim;
  return Array.isArray(given) ? [...new Set(given.filter(isRole))] : [];
}

function tenantIn(claim: unknown): string | null {
  if (claim === undefined || claim === null) return null;
  if (typeof claim === "string" && TENANT_ID_PATTERN.test(claim)) return claim;
  throw invalidToken("has a malformed tenant id");
}

/** A name that begins with a tilde is one of this program's own, such as an import's. */
function actorIn(subject: unknown): string | undefined {
  if (subject === undefined) return undefined;
  const parsed = actor.refine((name) => !name.startsWith("~")).safeParse(subject);
  if (parsed.success) return parsed.data;
  throw invalidToken("has a malformed claim sub");
}
