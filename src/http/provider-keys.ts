import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JWTVerifyGetKey,
} from "jose";
import { UnavailableError } from "../errors.ts";
import type { StorageLogger } from "../logger.ts";

export interface ProviderKeysOptions {
  /** Milliseconds after which the keys are fetched anew, so that one that the provider has withdrawn is no longer believed. */
  readonly maxAgeMs: number;
  /** Fewest milliseconds from one fetch to the next: forged tokens cannot make this server a burden for the provider. */
  readonly minIntervalMs: number;
  /** Milliseconds to wait for the provider. */
  readonly timeoutMs: number;
  /** What fetches them. Default: Node's own. */
  readonly fetch?: FetchImplementation | undefined;
}

export const PROVIDER_KEYS_DEFAULTS: ProviderKeysOptions = {
  maxAgeMs: 600_000,
  minIntervalMs: 5_000,
  timeoutMs: 5_000,
};

/**
 * Finds the keys of an identity provider in its JSON Web Key Set. They are fetched at once, again when they are old, and
 * when a token names one that is not among them; never twice at a time. While the provider is away the keys that were had last
 * go on serving, and nobody waits for it.
 *
 * What it returns throws UnavailableError for a key that only the provider could tell while it is away.
 */
export function createProviderKeys(
  url: string,
  logger: StorageLogger,
  { maxAgeMs, minIntervalMs, timeoutMs, fetch }: ProviderKeysOptions = PROVIDER_KEYS_DEFAULTS,
): JWTVerifyGetKey {
  // When to fetch is decided here: by the library's own rules, an absent provider would be asked at every request.
  const keys = createRemoteJWKSet(new URL(url), {
    timeoutDuration: timeoutMs,
    cacheMaxAge: Number.POSITIVE_INFINITY,
    cooldownDuration: Number.POSITIVE_INFINITY,
    ...(fetch === undefined ? {} : { [customFetch]: fetch }),
  });
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let triedAt = Number.NEGATIVE_INFINITY;
  let isAway = false;
  let fetching = Promise.resolve();
  const isKnown = () => fetchedAt > Number.NEGATIVE_INFINITY;

  const fetchKeys = async () => {
    triedAt = performance.now();
    try {
      await keys.reload();
      fetchedAt = performance.now();
      isAway = false;
    } catch (error) {
      isAway = true;
      logger.warn({ error }, "Signing keys cannot be fetched");
    }
  };
  const refresh = (): Promise<void> => {
    if (performance.now() - triedAt >= minIntervalMs) fetching = fetchKeys();
    return fetching;
  };
  void refresh();

  return async (header, token) => {
    if (performance.now() - fetchedAt >= maxAgeMs) {
      const refreshed = refresh();
      if (!isAway || !isKnown()) await refreshed;
    }
    if (!isKnown()) throw unavailable();
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await refresh();
      return keys(header, token).catch((again: unknown) => {
        throw isAway ? unavailable() : again;
      });
    }
  };
}

function unavailable(): UnavailableError {
  return new UnavailableError("The keys that tokens are signed with cannot be had now.", {
    transient: "connect",
    retryable: true,
  });
}
