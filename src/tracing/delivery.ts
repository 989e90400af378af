import { context, ROOT_CONTEXT } from "@opentelemetry/api";
import { ExportResultCode } from "@opentelemetry/core";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";
import type { StorageLogger } from "../logger.ts";

/**
 * An exporter whose failures are in the log: when spans cannot be delivered for the first time, and when they can be again.
 * The SDK itself would tell of every batch.
 */
export function toldDelivery(exporter: SpanExporter, logger: StorageLogger): SpanExporter {
  let lost = 0;
  return {
    export(spans: ReadableSpan[], done) {
      exporter.export(spans, ({ code, error }) => {
        // Not in the request with whose span the batch was full.
        context.with(ROOT_CONTEXT, () => {
          if (code === ExportResultCode.SUCCESS && lost > 0)
            logger.info({ lost_spans: lost }, "Traces are delivered again");
          if (code === ExportResultCode.FAILED && lost === 0)
            logger.warn({ error }, "Traces cannot be delivered");
        });
        lost = code === ExportResultCode.SUCCESS ? 0 : lost + spans.length;
        done({ code: ExportResultCode.SUCCESS });
      });
    },
    shutdown: () => exporter.shutdown(),
  };
}
