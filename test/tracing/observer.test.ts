import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { ConflictError } from "../../src/errors.ts";
import { tracingObserver } from "../../src/tracing/observer.ts";
import { newAsset } from "../support/factories.ts";
import { refusal } from "../support/refusal.ts";
import { prepareStorage } from "../support/storage.ts";

const store = prepareStorage();
const exporter = new InMemorySpanExporter();
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
const contextManager = new AsyncLocalStorageContextManager();

/** Registers what a program that embeds the library has. */
function register(): void {
  context.setGlobalContextManager(contextManager.enable());
  trace.setGlobalTracerProvider(provider);
}
afterAll(() => {
  trace.disable();
  context.disable();
});
beforeEach(() => exporter.reset());

/** The spans, each with that which it stands in. */
function places(): string[] {
  const spans = exporter.getFinishedSpans();
  return spans.map(({ name, parentSpanContext }) => {
    const parent = spans.find((span) => span.spanContext().spanId === parentSpanContext?.spanId);
    return parent === undefined ? name : `${parent.name} > ${name}`;
  });
}

describe("a program that embeds the library", () => {
  it("gets no span while it has no SDK, and its work is done as ever", async () => {
    const storage = store.open({ observer: tracingObserver() });
    const { id } = await storage.withTenant("acme", ({ assets }) => assets.insert(newAsset()));
    expect(id).toEqual(expect.any(String));
    expect(exporter.getFinishedSpans()).toEqual([]);
  });

  it("gets the spans of its work within its own, of what runs at once too", async () => {
    register();
    const storage = store.open({ observer: tracingObserver() });
    const work = (name: string) =>
      trace.getTracer("own").startActiveSpan(name, async (span) => {
        await storage.withTenant("acme", async ({ assets, workflows }) => {
          const made = [newAsset(), newAsset()].map((asset) => assets.insert(asset));
          await Promise.all([...made, workflows.list()]);
        });
        span.end();
      });
    await Promise.all([work("one"), work("two")]);
    const of = (name: string) => [
      ...[`${name} > asset.insert`, `${name} > asset.insert`, `${name} > workflow.list`],
    ];
    const calls = places().filter((place) => /^(one|two) > /.test(place));
    expect(calls.sort()).toEqual([...of("one"), ...of("two")].sort());
    const statements = places().filter((place) => place === "asset.insert > asset.insert");
    expect(statements.length).toBeGreaterThanOrEqual(4);
    expect(places().filter((place) => place.endsWith("pool.acquire"))).toHaveLength(2);
  });

  it("is told what failed, and how often it was tried again", async () => {
    register();
    const observer = tracingObserver();
    const storage = store.open({ observer });
    const asset = newAsset();
    const insert = () => storage.withTenant("acme", ({ assets }) => assets.insert(asset));
    await insert();
    exporter.reset();
    await refusal(insert(), ConflictError);
    const told = exporter
      .getFinishedSpans()
      .filter(({ attributes }) => "error.type" in attributes)
      .map(({ name, attributes, status, events }) => [name, attributes, status.code, events]);
    expect(told).toEqual([
      ["asset.insert", expect.objectContaining({ "error.type": "23505" }), 2, []],
      ["asset.insert", { "error.type": "CONFLICT" }, 0, []],
    ]);
    trace.getTracer("own").startActiveSpan("tried", (span) => {
      observer.retrying("serialization");
      span.end();
    });
    expect(exporter.getFinishedSpans().at(-1)?.events).toMatchObject([
      { name: "retry", attributes: { "servo.retry.kind": "serialization" } },
    ]);
  });
});
