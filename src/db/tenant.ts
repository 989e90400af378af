import { BadUserInputError, ForbiddenError } from "../errors.ts";

/**
 * The reserved tenant of global rows. The API and the library show it as `null`, and no principal can name it:
 * {@link parseTenantId} refuses it. A real value rather than NULL, because NULL switches off composite foreign keys
 * and uniqueness.
 */
export const GLOBAL_TENANT = "~global";

/** The form of a tenant id: up to 128 characters, letters, digits and `._:-`, a letter or digit first. */
export const TENANT_ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/**
 * Whose eyes and hands a connection has: PostgreSQL shows it the rows of `ownTenant` and the global ones, and lets it
 * write those of `ownTenant` alone. `ownTenant` is {@link GLOBAL_TENANT} for the system and null for nobody, who reads
 * global rows and writes none. `actor` is the principal that goes into `createdBy` and `updatedBy`.
 */
export interface TenantBinding {
  readonly ownTenant: string | null;
  readonly actor: string;
}

/** What nobody is told that wants to write. */
export const TENANT_NEEDED = "A tenant is needed to write; without one, only global data can be read.";

/** Longest name of a principal that `createdBy` and `updatedBy` keep, in characters. */
export const MAX_ACTOR_LENGTH = 255;

/**
 * Checks a tenant id that came from outside.
 * @throws BadUserInputError when it does not have the form of {@link TENANT_ID_PATTERN}.
 */
export function parseTenantId(value: unknown, field = "tenantId"): string {
  if (typeof value === "string" && TENANT_ID_PATTERN.test(value)) return value;
  throw new BadUserInputError(
    [field],
    "must be 1 to 128 letters, digits or ._:- and begin with a letter or a digit",
  );
}

/** The tenants whose rows a binding may read: its own and the global one. */
export function readableTenants({ ownTenant }: TenantBinding): readonly string[] {
  return ownTenant === null || ownTenant === GLOBAL_TENANT ? [GLOBAL_TENANT] : [ownTenant, GLOBAL_TENANT];
}

/**
 * The tenant that a binding may write.
 * @throws ForbiddenError when it is bound to nobody.
 */
export function writableTenant({ ownTenant }: TenantBinding): string {
  if (ownTenant === null) throw new ForbiddenError(TENANT_NEEDED);
  return ownTenant;
}

/** A stored tenant as the API and the library show it: null for global rows. */
export function shownTenant(tenantId: string): string | null {
  return tenantId === GLOBAL_TENANT ? null : tenantId;
}

/** Which of the readable rows a list is about. */
export const SCOPES = ["own", "global", "all"] as const;
export type Scope = (typeof SCOPES)[number];

/** The tenants whose rows a list over a scope reads; none for the own rows of nobody. */
export function tenantsInScope(binding: TenantBinding, scope: Scope | null | undefined): readonly string[] {
  if (scope === "own") return binding.ownTenant === null ? [] : [binding.ownTenant];
  return scope === "global" ? [GLOBAL_TENANT] : readableTenants(binding);
}
