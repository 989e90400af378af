import { ROOT_CONTEXT, SpanKind, TraceFlags, trace } from "@opentelemetry/api";
import { SamplingDecision } from "@opentelemetry/sdk-trace";
import { describe, expect, it } from "vitest";
import { TRACE_SAMPLERS } from "../../../src/tracing/options.ts";
import { samplerOf } from "../../../src/tracing/sampler.ts";

const LOW = "00000000000000000000000000000001";
const HIGH = "000000000000000000000000ffffffff";

/** Whether a sampler keeps a trace that begins here, or that somebody else has begun and keeps or does not. */
function keeps(name: (typeof TRACE_SAMPLERS)[number], traceId: string, begunKept?: boolean): boolean {
  const traceFlags = begunKept ? TraceFlags.SAMPLED : TraceFlags.NONE;
  const context =
    begunKept === undefined
      ? ROOT_CONTEXT
      : trace.setSpanContext(ROOT_CONTEXT, {
          traceId,
          spanId: "b7ad6b7169203331",
          traceFlags,
          isRemote: true,
        });
  const sampler = samplerOf({ sampler: name, ratio: 0.5 });
  const { decision } = sampler.shouldSample(context, traceId, "POST /graphql", SpanKind.SERVER, {}, []);
  return decision === SamplingDecision.RECORD_AND_SAMPLED;
}

describe("a sampler keeps of traces that begin here, and of those begun elsewhere, kept or not", () => {
  it.each([
    ["always_on", [true, true], [true, true]],
    ["always_off", [false, false], [false, false]],
    ["traceidratio", [true, false], [true, true]],
    ["parentbased_always_on", [true, true], [true, false]],
    ["parentbased_always_off", [false, false], [true, false]],
    ["parentbased_traceidratio", [true, false], [true, false]],
  ] as const)("%s", (name, here, elsewhere) => {
    expect([keeps(name, LOW), keeps(name, HIGH)]).toEqual(here);
    expect([keeps(name, LOW, true), keeps(name, LOW, false)]).toEqual(elsewhere);
  });

  it("whatever it is called", () => {
    for (const name of TRACE_SAMPLERS) expect(typeof keeps(name, LOW)).toBe("boolean");
  });
});
