import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Config } from "../config.ts";
import type { HttpServer } from "../http/server.ts";

/** A signal within so many milliseconds of another is the same one: npm passes on what the terminal sent to all. */
const SAME_SIGNAL_MS = 1000;

/** How long statements get, in milliseconds, to be cancelled when their requests have been cut off. */
const CANCELLING_MS = 500;

/**
 * Listens for SIGINT and SIGTERM. A second signal that is not the same one ends the process at once.
 * @returns what the first one aborts, with the signal's name for a reason
 */
export function listenForSignal(logger: Logger): AbortSignal {
  const controller = new AbortController();
  let firstAt: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      controller.abort(signal);
    } else if (performance.now() - firstAt > SAME_SIGNAL_MS) {
      logger.warn({ signal }, "Second signal: ending without waiting");
      process.exit(1);
    }
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return controller.signal;
}

/**
 * Ends a server: it serves on while load balancers learn that it is not ready, then takes no more and answers what runs.
 * Where a request is cut off, the exit code will be 1.
 * @returns how many milliseconds what it rests on may take at most, whenever that is asked
 */
export async function endServer(
  server: HttpServer,
  { shutdownDelayMs, shutdownTimeoutMs }: Pick<Config, "shutdownDelayMs" | "shutdownTimeoutMs">,
  logger: Logger,
): Promise<() => number> {
  server.announceEnd();
  await delay(shutdownDelayMs);
  const deadline = performance.now() + shutdownTimeoutMs;
  const requests = await server.close(shutdownTimeoutMs);
  if (requests > 0) {
    logger.warn({ requests }, "Requests cut off: SHUTDOWN_TIMEOUT_MS is over");
    process.exitCode = 1;
  }
  return () => Math.max(CANCELLING_MS, deadline - performance.now());
}
