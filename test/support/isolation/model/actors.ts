import { GLOBAL_TENANT } from "../../../../src/db/tenant.ts";

/** Somebody who acts in a sequence. */
export interface Actor {
  readonly name: string;
  /** The tenant whose rows it reads and writes beside the global ones; null for nobody. */
  readonly own: string | null;
  /** Who goes into `createdBy` and `updatedBy`. */
  readonly signs: string;
  /** What it says of itself to the API. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Names that an inexact comparison takes for one another. */
const TENANTS = ["acme", "Acme", "acme.eu", "acm_", "a"] as const;

const asSystem = { "x-servo-role": "system" };

/** Five tenants, the system, nobody, and the system where it names a tenant. */
export const ACTORS: readonly Actor[] = [
  ...TENANTS.map((id) => ({ name: id, own: id, signs: id, headers: { "x-tenant-id": id } })),
  { name: "the system", own: GLOBAL_TENANT, signs: "system", headers: asSystem },
  { name: "nobody", own: null, signs: "anonymous", headers: {} },
  {
    name: `the system in ${TENANTS[0]}`,
    own: TENANTS[0],
    signs: "system",
    headers: { ...asSystem, "x-tenant-id": TENANTS[0] },
  },
];
