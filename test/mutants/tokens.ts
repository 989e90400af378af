import { inArea, type Mutant } from "./mutant.ts";

const VERIFICATION = "src/http/token-authentication.ts";
const CLAIMS = "src/http/token-claims.ts";
const TOKENS = "test/http/tokens.test.ts";
const PRINCIPALS = "test/http/token-principals.test.ts";

export const TOKEN_MUTANTS: readonly Mutant[] = inArea("tokens", [
  {
    name: "signature-not-checked",
    file: VERIFICATION,
    from: "const { payload } = await jwtVerify(token, findKey, rules).catch((error: unknown) => {\n      throw error instanceof errors.JOSEError ? invalidToken(reasonOf(error)) : error;\n    });",
    to: 'const payload = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());',
    killer: { file: TOKENS, test: "a token is refused that is signed with another secret" },
  },
  {
    name: "algorithm-not-checked",
    file: VERIFICATION,
    from: "algorithms: [...algorithms],",
    to: "",
    killer: {
      file: TOKENS,
      test: "a token is refused that is signed with another algorithm of the same key",
    },
  },
  {
    name: "token-for-ever",
    file: VERIFICATION,
    from: 'requiredClaims: ["exp"],',
    to: "",
    killer: { file: TOKENS, test: "a token is refused that never expires" },
  },
  {
    name: "expired-long-ago",
    file: VERIFICATION,
    from: "const CLOCK_TOLERANCE_S = 30;",
    to: "const CLOCK_TOLERANCE_S = 3000;",
    killer: { file: TOKENS, test: "a token is refused that has expired" },
  },
  {
    name: "issuer-not-checked",
    file: VERIFICATION,
    from: "{ issuer: [...issuers] }",
    to: "{}",
    killer: { file: TOKENS, test: "a token is refused that is another issuer's" },
  },
  {
    name: "audience-not-checked",
    file: VERIFICATION,
    from: "{ audience: [...audiences] }",
    to: "{}",
    killer: { file: TOKENS, test: "a token is refused that is for another service" },
  },
  {
    name: "header-before-the-token",
    file: CLAIMS,
    from: "if (claimed !== null && tenantId !== claimed)",
    to: "if (tenantId === undefined)",
    killer: { file: PRINCIPALS, test: "is refused for another tenant in x-tenant-id" },
  },
  {
    name: "claimed-tenant-not-checked",
    file: CLAIMS,
    from: 'typeof claim === "string" && TENANT_ID_PATTERN.test(claim)',
    to: 'typeof claim === "string"',
    killer: { file: PRINCIPALS, test: "is refused of a malformed tenant" },
  },
  {
    name: "token-without-a-role",
    file: CLAIMS,
    from: "if (roles.length === 0) throw",
    to: "if (roles.length < 0) throw",
    killer: { file: PRINCIPALS, test: "is refused without a role" },
  },
  {
    name: "token-without-a-tenant",
    file: CLAIMS,
    from: 'if (claimed === null && !roles.includes("system"))',
    to: "if (claimed === undefined)",
    killer: { file: PRINCIPALS, test: "is refused without a tenant" },
  },
]);
