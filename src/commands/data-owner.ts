import { GLOBAL_TENANT, parseTenantId } from "../db/tenant.ts";
import { asUsage, UsageError } from "./usage-error.ts";

/** Whose data is meant, as the command line gives it. */
export interface OwnerArguments {
  readonly tenant?: string | undefined;
  readonly system?: true | undefined;
}

/**
 * Whose data is meant, if that was said.
 * @param name what the tenant's id is called on the command line
 * @throws UsageError for a malformed tenant id, or for both
 */
export function readOwner({ tenant, system }: OwnerArguments, name: string): string | undefined {
  if (tenant !== undefined && system) throw new UsageError(`${name} and --system cannot both be given`);
  if (system) return GLOBAL_TENANT;
  return tenant === undefined ? undefined : asUsage("", () => parseTenantId(tenant, name));
}

/** `the tenant acme`, or `the system`. */
export function nameOwner(owner: string): string {
  return owner === GLOBAL_TENANT ? "the system" : `the tenant ${owner}`;
}
