import { GLOBAL_TENANT, type TenantBinding } from "./db/tenant.ts";

/** Who asks, as authentication found it. `tenantId` is the tenant to act in, null for none. */
export interface Principal {
  /**
   * - `tenant`: may do everything in its tenant, and read global data.
   * - `system`: the same for global data, or in a tenant where it names one.
   * - `anonymous`: reads global data.
   */
  readonly kind: "tenant" | "system" | "anonymous";
  readonly tenantId: string | null;
  /** What goes into `createdBy` and `updatedBy`. */
  readonly name: string;
}

/** What a principal's connections are bound to. */
export function bindingOf({ kind, tenantId, name }: Principal): TenantBinding {
  return { ownTenant: tenantId ?? (kind === "system" ? GLOBAL_TENANT : null), actor: name };
}
