import type { KeyObject } from "node:crypto";
import { errors, type JWTVerifyGetKey, jwtVerify } from "jose";
import { UnauthenticatedError } from "../errors.ts";
import type { StorageLogger } from "../logger.ts";
import type { Authenticate } from "./authentication.ts";
import { invalidToken } from "./invalid-token.ts";
import { createProviderKeys, PROVIDER_KEYS_DEFAULTS, type ProviderKeysOptions } from "./provider-keys.ts";
import { type ClaimNames, principalOf } from "./token-claims.ts";

/** Which bearer tokens are believed. */
export interface TokenOptions extends ClaimNames {
  /** What signatures are checked with: a public key, a shared secret, or the URL of a provider's JSON Web Key Set. */
  readonly key: KeyObject | Uint8Array | string;
  /** The signature algorithms that are accepted, as JWA names them. They must fit the key. */
  readonly algorithms: readonly string[];
  /** Whose tokens are accepted. Default: anybody's whose signature holds. */
  readonly issuers?: readonly string[] | undefined;
  /** For whom a token may be made; one of these is enough. Default: for anybody. */
  readonly audiences?: readonly string[] | undefined;
}

/** How far clocks may be apart, in seconds, where it is told whether a token is valid yet or still. */
const CLOCK_TOLERANCE_S = 30;

/**
 * `AUTH_MODE=jwt`: believes signed bearer tokens that expire. Nothing of a token is ever told, logged, or kept in an error:
 * only what is wrong with it.
 * @param fetch what fetches a provider's keys; default: Node's own
 */
export function authenticateByToken(
  options: TokenOptions,
  logger: StorageLogger,
  fetch?: ProviderKeysOptions["fetch"],
): Authenticate {
  const { key, algorithms, issuers, audiences } = options;
  const findKey: JWTVerifyGetKey =
    typeof key === "string"
      ? createProviderKeys(key, logger, { ...PROVIDER_KEYS_DEFAULTS, fetch })
      : () => key;
  const rules = {
    algorithms: [...algorithms],
    clockTolerance: CLOCK_TOLERANCE_S,
    requiredClaims: ["exp"],
    ...(issuers === undefined ? {} : { issuer: [...issuers] }),
    ...(audiences === undefined ? {} : { audience: [...audiences] }),
  };
  return async (headers) => {
    const token = bearerToken(headers);
    const { payload } = await jwtVerify(token, findKey, rules).catch((error: unknown) => {
      throw error instanceof errors.JOSEError ? invalidToken(reasonOf(error)) : error;
    });
    // JSON has numbers, such as 1e400, that are read as infinite.
    if (!Number.isFinite(payload.exp)) throw invalidToken("has a malformed claim exp");
    return principalOf(payload, headers, options);
  };
}

/** @throws UnauthenticatedError unless there is one header with one token */
function bearerToken(headers: Pick<Headers, "get">): string {
  const header = headers.get("authorization");
  if (header === null)
    throw new UnauthenticatedError("A token is needed, in the header Authorization: Bearer <token>.");
  // A repeated header arrives as one value with a comma, which no token has.
  const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(header)?.[1];
  if (token === undefined)
    throw new UnauthenticatedError("Authorization must be one header of the form Bearer <token>.");
  return token;
}

const REASONS: Readonly<Record<string, string>> = {
  [errors.JWTExpired.code]: "has expired",
  [errors.JOSEAlgNotAllowed.code]: "is signed with an algorithm that is not accepted",
  [errors.JWSSignatureVerificationFailed.code]: "has a signature that does not hold",
  [errors.JWKSNoMatchingKey.code]: "is signed with an unknown key",
  [errors.JWKSMultipleMatchingKeys.code]: "does not say which key it is signed with (kid)",
};

function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTClaimValidationFailed) return claimReasonOf(error);
  return REASONS[error.code] ?? "is malformed";
}

function claimReasonOf({ claim, reason }: errors.JWTClaimValidationFailed): string {
  if (reason === "missing") return `has no claim ${claim}`;
  if (reason !== "check_failed") return `has a malformed claim ${claim}`;
  if (claim === "nbf") return "is not valid yet";
  return claim === "iss" ? "is of an issuer that is not accepted" : "is made for another audience";
}
