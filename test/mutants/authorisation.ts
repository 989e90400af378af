import { inArea, type Mutant } from "./mutant.ts";

const HEADERS = "src/http/header-authentication.ts";
const PRINCIPAL = "src/principal.ts";
const AUTHENTICATION = "test/http/authentication.test.ts";
const ROLES = "test/http/roles.test.ts";

/** Who asks, by headers, and what that lets them do. */
export const AUTHORISATION_MUTANTS: readonly Mutant[] = inArea("authorisation", [
  {
    name: "header-tenant-not-checked",
    file: HEADERS,
    from: 'tenant === null ? null : parseTenantId(tenant, "x-tenant-id")',
    to: "tenant",
    killer: { file: AUTHENTICATION, test: "is refused when it is" },
  },
  {
    name: "unknown-role-passed-over",
    file: HEADERS,
    from: "if (value === null || isRole(value)) return value;",
    to: 'if (value === null || isRole(value)) return value;\n  if (value !== "") return null;',
    killer: { file: AUTHENTICATION, test: "is refused as" },
  },
  {
    name: "inherited-name-is-a-role",
    file: PRINCIPAL,
    from: "Object.hasOwn(ROLES, value)",
    to: "value in ROLES",
    killer: { file: AUTHENTICATION, test: "is refused as" },
  },
  {
    name: "anonymous-is-the-system",
    file: PRINCIPAL,
    from: '(roles.includes("system") ? GLOBAL_TENANT : null)',
    to: "GLOBAL_TENANT",
    killer: { file: ROLES, test: "nobody may not use 'createAsset', and nothing is asked of the database" },
  },
  {
    name: "system-in-a-tenant-is-global",
    file: PRINCIPAL,
    from: 'tenantId ?? (roles.includes("system") ? GLOBAL_TENANT : null)',
    to: 'roles.includes("system") ? GLOBAL_TENANT : tenantId',
    killer: {
      file: AUTHENTICATION,
      test: "of the system with a tenant acts in that tenant, in its own name",
    },
  },
  {
    name: "reader-may-write",
    file: PRINCIPAL,
    from: 'reader: ["read"],',
    to: 'reader: ["read", "write"],',
    killer: { file: ROLES, test: "may not use 'createAsset', and nothing is asked of the database" },
  },
  {
    name: "editor-may-delete",
    file: PRINCIPAL,
    from: 'editor: ["read", "write"],',
    to: 'editor: ["read", "write", "delete"],',
    killer: { file: ROLES, test: "may not use 'deleteAsset', and nothing is asked of the database" },
  },
  {
    name: "no-role-is-enough",
    file: PRINCIPAL,
    from: "roles.some((role) => grants(role, permission))",
    to: "roles.every((role) => grants(role, permission))",
    killer: { file: ROLES, test: "a principal without any role may not even use" },
  },
  {
    name: "queries-open",
    file: "src/modules/schema.ts",
    from: ", authScopes: { read: true }",
    to: "",
    killer: { file: ROLES, test: "a principal without any role may not even use" },
  },
  {
    name: "mutations-need-no-more-than-queries",
    file: "src/modules/schema.ts",
    from: "authScopes: { write: true }",
    to: "authScopes: { read: true }",
    killer: { file: ROLES, test: "may not use 'createAsset', and nothing is asked of the database" },
  },
  {
    name: "deletion-as-a-change",
    file: "src/modules/asset/asset.mutations.schema.ts",
    from: "...DELETES,",
    to: "",
    killer: { file: ROLES, test: "may not use 'deleteAsset', and nothing is asked of the database" },
  },
  {
    name: "body-parsed-for-nobody",
    file: "src/http/authentication.ts",
    from: "async onRequestParse({ request, serverContext: { handover } }) {",
    to: "async onParams({ request, context: { handover } }) {",
    killer: {
      file: "test/http/malformed-requests.test.ts",
      test: "nobody's body is parsed: a bad principal is told of before a bad body",
    },
  },
]);
