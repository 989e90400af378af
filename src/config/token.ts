import type { KeyObject } from "node:crypto";
import type { z } from "zod";
import { ALGORITHMS, algorithmsFor, keySetUrl, publicKey, secret } from "./token-key.ts";
import { ConfigError, listOf, oneOf, text } from "./values.ts";

const names = listOf(text.min(1, "must be one or more values with commas between them, none of them empty"));

/** Which bearer tokens are believed, with AUTH_MODE=jwt. */
export const tokenVariables = {
  JWT_JWKS_URL: keySetUrl.optional(),
  JWT_PUBLIC_KEY: publicKey.optional(),
  JWT_SECRET: secret.optional(),
  JWT_ALGORITHMS: listOf(oneOf(ALGORITHMS)).optional(),
  JWT_ISSUER: names.optional(),
  JWT_AUDIENCE: names.optional(),
  JWT_TENANT_CLAIM: text.default("tenant_id"),
  JWT_ROLES_CLAIM: text.default("roles"),
};

type Given = z.output<z.ZodObject<typeof tokenVariables>>;

/** @throws ConfigError where there is not just one key, or where the other variables do not fit it */
export function tokenConfig(given: Given) {
  const { source, key } = keyOf(given);
  const possible: readonly string[] = algorithmsFor(key);
  const { JWT_ALGORITHMS: algorithms = possible } = given;
  const unfit = algorithms.find((name) => !possible.includes(name));
  if (unfit !== undefined)
    throw new ConfigError("JWT_ALGORITHMS", `must fit ${source}, which can check ${possible.join(", ")}`);
  if (source === "JWT_JWKS_URL") {
    for (const name of ["JWT_ISSUER", "JWT_AUDIENCE"] as const)
      if (given[name] === undefined)
        throw new ConfigError(
          name,
          "must be given with JWT_JWKS_URL: a provider signs tokens for others too",
        );
  }
  return {
    key,
    algorithms,
    issuers: given.JWT_ISSUER,
    audiences: given.JWT_AUDIENCE,
    tenantClaim: given.JWT_TENANT_CLAIM,
    rolesClaim: given.JWT_ROLES_CLAIM,
  };
}

/** The names of the key variables that are given. */
export function keySources(given: Given) {
  return (["JWT_JWKS_URL", "JWT_PUBLIC_KEY", "JWT_SECRET"] as const).filter(
    (name) => given[name] !== undefined,
  );
}

function keyOf(given: Given): { source: string; key: KeyObject | Uint8Array | string } {
  const [source, other] = keySources(given);
  const key = source === undefined ? undefined : given[source];
  if (source === undefined || key === undefined)
    throw new ConfigError("JWT_JWKS_URL, JWT_PUBLIC_KEY or JWT_SECRET", "must be given with AUTH_MODE=jwt");
  if (other !== undefined) throw new ConfigError(other, `must not be given beside ${source}`);
  return { source, key };
}
