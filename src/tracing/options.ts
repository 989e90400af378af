/** How spans are sent: OTLP over HTTP. */
export const TRACE_PROTOCOLS = ["http/protobuf", "http/json"] as const;

/** Which traces are kept, by the names that OpenTelemetry gives. */
export const TRACE_SAMPLERS = [
  ...["always_on", "always_off", "traceidratio"],
  ...["parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"],
] as const;

/** Where traces go, and which. Plain data: the threads for heavy operations are told it, too. */
export interface TracingOptions {
  /** Of the collector's traces: `http://collector:4318/v1/traces`. */
  readonly url: string;
  readonly protocol: (typeof TRACE_PROTOCOLS)[number];
  /** Milliseconds in which a batch of spans must have been delivered, and which the end waits for the last one. */
  readonly timeoutMs: number;
  /** What the resource is called, and its other attributes. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly sampler: (typeof TRACE_SAMPLERS)[number];
  /** The share of traces that a `traceidratio` keeps, 0 to 1. */
  readonly ratio: number;
}

export const TRACING_DEFAULTS = {
  protocol: "http/protobuf",
  timeoutMs: 3000,
  serviceName: "servo-storage",
  sampler: "parentbased_always_on",
  ratio: 1,
} as const;
