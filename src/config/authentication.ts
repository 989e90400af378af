import type { z } from "zod";
import { flag, oneOf } from "./values.ts";

/** Who asks, and how that is known. */
export const authenticationVariables = {
  AUTH_MODE: oneOf(["header"]).default("header"),
  ALLOW_INSECURE_HEADER_AUTH: flag.default(false),
};

type Given = z.output<z.ZodObject<typeof authenticationVariables>>;

export function authenticationConfig(given: Given) {
  return {
    authMode: given.AUTH_MODE,
    allowInsecureHeaderAuth: given.ALLOW_INSECURE_HEADER_AUTH,
  };
}

/** Whether a host name means this machine alone. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
}
