import type { Logger } from "pino";
import type { Config } from "../config.ts";
import { metricsListener } from "../http/metrics-listener.ts";
import { listen } from "../http/server.ts";
import { createMetrics, type Metrics } from "../metrics/metrics.ts";
import { version } from "../version.ts";
import { ListenError } from "./listen-error.ts";

/**
 * Runs a service and measures it where METRICS_PORT says so, from before its beginning until after its end, so that what
 * it does in between can be seen.
 */
export async function withMetrics(
  { metrics: address }: Config,
  logger: Logger,
  run: (metrics: Metrics | undefined) => Promise<void>,
): Promise<void> {
  if (address === undefined) return run(undefined);
  const metrics = createMetrics(version());
  const server = await listen(metricsListener(metrics.registry), address).catch((error: Error) => {
    throw new ListenError("METRICS_HOST and METRICS_PORT", error);
  });
  logger.info({ url: server.url }, `Metrics at ${server.url}/metrics`);
  try {
    await run(metrics);
  } finally {
    // A scrape is answered at once: none is under way.
    await server.close(0);
    metrics.close();
  }
}
