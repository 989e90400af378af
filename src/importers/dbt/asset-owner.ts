import { ascending } from "./catalogue.ts";
import type { Manifest, Owner, Resource } from "./manifest-shape.ts";

/** Whose a resource is according to its group; see {@link groupOwners}. */
export type GroupOwners = (resource: Resource) => string | undefined;

/**
 * Whose a resource is, from what says it most particularly to what says it most generally:
 * 1. an exposure's own `owner` (https://docs.getdbt.com/docs/build/exposures);
 * 2. `config.meta.owner`, then `meta.owner` (https://docs.getdbt.com/faqs/Docs/modify-owner-column): a text,
 *    a list of texts (joined by ", "), or an object with `email` or `name`; anything else is passed over;
 * 3. the owner of its group (https://docs.getdbt.com/docs/build/groups).
 *
 * Of an `email` and a `name` the email is taken: it means one person or team wherever it stands, and v7 and v8 require it.
 */
export function readOwner(resource: Resource, groupOwner: GroupOwners): string | undefined {
  return (
    contactOf(resource.owner) ??
    contactOf(resource.config?.meta?.owner) ??
    contactOf(resource.meta?.owner) ??
    groupOwner(resource)
  );
}

/**
 * Finds a group's owner. A resource names its group without a package, and the group may be another package's (dbt-core
 * checks the name alone, `check_valid_group_config`): its own package's is preferred.
 */
export function groupOwners(groups: Manifest["groups"]): GroupOwners {
  const byId = new Map(Object.entries(groups ?? {}));
  const byName = new Map<string, Owner>();
  for (const [id, { name, owner }] of [...byId].sort(([left], [right]) => ascending(left, right))) {
    const key = name ?? id.split(".").slice(2).join(".");
    if (!byName.has(key)) byName.set(key, owner);
  }
  return (resource) => {
    const group = resource.group ?? resource.config?.group;
    if (group == null) return undefined;
    return contactOf(byId.get(`group.${resource.package_name}.${group}`)?.owner ?? byName.get(group));
  };
}

/** A text that is not blank, several of them joined, or what an object gives as `email`, else as `name`. */
function contactOf(value: unknown): string | undefined {
  if (typeof value === "string") return value.trim() === "" ? undefined : value.trim();
  if (Array.isArray(value)) {
    const texts = value.filter((item) => typeof item === "string").map((item) => item.trim());
    return contactOf(texts.filter((text) => text !== "").join(", "));
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { email, name }: { email?: unknown; name?: unknown } = value;
  return textual(email) ?? textual(name);
}

/** One level of {@link contactOf}: an object inside an object says nothing. */
function textual(value: unknown): string | undefined {
  return typeof value === "string" || Array.isArray(value) ? contactOf(value) : undefined;
}
