import { GLOBAL_TENANT, TENANT_NEEDED, type TenantBinding } from "./db/tenant.ts";
import { ForbiddenError } from "./errors.ts";

/** What may be done to data. `write` makes, changes and reports; `delete` takes a row away with all that hangs on it. */
export type Permission = "read" | "write" | "delete";

/** What each role may do: the only place that says so. The schema's scopes enforce it, README.md tells it. */
export const ROLES = {
  reader: ["read"],
  editor: ["read", "write"],
  admin: ["read", "write", "delete"],
  /** On global data, or in a tenant where it names one; the other roles in their own tenant. */
  system: ["read", "write", "delete"],
} as const satisfies Readonly<Record<string, readonly Permission[]>>;

/** What somebody is in a tenant, or the system beyond them. */
export type Role = keyof typeof ROLES;

const names = Object.keys(ROLES) as readonly Role[];

/** Whether a value, such as one of a token or a header, names a role. */
export function isRole(value: unknown): value is Role {
  return typeof value === "string" && Object.hasOwn(ROLES, value);
}

/** Who asks, as authentication found it. */
export interface Principal {
  /** The tenant to act in. Null is global data: for the system to change, for anybody else to read. */
  readonly tenantId: string | null;
  /** What goes into `createdBy` and `updatedBy`. */
  readonly name: string;
  /** It may do what any of these may. */
  readonly roles: readonly Role[];
}

/** What a principal's connections are bound to. */
export function bindingOf({ tenantId, name, roles }: Principal): TenantBinding {
  return { ownTenant: tenantId ?? (roles.includes("system") ? GLOBAL_TENANT : null), actor: name };
}

/** What a principal may do: whatever one of its roles may. */
export function permissionsOf({ roles }: Principal): Readonly<Record<Permission, boolean>> {
  const may = (permission: Permission) => roles.some((role) => grants(role, permission));
  return { read: may("read"), write: may("write"), delete: may("delete") };
}

/** What a principal is told that lacks a permission. `what` names the thing that it wanted to do. */
export function refusalOf(principal: Principal, permission: Permission, what: string): ForbiddenError {
  if (bindingOf(principal).ownTenant === null) return new ForbiddenError(TENANT_NEEDED);
  const enough = names.filter((role) => role !== "system" && grants(role, permission));
  return new ForbiddenError(`${what} needs the role ${enough.join(" or ")}.`);
}

function grants(role: Role, permission: Permission): boolean {
  const granted: readonly Permission[] = ROLES[role];
  return granted.includes(permission);
}
