import type { z } from "zod";
import {
  TRACE_PROTOCOLS,
  TRACE_SAMPLERS,
  TRACING_DEFAULTS,
  type TracingOptions,
} from "../tracing/options.ts";
import { milliseconds, oneOf, text } from "./values.ts";

const endpoint = text.refine(isHttpUrl, "must be an http or https URL, such as http://127.0.0.1:4318");

const attributes = text.refine(
  (value) => attributesIn(value) !== undefined,
  "must be pairs of name=value with commas between them, of which what is special is percent-encoded",
);

const share = text
  .regex(/^(?:0(?:\.\d{1,9})?|1(?:\.0{1,9})?)$/, "must be a share from 0 to 1, such as 0.1")
  .transform(Number);

/** Whether there are traces, and where they go: the variables that OpenTelemetry has for it. */
export const tracingVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint.optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: oneOf(TRACE_PROTOCOLS).default(TRACING_DEFAULTS.protocol),
  OTEL_EXPORTER_OTLP_TIMEOUT: milliseconds(1).default(TRACING_DEFAULTS.timeoutMs),
  OTEL_SERVICE_NAME: text.optional(),
  OTEL_RESOURCE_ATTRIBUTES: attributes.optional(),
  OTEL_TRACES_SAMPLER: oneOf(TRACE_SAMPLERS).default(TRACING_DEFAULTS.sampler),
  OTEL_TRACES_SAMPLER_ARG: share.default(TRACING_DEFAULTS.ratio),
  OTEL_SDK_DISABLED: text.regex(/^(?:true|false)$/i, "must be true or false").default("false"),
};

type Given = z.output<z.ZodObject<typeof tracingVariables>>;

/** Undefined where no endpoint says that somebody wants traces. */
export function tracingConfig(given: Given): { tracing: TracingOptions | undefined } {
  const url = urlOf(given);
  const isOff = given.OTEL_SDK_DISABLED.toLowerCase() === "true";
  if (url === undefined || isOff) return { tracing: undefined };
  const named = attributesIn(given.OTEL_RESOURCE_ATTRIBUTES ?? "") ?? {};
  const serviceName = given.OTEL_SERVICE_NAME ?? named["service.name"] ?? TRACING_DEFAULTS.serviceName;
  return {
    tracing: {
      url,
      protocol: given.OTEL_EXPORTER_OTLP_PROTOCOL,
      timeoutMs: given.OTEL_EXPORTER_OTLP_TIMEOUT,
      attributes: { ...named, "service.name": serviceName },
      sampler: given.OTEL_TRACES_SAMPLER,
      ratio: given.OTEL_TRACES_SAMPLER_ARG,
    },
  };
}

function urlOf(given: Given): string | undefined {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: whole } = given;
  if (whole !== undefined || base === undefined) return whole;
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/v1/traces`;
  return url.href;
}

function isHttpUrl(value: string): boolean {
  return URL.canParse(value) && ["http:", "https:"].includes(new URL(value).protocol);
}

/** As OpenTelemetry has them: `a=1,b=%20`; undefined for anything else. */
function attributesIn(value: string): Record<string, string> | undefined {
  const pairs = value.split(",").filter((pair) => pair.trim() !== "");
  try {
    const entries = pairs.map((pair): [string, string] => {
      const [, name = "", told = ""] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
      return [decodeURIComponent(name), decodeURIComponent(told)];
    });
    return entries.some(([name]) => name === "") ? undefined : Object.fromEntries(entries);
  } catch {
    return undefined;
  }
}
