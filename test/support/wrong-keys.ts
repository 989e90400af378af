import { generateKeyPairSync } from "node:crypto";
import { makeKeys, pemOf } from "./tokens.ts";

/** Keys in PEM form that no token may be verified with: private, broken, short, or of a kind without an algorithm. */
export function wrongPublicKeys(): string[] {
  const { publicKey, privateKey } = makeKeys("P-256");
  const pem = pemOf(publicKey);
  return [
    "secret",
    privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    pem.replace(/\n[^\n]{10}/, "\n"),
    pem.replaceAll("PUBLIC KEY", "RSA PUBLIC KEY"),
    pemOf(generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey),
    pemOf(generateKeyPairSync("ec", { namedCurve: "secp256k1" }).publicKey),
    pemOf(generateKeyPairSync("ed448").publicKey),
    pemOf(generateKeyPairSync("x25519").publicKey),
    pemOf(generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).publicKey),
  ];
}
