import type { Logger } from "pino";
import { isLoopback } from "../config/loopback.ts";
import { ConfigError } from "../config/values.ts";
import type { Config } from "../config.ts";
import type { Authenticate } from "../http/authentication.ts";
import { authenticateByHeader } from "../http/header-authentication.ts";
import type { ProviderKeysOptions } from "../http/provider-keys.ts";
import { authenticateByToken } from "../http/token-authentication.ts";

/**
 * How requests are authenticated, as the configuration has it; warns of what is open.
 * @param fetch what fetches a provider's keys; default: Node's own
 * @throws ConfigError where it does not say, or where it would let everybody in
 */
export function configureAuthentication(
  config: Config,
  logger: Logger,
  fetch?: ProviderKeysOptions["fetch"],
): Authenticate {
  const { authMode, token } = config;
  if (authMode === undefined) {
    throw new ConfigError(
      "AUTH_MODE",
      "must be given where NODE_ENV is production or a key for tokens is configured: jwt verifies signed tokens; header believes whatever tenant a client names",
    );
  }
  if (token === undefined) {
    assertSafeAddress(config, logger);
    return authenticateByHeader;
  }
  for (const [variable, accepted] of [
    ["JWT_ISSUER", token.issuers],
    ["JWT_AUDIENCE", token.audiences],
  ] as const)
    if (accepted === undefined)
      logger.warn({}, `${variable} is not set: tokens that the same key signs for others are accepted too`);
  return authenticateByToken(token, logger, fetch);
}

function assertSafeAddress({ host, allowInsecureHeaderAuth }: Config, logger: Logger): void {
  if (isLoopback(host)) return;
  if (!allowInsecureHeaderAuth) {
    throw new ConfigError(
      "HOST",
      "must be a loopback address with AUTH_MODE=header, which believes whatever tenant a client names; where only a trusted proxy can reach the server, set ALLOW_INSECURE_HEADER_AUTH=1",
    );
  }
  logger.warn(
    { host },
    "AUTH_MODE=header on an address that others can reach: every client may act as any tenant",
  );
}
