import { inArea, type Mutant } from "./mutant.ts";

const HEADERS = "src/http/authentication.ts";
const PRINCIPAL = "src/principal.ts";
const AUTHENTICATION = "test/http/authentication.test.ts";

/** Who asks, and what that lets them do. Mutants of tokens and roles have their place here. */
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
    from: 'if (role !== null && role !== "system")',
    to: 'if (role === "")',
    killer: { file: AUTHENTICATION, test: "is refused as" },
  },
  {
    name: "any-role-is-the-system",
    file: HEADERS,
    from: 'if (role !== null && role !== "system")\n    throw new BadUserInputError(["x-servo-role"], "must be system where it is given");\n  if (role === "system")',
    to: "if (role !== null)",
    killer: { file: AUTHENTICATION, test: "is refused as" },
  },
  {
    name: "anonymous-is-the-system",
    file: PRINCIPAL,
    from: '(kind === "system" ? GLOBAL_TENANT : null)',
    to: "GLOBAL_TENANT",
    killer: { file: AUTHENTICATION, test: "is forbidden, and nothing is asked of the database" },
  },
  {
    name: "system-in-a-tenant-is-global",
    file: PRINCIPAL,
    from: 'tenantId ?? (kind === "system" ? GLOBAL_TENANT : null)',
    to: 'kind === "system" ? GLOBAL_TENANT : tenantId',
    killer: {
      file: AUTHENTICATION,
      test: "of the system with a tenant acts in that tenant, in its own name",
    },
  },
  {
    name: "body-parsed-for-nobody",
    file: HEADERS,
    from: "async onRequestParse({ request }) {",
    to: "async onParams({ request }) {",
    killer: {
      file: "test/http/malformed-requests.test.ts",
      test: "nobody's body is parsed: a bad principal is told of before a bad body",
    },
  },
]);
