import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { type JWTPayload, SignJWT } from "jose";
import type { TokenOptions } from "../../src/http/token-authentication.ts";

export const SECRET: Uint8Array = Buffer.from(
  "a secret of the tests, long enough for HS512, which needs 64 bytes!",
);
export const ISSUER = "https://issuer.example/";
export const AUDIENCE = "servo";

/** Tokens signed with {@link SECRET}, unless told otherwise. */
export const tokenOptions = (options: Partial<TokenOptions> = {}): TokenOptions => ({
  key: SECRET,
  algorithms: ["HS256"],
  issuers: [ISSUER],
  audiences: [AUDIENCE],
  tenantClaim: "tenant",
  rolesClaim: "roles",
  ...options,
});

export type KeyKind = "rsa" | "P-256" | "P-384" | "P-521" | "ed25519";

export function makeKeys(kind: KeyKind = "P-256"): { publicKey: KeyObject; privateKey: KeyObject } {
  if (kind === "rsa") return generateKeyPairSync("rsa", { modulusLength: 2048 });
  return kind === "ed25519"
    ? generateKeyPairSync("ed25519")
    : generateKeyPairSync("ec", { namedCurve: kind });
}

export const pemOf = (key: KeyObject): string => key.export({ type: "spki", format: "pem" }).toString();

export interface Signing {
  /** Default: {@link SECRET}. */
  readonly key?: KeyObject | Uint8Array;
  readonly alg?: string;
  readonly kid?: string | undefined;
  /** More of the token's header. */
  readonly header?: Readonly<Record<string, unknown>>;
}

export const secondsFromNow = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

/** What a token says. One that is undefined is left out. */
export type Claims = Readonly<Record<string, unknown>>;

/** What a token of an editor of `acme` says that holds for five minutes. */
export const claimsOf = (claims: Claims = {}): Claims => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: "ann@acme.example",
  exp: secondsFromNow(300),
  tenant: "acme",
  roles: ["editor"],
  ...claims,
});

/** A token with {@link claimsOf} these claims. */
export function sign(claims: Claims = {}, signing: Signing = {}): Promise<string> {
  const { key = SECRET, alg = "HS256", kid, header } = signing;
  return new SignJWT(claimsOf(claims) as JWTPayload)
    .setProtectedHeader({ ...header, alg, ...(kid === undefined ? {} : { kid }) })
    .sign(key);
}

/** A token of these parts, with whatever signature. */
export function forge(header: object, payload: object | string, signature = ""): string {
  const encode = (part: object | string) =>
    Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url");
  return `${encode(header)}.${encode(payload)}.${signature}`;
}
