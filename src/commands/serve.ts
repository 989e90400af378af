import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { isLoopback } from "../config/authentication.ts";
import { ConfigError } from "../config/values.ts";
import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import { createApp } from "../http/app.ts";
import { authenticateByHeader } from "../http/header-authentication.ts";
import { type HttpServer, listen } from "../http/server.ts";
import { EXAMPLE_ASSET, findExampleId, loadSample } from "../sample/load.ts";
import { connect } from "./connect.ts";
import { ListenError } from "./listen-error.ts";
import { untilSignal } from "./shutdown.ts";

/** Serves the API until a signal comes, then ends in order: no new requests, the running ones, the pool, the database. */
export async function serve(config: Config, logger: Logger): Promise<void> {
  assertSafeAuthentication(config, logger);
  const signalled = untilSignal(logger);
  const connected = await connect(config, logger);
  let shuttingDown = false;
  let server: HttpServer | undefined;
  let deadline: number | undefined;
  try {
    if (connected.embedded) await loadSampleOnce(config, connected.database, logger);
    const { maxBodyBytes, shutdownTimeoutMs } = config;
    const app = createApp({
      database: connected.database,
      logger,
      authenticate: authenticateByHeader,
      maxBodyBytes,
      isShuttingDown: () => shuttingDown,
      // The sample catalogue is the embedded database's alone.
      ...(connected.embedded ? { findExampleId: () => findExampleId(connected.database) } : {}),
    });
    server = await listen(app, config).catch((error: Error) => {
      throw new ListenError(error);
    });
    logger.info({ url: server.url }, `Serving at ${server.url}/graphql`);
    if (connected.embedded && config.logFormat === "pretty") welcome(server.url);
    const signal = await signalled;
    logger.info({ signal }, "Shutting down");
    shuttingDown = true;
    deadline = performance.now() + shutdownTimeoutMs;
    await server.close(shutdownTimeoutMs);
  } finally {
    // What was cut off above must not hold up the end with the statement that it waits for.
    await connected.close(deadline === undefined ? undefined : Math.max(0, deadline - performance.now()));
  }
  logger.info({}, "Stopped");
}

function assertSafeAuthentication({ host, allowInsecureHeaderAuth }: Config, logger: Logger): void {
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

/** The marker is written last: a load that was interrupted is done again, and one that was deleted stays deleted. */
async function loadSampleOnce({ dataDirectory }: Config, database: Database, logger: Logger): Promise<void> {
  const marker = join(dataDirectory, "sample-loaded");
  if (existsSync(marker)) return;
  await loadSample(database);
  await writeFile(marker, "The sample catalogue was loaded into this database once.\n");
  logger.info({ tenant_id: EXAMPLE_ASSET.tenantId }, "Sample catalogue loaded");
}

/** For a person at a terminal; a reader of JSON lines is spared it. */
function welcome(url: string): void {
  process.stdout.write(`
  servo-storage is ready.

    GraphiQL   ${url}/graphql   (its tabs are ready to run)
    Try        curl ${url}/graphql -H 'content-type: application/json' -H 'x-tenant-id: ${EXAMPLE_ASSET.tenantId}' \\
                 -d '{"query":"{ assets(first: 5) { totalCount nodes { name assetType owner } } }"}'
    Stop       Ctrl-C

`);
}
