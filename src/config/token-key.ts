import { createPublicKey, type KeyObject } from "node:crypto";
import { z } from "zod";
import { isLoopback } from "./loopback.ts";
import { text } from "./values.ts";

const RSA = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] as const;
const CURVES = { prime256v1: ["ES256"], secp384r1: ["ES384"], secp521r1: ["ES512"] } as const;
const ED25519 = ["EdDSA", "Ed25519"] as const;
const ASYMMETRIC = [...RSA, ...Object.values(CURVES).flat(), ...ED25519];
const SECRET = ["HS256", "HS384", "HS512"] as const;

/** The signature algorithms of RFC 7518, 8037 and 9864 that a token may have, `none` not among them. */
export const ALGORITHMS = [...SECRET, ...ASYMMETRIC];
export type Algorithm = (typeof ALGORITHMS)[number];

const MIN_RSA_BITS = 2048;
const MIN_SECRET_BYTES = 32;

/** The algorithms that a key can check; a URL stands for a provider's public keys. */
export function algorithmsFor(key: KeyObject | Uint8Array | string): readonly Algorithm[] {
  if (typeof key === "string") return ASYMMETRIC;
  // A secret must not be shorter than the hash (RFC 7518, section 3.2).
  if (key instanceof Uint8Array) return SECRET.filter((name) => Number(name.slice(2)) / 8 <= key.byteLength);
  const { asymmetricKeyType, asymmetricKeyDetails = {} } = key;
  const { modulusLength = 0, namedCurve = "" } = asymmetricKeyDetails;
  if (asymmetricKeyType === "rsa") return modulusLength >= MIN_RSA_BITS ? RSA : [];
  if (asymmetricKeyType === "ed25519") return ED25519;
  return Object.hasOwn(CURVES, namedCurve) ? CURVES[namedCurve as keyof typeof CURVES] : [];
}

/** The address of a provider's key set: whoever can change what it answers can make tokens. */
export const keySetUrl = text.refine(
  isKeySetUrl,
  "must be a URL with https (or with http on this machine's loopback address) and without a password",
);

function isKeySetUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname, username, password } = new URL(value);
  if (username !== "" || password !== "") return false;
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}

const PEM_RULE =
  "must be a public key in PEM form, -----BEGIN PUBLIC KEY-----; its line ends may be written \\n";
const KIND_RULE = `must be an RSA key of at least ${MIN_RSA_BITS} bits, an EC key on P-256, P-384 or P-521, or an Ed25519 key`;

/** A public key that tokens may be signed for, in PEM form. */
export const publicKey = text.transform((value, context) => {
  const key = parsePublicKey(value.replaceAll("\\n", "\n").trim());
  if (key !== undefined && algorithmsFor(key).length > 0) return key;
  context.addIssue({ code: "custom", message: key === undefined ? PEM_RULE : KIND_RULE });
  return z.NEVER;
});

/** Node would take a private key or a certificate too. */
function parsePublicKey(pem: string): KeyObject | undefined {
  if (!pem.startsWith("-----BEGIN PUBLIC KEY-----")) return undefined;
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}

/** A shared secret, as the bytes of its text. */
export const secret = text
  .transform((value): Uint8Array => Buffer.from(value))
  .refine(
    ({ byteLength }) => byteLength >= MIN_SECRET_BYTES,
    `must be at least ${MIN_SECRET_BYTES} bytes long`,
  );
