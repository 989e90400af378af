import type { z } from "zod";
import { keySources, tokenConfig, tokenVariables } from "./token.ts";
import { flag, oneOf } from "./values.ts";

/** Who asks, and how that is known. */
export const authenticationVariables = {
  AUTH_MODE: oneOf(["header", "jwt"]).optional(),
  ALLOW_INSECURE_HEADER_AUTH: flag.default(false),
  ...tokenVariables,
};

type Given = z.output<z.ZodObject<typeof authenticationVariables>> & {
  readonly NODE_ENV?: string | undefined;
};

/** @throws ConfigError where the variables for AUTH_MODE=jwt do not fit each other */
export function authenticationConfig(given: Given) {
  // Nobody is to serve tenants to all comers because a variable was forgotten.
  const isMeantForOthers = given.NODE_ENV === "production" || keySources(given).length > 0;
  const authMode = given.AUTH_MODE ?? (isMeantForOthers ? undefined : "header");
  return {
    /** Undefined where it must be chosen; what serves asks for it. */
    authMode,
    allowInsecureHeaderAuth: given.ALLOW_INSECURE_HEADER_AUTH,
    /** Which tokens are believed, in the mode `jwt`. */
    token: authMode === "jwt" ? tokenConfig(given) : undefined,
  };
}
