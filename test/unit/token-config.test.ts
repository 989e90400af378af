import { describe, expect, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import { type KeyKind, makeKeys, pemOf } from "../support/tokens.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const JWKS = {
  JWT_JWKS_URL: "https://id.example/keys",
  JWT_ISSUER: "https://id.example/",
  JWT_AUDIENCE: "servo",
};
const RSA = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
const jwt = (environment: Record<string, string>) => readConfig({ AUTH_MODE: "jwt", ...environment });
const { publicKey } = makeKeys();

describe("the key of tokens", () => {
  it("may be a provider's, in which case all asymmetric algorithms fit and no other", () => {
    const { token } = jwt(JWKS);
    expect(token).toEqual({
      key: JWKS.JWT_JWKS_URL,
      algorithms: [...RSA, "ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
      issuers: ["https://id.example/"],
      audiences: ["servo"],
      tenantClaim: "tenant_id",
      rolesClaim: "roles",
    });
  });

  it.each(["http://127.0.0.1:8080/keys", "http://localhost/keys", "http://[::1]/keys"])(
    "may come over plain http from this machine: %s",
    (JwtJwksUrl) => {
      expect(jwt({ ...JWKS, JWT_JWKS_URL: JwtJwksUrl }).token?.key).toBe(JwtJwksUrl);
    },
  );

  it.each<[KeyKind, string[]]>([
    ["rsa", RSA],
    ["P-256", ["ES256"]],
    ["P-384", ["ES384"]],
    ["P-521", ["ES512"]],
    ["ed25519", ["EdDSA", "Ed25519"]],
  ])("may be public, in which case the algorithms of its kind fit: %s", (kind, algorithms) => {
    const pem = pemOf(makeKeys(kind).publicKey);
    for (const JwtPublicKey of [pem, pem.trim(), pem.replaceAll("\n", "\\n"), `\n${pem}`]) {
      const { token } = jwt({ JWT_PUBLIC_KEY: JwtPublicKey });
      expect(token).toMatchObject({ algorithms, issuers: undefined, audiences: undefined });
      expect(token?.key).toHaveProperty("asymmetricKeyType");
    }
  });

  it.each([
    [32, ["HS256"]],
    [48, ["HS256", "HS384"]],
    [64, ["HS256", "HS384", "HS512"]],
  ])(
    "may be a secret, in which case the algorithms fit whose hash is no longer: %i bytes",
    (length, algorithms) => {
      const JwtSecret = "s".repeat(length);
      expect(jwt({ JWT_SECRET: JwtSecret }).token).toMatchObject({ key: Buffer.from(JwtSecret), algorithms });
    },
  );
});

describe("what is given beside it", () => {
  it("is used", () => {
    const given = {
      ...JWKS,
      JWT_ALGORITHMS: "ES256, RS256",
      JWT_ISSUER: "https://a/, https://b/",
      JWT_AUDIENCE: "a,b",
      JWT_TENANT_CLAIM: "https://acme.example/tenant",
      JWT_ROLES_CLAIM: "realm_access.roles",
    };
    expect(jwt(given).token).toEqual({
      key: JWKS.JWT_JWKS_URL,
      algorithms: ["ES256", "RS256"],
      issuers: ["https://a/", "https://b/"],
      audiences: ["a", "b"],
      tenantClaim: "https://acme.example/tenant",
      rolesClaim: "realm_access.roles",
    });
  });

  it.each<[string, Record<string, string>, string]>([
    ["no key", {}, "JWT_JWKS_URL, JWT_PUBLIC_KEY or JWT_SECRET must be given with AUTH_MODE=jwt"],
    ["two keys", { ...JWKS, JWT_SECRET: SECRET }, "JWT_SECRET must not be given beside JWT_JWKS_URL"],
    [
      "two other keys",
      { JWT_PUBLIC_KEY: pemOf(publicKey), JWT_SECRET: SECRET },
      "JWT_SECRET must not be given beside JWT_PUBLIC_KEY",
    ],
    [
      "a provider without an issuer",
      { ...JWKS, JWT_ISSUER: "" },
      "JWT_ISSUER must be given with JWT_JWKS_URL: a provider signs tokens for others too",
    ],
    [
      "a provider without an audience",
      { ...JWKS, JWT_AUDIENCE: "" },
      "JWT_AUDIENCE must be given with JWT_JWKS_URL: a provider signs tokens for others too",
    ],
    [
      "a provider and HS256",
      { ...JWKS, JWT_ALGORITHMS: "RS256,HS256" },
      `JWT_ALGORITHMS must fit JWT_JWKS_URL, which can check ${RSA.join(", ")}, ES256, ES384, ES512, EdDSA, Ed25519`,
    ],
    [
      "a public key and HS256",
      { JWT_PUBLIC_KEY: pemOf(publicKey), JWT_ALGORITHMS: "HS256" },
      "JWT_ALGORITHMS must fit JWT_PUBLIC_KEY, which can check ES256",
    ],
    [
      "a key of another kind",
      { JWT_PUBLIC_KEY: pemOf(publicKey), JWT_ALGORITHMS: "ES256,RS256" },
      "JWT_ALGORITHMS must fit JWT_PUBLIC_KEY, which can check ES256",
    ],
    [
      "a secret and RS256",
      { JWT_SECRET: SECRET, JWT_ALGORITHMS: "HS256,RS256" },
      "JWT_ALGORITHMS must fit JWT_SECRET, which can check HS256",
    ],
    [
      "a secret too short for HS512",
      { JWT_SECRET: SECRET, JWT_ALGORITHMS: "HS512" },
      "JWT_ALGORITHMS must fit JWT_SECRET, which can check HS256",
    ],
  ])("must fit: %s is refused", (_, environment, message) => {
    expect(() => jwt(environment)).toThrow(expect.objectContaining({ name: "ConfigError", message }));
  });
});

describe("the mode", () => {
  it("is header where nothing says that others are to be served", () => {
    expect(readConfig({})).toMatchObject({ authMode: "header", token: undefined });
    expect(readConfig({ JWT_TENANT_CLAIM: "t" }).authMode).toBe("header");
  });

  it.each<Record<string, string>>([
    { NODE_ENV: "production" },
    { JWT_SECRET: SECRET },
    { JWT_PUBLIC_KEY: pemOf(publicKey) },
    JWKS,
  ])("has no default with %j", (environment) => {
    expect(readConfig(environment)).toMatchObject({ authMode: undefined, token: undefined });
    expect(readConfig({ AUTH_MODE: "header", ...environment })).toMatchObject({
      authMode: "header",
      token: undefined,
    });
  });
});
