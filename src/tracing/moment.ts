import { context, propagation, ROOT_CONTEXT, trace } from "@opentelemetry/api";

/** What continues a trace elsewhere: `traceparent`, and `tracestate` where there is one. */
export type TraceCarrier = Readonly<Record<string, string>>;

/** What a log line tells of the trace that it belongs to. */
export function traceFields(): { readonly trace_id?: string; readonly span_id?: string } {
  const span = trace.getActiveSpan()?.spanContext();
  return span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId };
}

/** What continues the trace of this moment. */
export function traceCarrier(): TraceCarrier {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier;
}

/** Runs some work within the trace that somebody else has begun. */
export function continueTrace<T>(carrier: TraceCarrier, work: () => T): T {
  return context.with(propagation.extract(ROOT_CONTEXT, carrier), work);
}
