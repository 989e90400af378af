import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { hostname } from "node:os";
import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from "@opentelemetry/sdk-trace";
import type { StorageLogger } from "../logger.ts";
import { version } from "../version.ts";
import { toldDelivery } from "./delivery.ts";
import type { TracingOptions } from "./options.ts";
import { samplerOf } from "./sampler.ts";

/**
 * Sends the spans of this thread to a collector from now on.
 * @param logger told when they cannot be delivered
 * @returns what delivers the last ones and ends it, within `timeoutMs`
 */
export function startTracing(options: TracingOptions, logger: StorageLogger): () => Promise<void> {
  const resource = resourceFromAttributes({
    ...{ "service.version": version(), "host.name": hostname(), "process.pid": process.pid },
    ...options.attributes,
  });
  const provider = new TracerProvider({
    resource: defaultResource().merge(resource),
    sampler: samplerOf(options),
    spanProcessors: [new BatchSpanProcessor({ exporter: toldDelivery(exporterOf(options), logger) })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return () => provider.shutdown();
}

/** The exporter itself reads `OTEL_EXPORTER_OTLP_HEADERS` and `OTEL_EXPORTER_OTLP_COMPRESSION`. */
function exporterOf({ url, protocol, timeoutMs }: TracingOptions): SpanExporter {
  const Exporter = protocol === "http/json" ? JsonExporter : ProtobufExporter;
  // Also for a connection that does not come about, which would hold up the end of the process.
  const agentOptions = { keepAlive: true, timeout: timeoutMs };
  return new Exporter({
    url,
    timeoutMillis: timeoutMs,
    httpAgentOptions: (scheme) =>
      scheme === "https:" ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions),
  });
}
