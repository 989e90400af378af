import { UnavailableError } from "../errors.ts";
import type { StorageLogger } from "../logger.ts";
import type { HeldClient } from "./held-client.ts";
import { assertServingRole, ServingRoleError } from "./serving-role.ts";

/** How long, in milliseconds, a role is believed to be safe after it was looked at: somebody may alter it meanwhile. */
const BELIEVED_MS = 10_000;

/**
 * Checks, from time to time, that row-level security holds the role of the connections.
 * @returns what is to be called before each use of a connection. It throws ServingRoleError as long as the role has never
 * been safe, and UnavailableError once it has been
 */
export function createRoleGuard(logger: StorageLogger): (client: Pick<HeldClient, "query">) => Promise<void> {
  let safeAt: number | undefined;
  return async (client) => {
    if (safeAt !== undefined && performance.now() - safeAt < BELIEVED_MS) return;
    try {
      await assertServingRole(client);
    } catch (error) {
      if (safeAt === undefined || !(error instanceof ServingRoleError)) throw error;
      logger.error({ error }, "Database role is not safe any more");
      // Its clients cannot mend it, and are not told what the role may do.
      throw new UnavailableError(
        "The database cannot be used safely now; nothing was done, and the call may be repeated.",
        { transient: "connect", retryable: true },
        { cause: error },
      );
    }
    safeAt = performance.now();
  };
}
