import { shownTenant } from "../../../../src/db/tenant.ts";
import type { View, WorkflowRow } from "./world.ts";

/** An answer of the model as the library gives it: rows with their tenants, without what is not told of them. */
export function asShown(view: View, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => asShown(view, each));
  if (value instanceof Map) return new Map([...value].map(([key, each]) => [key, asShown(view, each)]));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  const entries = Object.entries(value).map(([key, each]) => [key, asShown(view, each)] as const);
  if (!("tenant" in value)) return Object.fromEntries(entries);
  const hidden = ["tenant", "importedBy", "links"];
  return {
    ...Object.fromEntries(entries.filter(([key]) => !hidden.includes(key))),
    tenantId: shownTenant(String(value.tenant)),
    ...("version" in value ? { isLatest: isLatest(view, value as WorkflowRow) } : {}),
  };
}

export function isLatest(
  view: View,
  { tenant, name, version }: Pick<WorkflowRow, "tenant" | "name" | "version">,
) {
  return !view.world.workflow.some(
    (later) => later.tenant === tenant && later.name === name && later.version > version,
  );
}
