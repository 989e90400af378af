import type { Logger } from "pino";

/** A signal within so many milliseconds of another is the same one: npm passes on what the terminal sent to all. */
const SAME_SIGNAL_MS = 1000;

/**
 * Waits for SIGINT or SIGTERM. After it, a second signal that is not the same one ends the process at once.
 * @returns the signal's name
 */
export function untilSignal(logger: Logger): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const onSignal = (signal: NodeJS.Signals) => {
      if (firstAt === undefined) {
        firstAt = performance.now();
        resolve(signal);
      } else if (performance.now() - firstAt > SAME_SIGNAL_MS) {
        logger.warn({ signal }, "Second signal: ending without waiting");
        process.exit(1);
      }
    };
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
  });
}
