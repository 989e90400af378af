import type { Logger } from "pino";
import type { TracingOptions } from "../tracing/options.ts";

/** What the program needs for its traces. */
export type Tracing = Awaited<ReturnType<typeof prepareTracing>>;

/** Loads what traces need, which takes a tenth of a second: to be asked for only where there are any. */
export async function prepareTracing(options: TracingOptions) {
  const [
    { traceCarrier, traceFields },
    { tracedFetch },
    { tracingObserver },
    { startTracing },
    { useTracing },
  ] = await Promise.all([
    import("../tracing/moment.ts"),
    import("../tracing/outgoing.ts"),
    import("../tracing/observer.ts"),
    import("../tracing/start.ts"),
    import("../http/request-tracing.ts"),
  ]);
  return {
    /** For the lines of the log. */
    traceFields,
    traceCarrier,
    fetch: tracedFetch,
    observer: tracingObserver(),
    plugin: useTracing(),
    /** As {@link startTracing}. */
    start: (logger: Logger) => startTracing(options, logger),
  };
}
