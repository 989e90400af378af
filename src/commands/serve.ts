import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import type { Logger } from "pino";
import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import { composeObservers } from "../db/observer.ts";
import { createProbe, type Probe } from "../db/probe.ts";
import { createApp } from "../http/app.ts";
import type { HeavyWorkers } from "../http/heavy/workers.ts";
import { measureRequests } from "../http/request-metrics.ts";
import { listen } from "../http/server.ts";
import { measuring } from "../metrics/measuring.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { EXAMPLE_ASSET, findExampleId, loadSample } from "../sample/load.ts";
import { configureAuthentication } from "./authentication.ts";
import { connect } from "./connect.ts";
import { besideHeavy, lightShare, startHeavyWorkers } from "./heavy-workers.ts";
import { ListenError } from "./listen-error.ts";
import { withMetrics } from "./metrics.ts";
import { endServer, listenForSignal } from "./shutdown.ts";
import type { Tracing } from "./tracing.ts";
import { readTrustedDocuments } from "./trusted-documents.ts";

/** What a first request sends to say who asks. */
const EXAMPLE_HEADERS = {
  header: { "x-tenant-id": EXAMPLE_ASSET.tenantId },
  jwt: { authorization: "Bearer <token>" },
} as const;

/**
 * What V8 is told once it runs.
 * - By how many percent of what is in use heaps grow before they are cleared, which it reads at each collection. Left to itself
 *   it lets them grow up to fourfold: 150 MB in the main thread after a load, of which 40 were in use.
 * - The megabytes for young objects, which it reads when a thread is made: its own default for the threads of heavy operations,
 *   also where the main thread was started with more. They need no more, and hold what they were given.
 */
const V8_FLAGS = "--heap-growing-percent=30 --max-semi-space-size=16";

/**
 * Serves the API until a signal comes, then ends in order: not ready, no new requests, the running ones, the threads, the
 * pool, the database, the traces. The exit code is 1 where a request had to be cut off.
 */
export async function serve(config: Config, logger: Logger, tracing?: Tracing): Promise<void> {
  setFlagsFromString(V8_FLAGS);
  const endTracing = tracing?.start(logger);
  try {
    await withMetrics(config, logger, (metrics) => serveApi(config, logger, { metrics, tracing }));
    logger.info({}, "Stopped");
  } finally {
    await endTracing?.();
  }
}

/** What sees the service from outside, where there is any. */
interface Observation {
  readonly metrics: Metrics | undefined;
  readonly tracing: Tracing | undefined;
}

async function serveApi(config: Config, logger: Logger, { metrics, tracing }: Observation): Promise<void> {
  const authenticate = configureAuthentication(config, logger, tracing?.fetch);
  const trustedDocuments = await readTrustedDocuments(config.trustedDocumentsFile);
  const stop = listenForSignal(logger);
  const measures = metrics && measuring((measured) => metrics.countDatabase(measured, "main"));
  const observer = composeObservers(tracing?.observer, measures);
  const connected = await connect(besideHeavy(config), logger, observer);
  let shuttingDown = false;
  let heavy: HeavyWorkers | undefined;
  let probe: Probe | undefined;
  let patience: (() => number) | undefined;
  try {
    heavy = startHeavyWorkers(config, connected.url, {
      logger,
      onMeasured: metrics && ((measured) => metrics.countDatabase(measured, "heavy")),
      traceCarrier: tracing?.traceCarrier,
    });
    probe = createProbe(connected.url, logger);
    if (connected.embedded) await loadSampleOnce(config, connected.database, logger);
    // Nobody is served yet, so there is nothing to wait for.
    if (stop.aborted) return logger.info({ signal: stop.reason, delay_ms: 0 }, "Shutting down");
    const { authMode, limits, operationTimeoutMs, exposure } = config;
    const exampleHeaders = EXAMPLE_HEADERS[authMode ?? "jwt"];
    const app = createApp({
      database: connected.database,
      logger,
      authenticate,
      probe,
      limits,
      operationTimeoutMs,
      exposure: { ...exposure, trustedDocuments },
      share: lightShare(config),
      heavy,
      metrics,
      tracing: tracing?.plugin,
      isShuttingDown: () => shuttingDown,
      exampleHeaders,
      // The sample catalogue is the embedded database's alone, and its tenant's: the page is for everybody.
      ...(connected.embedded && authMode === "header"
        ? { findExampleId: () => findExampleId(connected.database) }
        : {}),
    });
    const listener = metrics === undefined ? app : measureRequests(app, metrics.requests);
    const server = await listen(listener, { ...config, logger }).catch((error: Error) => {
      throw new ListenError("HOST and PORT", error);
    });
    logger.info({ url: server.url }, `Serving at ${server.url}/graphql`);
    if (connected.embedded && config.logFormat === "pretty" && exposure.graphiql)
      welcome(server.url, exampleHeaders);
    if (!stop.aborted) await once(stop, "abort");
    shuttingDown = true;
    logger.info({ signal: stop.reason, delay_ms: config.shutdownDelayMs }, "Shutting down");
    patience = await endServer(server, config, logger);
  } finally {
    try {
      await Promise.all([heavy?.close(patience?.() ?? 0), probe?.close()]);
    } finally {
      await connected.close(patience?.());
    }
  }
}

/** The marker is written last: a load that was interrupted is done again, and one that was deleted stays deleted. */
async function loadSampleOnce({ dataDirectory }: Config, database: Database, logger: Logger): Promise<void> {
  const marker = join(dataDirectory, "sample-loaded");
  if (existsSync(marker)) return;
  await loadSample(database);
  await writeFile(marker, "The sample catalogue was loaded into this database once.\n");
  logger.info({ tenant_id: EXAMPLE_ASSET.tenantId }, "Sample catalogue loaded");
}

/** For a person at a terminal; a reader of JSON lines is spared it. */
function welcome(url: string, headers: Readonly<Record<string, string>>): void {
  const header = Object.entries(headers).map(([name, value]) => `-H '${name}: ${value}'`);
  process.stdout.write(`
  servo-storage is ready.

    GraphiQL   ${url}/graphql   (its tabs are ready to run)
    Try        curl ${url}/graphql -H 'content-type: application/json' ${header.join(" ")} \\
                 -d '{"query":"{ assets(first: 5) { totalCount nodes { name assetType owner } } }"}'
    Stop       Ctrl-C

`);
}
