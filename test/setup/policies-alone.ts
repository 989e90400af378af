import pg from "pg";
import { afterAll } from "vitest";
import { withoutTenantPredicates } from "../support/isolation/tenant-predicates.ts";

// Takes the tenant predicates out of what the application sends, on its way to the server: the policies must hold alone.
// For one test file: the next one in the same process does so anew.
const before = Object.getOwnPropertyDescriptor(pg.Client.prototype, "query") ?? {};
afterAll(() => void Object.defineProperty(pg.Client.prototype, "query", before));
const { query } = pg.Client.prototype;
const boundTo = new WeakMap<pg.Client, string>();

Object.defineProperty(pg.Client.prototype, "query", {
  ...before,
  value(this: pg.Client, sent: unknown, values: unknown, ...others: unknown[]): unknown {
    const text = typeof sent === "string" ? sent : isStatement(sent) ? sent.text : "";
    const [, tenant] =
      /^\/\* tenant\.begin \*\/ .* SET LOCAL app\.current_tenant = '([^']*)'/.exec(text) ?? [];
    if (tenant !== undefined) boundTo.set(this, tenant);
    // What the application sends begins with its name; what the tests ask as the owner does not.
    const given = sent instanceof pg.Query ? Reflect.get(sent, "values") : values;
    const known = isStatement(sent) && Array.isArray(given) && text.startsWith("/* ");
    if (!known) return Reflect.apply(query, this, [sent, values, ...others]);
    const freed = withoutTenantPredicates({ text, values: given }, boundTo.get(this) ?? "");
    // Not under its name: that is made from the text that it had.
    const changed = { text: freed.text, name: undefined };
    if (sent instanceof pg.Query)
      return Reflect.apply(query, this, [Object.assign(sent, changed, { values: freed.values })]);
    return Reflect.apply(query, this, [{ ...sent, ...changed }, freed.values, ...others]);
  },
});

function isStatement(sent: unknown): sent is { readonly text: string } {
  return typeof sent === "object" && sent !== null && "text" in sent && typeof sent.text === "string";
}
