import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Registry } from "../../../src/metrics/families.ts";
import { addNodeMetrics } from "../../../src/metrics/node-metrics.ts";
import { parseExposition } from "../../support/exposition.ts";

const registry = new Registry();
let end: () => void;
beforeAll(() => {
  end = addNodeMetrics(registry);
});
afterAll(() => end());

const scrape = () => parseExposition(registry.text());
const only = (name: string) => scrape().get(name)?.samples[0]?.value;

describe("what Node tells of itself", () => {
  it("has a value of every family, in base units", async () => {
    // A collection, which there need not have been.
    const garbage = Array.from({ length: 200 }, () => new Array(10_000).fill({}));
    expect(garbage).toHaveLength(200);
    await expect.poll(() => scrape().get("nodejs_gc_duration_seconds")?.samples.length).toBeGreaterThan(0);
    for (const [name, { samples }] of scrape()) expect(samples, name).not.toEqual([]);
    expect(only("process_start_time_seconds")).toBeCloseTo(performance.timeOrigin / 1000, 3);
    expect(only("process_resident_memory_bytes")).toBeGreaterThan(10_000_000);
    expect(only("nodejs_heap_size_used_bytes")).toBeGreaterThan(1_000_000);
    expect(only("process_cpu_seconds_total")).toBeLessThan(1000);
  });

  it("is how late the event loop was since it was asked last", async () => {
    scrape();
    await delay(50);
    const until = performance.now() + 300;
    while (performance.now() < until);
    await delay(50);
    const late = scrape();
    expect(late.get("nodejs_eventloop_lag_max_seconds")?.samples[0]?.value).toBeGreaterThan(0.25);
    expect(late.get("nodejs_eventloop_utilization")?.samples[0]?.value).toBeGreaterThan(0.5);
    await delay(50);
    expect(only("nodejs_eventloop_lag_max_seconds")).toBeLessThan(0.25);
  });
});
