import { createYoga, type Plugin } from "graphql-yoga";
import type { Logger } from "pino";
import type { Database } from "../db/database.ts";
import type { Probe } from "../db/probe.ts";
import { EXPOSURE_DEFAULTS, type Exposure } from "../exposure.ts";
import { LIMIT_DEFAULTS, type Limits, OPERATION_TIMEOUT_MS } from "../limits.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { schema } from "../modules/schema.ts";
import { type Authenticate, useAuthentication } from "./authentication.ts";
import { corsFor, useCrossOrigin } from "./cross-origin.ts";
import { createDocumentCache } from "./document-cache.ts";
import { useDocumentLimits } from "./document-limits.ts";
import { useErrorCodes } from "./error-codes.ts";
import { FairShare, type FairShareLimits, shareOf } from "./fair-share.ts";
import { FastPath } from "./fast-path/fast-path.ts";
import { KnownDocuments } from "./fast-path/known-documents.ts";
import { type App, onFastPath } from "./fast-path/listener.ts";
import { useGraphiQL } from "./graphiql.ts";
import type { HandedOver } from "./handover.ts";
import { useHealth } from "./health.ts";
import type { HeavyWorkers } from "./heavy/workers.ts";
import { watchLoad } from "./load.ts";
import { useOperationMetrics } from "./operation-metrics.ts";
import { useRequestBody } from "./request-body.ts";
import { useRequestLimits } from "./request-limits.ts";
import { useRequestLog } from "./request-log.ts";
import { useRootRedirect } from "./root-redirect.ts";
import { useSchemaExposure } from "./schema-exposure.ts";
import { tenantExecution, useTenantExecution } from "./tenant-execution.ts";
import { useTrustedDocuments } from "./trusted-documents.ts";

/** What the application is made of. */
export interface AppOptions {
  readonly database: Database;
  readonly logger: Logger;
  readonly authenticate: Authenticate;
  /** Whom `/health/ready` asks. */
  readonly probe: Pick<Probe, "look">;
  /** How much one request may ask for, where that is not LIMIT_DEFAULTS. */
  readonly limits?: Partial<Limits> | undefined;
  /** What the API shows of itself, where that is not EXPOSURE_DEFAULTS. */
  readonly exposure?: Partial<Exposure> | undefined;
  /** How the tenants share the pool. Default: see {@link shareOf}. */
  readonly share?: FairShareLimits | undefined;
  /** Where heavy operations are executed. Default: with the others. */
  readonly heavy?: HeavyWorkers | undefined;
  /** What is told of operations and of the load. Default: nothing is measured. */
  readonly metrics?: Metrics | undefined;
  /** How long an operation may take, in milliseconds, waiting included; 0: for ever. Default: OPERATION_TIMEOUT_MS. */
  readonly operationTimeoutMs?: number | undefined;
  /** Whether `/health/ready` must say no. Default: never. */
  readonly isShuttingDown?: () => boolean;
  /** Finds the asset that GraphiQL's tabs about lineage begin at, or an empty id. Default: none. */
  readonly findExampleId?: () => Promise<string>;
  /** The plugin that shows requests in traces. Default: none. */
  readonly tracing?: Plugin | undefined;
  /** What GraphiQL's tabs send as headers. Default: the tenant `demo`. */
  readonly exampleHeaders?: Readonly<Record<string, string>>;
}

/** Makes the HTTP application. */
export function createApp(options: AppOptions): App {
  const { database, logger, authenticate, probe, isShuttingDown = () => false } = options;
  const { share: shareLimits = shareOf(database.pool.options.max), heavy, metrics } = options;
  const { operationTimeoutMs: timeoutMs = OPERATION_TIMEOUT_MS } = options;
  const { findExampleId = () => Promise.resolve(""), exampleHeaders = { "x-tenant-id": "demo" } } = options;
  const limits = { ...LIMIT_DEFAULTS, ...options.limits };
  const exposure = { ...EXPOSURE_DEFAULTS, ...options.exposure };
  const trusted = { documents: exposure.trustedDocuments, only: exposure.trustedDocumentsOnly };
  const share = new FairShare(shareLimits);
  if (metrics !== undefined) watchLoad(metrics.lanes, { database, share, slots: shareLimits.slots, heavy });
  const hideSuggestions = !exposure.fieldSuggestions;
  const execution = tenantExecution({ database, share, heavy, timeoutMs, hideSuggestions });
  const documents = new KnownDocuments();
  const yoga = createYoga<HandedOver>({
    schema,
    graphqlEndpoint: "/graphql",
    logging: false,
    landingPage: false,
    cors: corsFor(exposure.corsOrigins),
    multipart: false,
    batching: { limit: limits.maxOperationsPerRequest },
    maskedErrors: false,
    // See useRequestBody.
    maxRequestBodySize: false,
    parserAndValidationCache: { documentCache: createDocumentCache(), errorCache: createDocumentCache() },
    // Yoga's own page and probe come before the plugins, and so before the request log. No address ends in a blank.
    graphiql: false,
    healthCheckEndpoint: " ",
    plugins: [
      ...(options.tracing === undefined ? [] : [options.tracing]),
      useRequestLog(logger),
      useErrorCodes(limits),
      ...(metrics === undefined ? [] : [useOperationMetrics(metrics.requests)]),
      useHealth(probe, isShuttingDown),
      useRootRedirect(),
      useGraphiQL(exposure.graphiql, findExampleId, exampleHeaders),
      useAuthentication(authenticate),
      useCrossOrigin(exposure.corsOrigins),
      useRequestLimits(limits),
      useRequestBody(limits),
      useTrustedDocuments(trusted),
      useSchemaExposure(exposure),
      useDocumentLimits(limits),
      documents.plugin,
      useTenantExecution(execution),
    ],
  });
  const headers: Record<string, string> = exposure.corsOrigins.length > 0 ? { vary: "Origin" } : {};
  const shared = { schema, documents, trusted, limits, authenticate, execution, logger };
  // A trace shows a request as Yoga sees it.
  const isTraced = options.tracing !== undefined;
  const path = isTraced ? undefined : new FastPath({ ...shared, metrics: metrics?.requests, headers });
  return onFastPath(path, yoga);
}
