import { readdirSync, readFileSync } from "node:fs";
import { constants, monitorEventLoopDelay, PerformanceObserver, performance } from "node:perf_hooks";
import { getHeapSpaceStatistics } from "node:v8";
import type { Registry } from "./families.ts";

/** How often the event loop is looked at, in milliseconds. */
const LOOKED_AT_MS = 10;
const GC_KINDS = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, "major"],
  [constants.NODE_PERFORMANCE_GC_MINOR, "minor"],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, "incremental"],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, "weakcb"],
]);
const GC_SECONDS = [0.001, 0.01, 0.1, 1, 2, 5];

interface Collection extends PerformanceEntry {
  readonly detail: { readonly kind: number };
}

/**
 * Adds what Node tells of itself, under the names that dashboards for Node know from other programs. The heap, the event
 * loop and the collections are the main thread's; processor time and resident memory are those of the whole process.
 * @returns what ends the watching
 */
export function addNodeMetrics(registry: Registry): () => void {
  addProcess(registry);
  addHeap(registry);
  const ends = [watchEventLoop(registry), watchCollections(registry)];
  return () => {
    for (const end of ends) end();
  };
}

/** @param read undefined where this machine does not tell */
function addGauge(registry: Registry, name: string, help: string, read: () => number | undefined): void {
  registry.reading("gauge", { name, help }, () => {
    const value = read();
    return value === undefined ? [] : [[{}, value]];
  });
}

function addProcess(registry: Registry): void {
  const addSeconds = (name: string, help: string, microseconds: (usage: NodeJS.CpuUsage) => number) =>
    registry.reading("counter", { name, help }, () => [[{}, microseconds(process.cpuUsage()) / 1e6]]);
  addSeconds("process_cpu_user_seconds_total", "Processor time in user mode.", ({ user }) => user);
  addSeconds("process_cpu_system_seconds_total", "Processor time in the system.", ({ system }) => system);
  addSeconds("process_cpu_seconds_total", "Processor time of all threads.", (cpu) => cpu.user + cpu.system);

  const add = addGauge.bind(undefined, registry);
  const startedAt = performance.timeOrigin / 1000;
  add("process_start_time_seconds", "When the process began, since 1970.", () => startedAt);
  add("process_resident_memory_bytes", "Memory of the process in RAM.", () => process.memoryUsage.rss());
  add("process_open_fds", "Open file descriptors (Linux only).", openDescriptors);
  add("process_max_fds", "Most file descriptors that may be open (Linux only).", mostDescriptors);
  registry.reading(
    "gauge",
    { name: "nodejs_active_resources", help: "What keeps the event loop going.", labels: ["type"] },
    () => countByType(process.getActiveResourcesInfo()),
  );
  registry.reading(
    "gauge",
    { name: "nodejs_version_info", help: "1, with the version of Node.", labels: ["version"] },
    () => [[{ version: process.version }, 1]],
  );
}

function addHeap(registry: Registry): void {
  const add = addGauge.bind(undefined, registry);
  const usage = () => process.memoryUsage();
  add("nodejs_heap_size_total_bytes", "Size of the heap.", () => usage().heapTotal);
  add("nodejs_heap_size_used_bytes", "Used part of the heap.", () => usage().heapUsed);
  add(
    "nodejs_external_memory_bytes",
    "Memory outside the heap that its objects hold.",
    () => usage().external,
  );
  registry.reading(
    "gauge",
    {
      name: "nodejs_heap_space_size_used_bytes",
      help: "Used part of a space of the heap.",
      labels: ["space"],
    },
    () =>
      getHeapSpaceStatistics().map(({ space_name: name, space_used_size: size }) => [
        { space: name.replace(/_space$/, "") },
        size,
      ]),
  );
}

/** What is told is of the time since the last scrape. */
function watchEventLoop(registry: Registry): () => void {
  const delays = monitorEventLoopDelay({ resolution: LOOKED_AT_MS });
  delays.enable();
  const addLag = (name: string, what: string, nanoseconds: () => number) =>
    addGauge(
      registry,
      `nodejs_eventloop_lag_${name}`,
      `${what} of the event loop, since the last scrape.`,
      () =>
        // What is measured is the time from one look to the next.
        delays.count === 0 ? 0 : Math.max(0, nanoseconds() / 1e9 - LOOKED_AT_MS / 1000),
    );
  addLag("mean_seconds", "Mean lag", () => delays.mean);
  addLag("p50_seconds", "Median lag", () => delays.percentile(50));
  addLag("p90_seconds", "p90 of the lag", () => delays.percentile(90));
  addLag("p99_seconds", "p99 of the lag", () => delays.percentile(99));
  addLag("max_seconds", "Longest lag", () => {
    const { max } = delays;
    delays.reset();
    return max;
  });
  let last = performance.eventLoopUtilization();
  const help = "Busy part of the event loop's time, since the last scrape.";
  addGauge(registry, "nodejs_eventloop_utilization", help, () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  });
  return () => delays.disable();
}

function watchCollections(registry: Registry): () => void {
  const durations = registry.histogram(
    { name: "nodejs_gc_duration_seconds", help: "Time that collecting garbage took.", labels: ["kind"] },
    GC_SECONDS,
  );
  const observer = new PerformanceObserver((list) => {
    for (const { detail, duration } of list.getEntries() as Collection[])
      durations.observe({ kind: GC_KINDS.get(detail.kind) ?? "other" }, duration / 1000);
  });
  observer.observe({ entryTypes: ["gc"] });
  return () => observer.disconnect();
}

function countByType(types: readonly string[]): [{ type: string }, number][] {
  const counts = new Map<string, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([type, count]) => [{ type }, count]);
}

function openDescriptors(): number | undefined {
  try {
    // One of them is of the folder itself.
    return readdirSync("/proc/self/fd").length - 1;
  } catch {
    return undefined;
  }
}

function mostDescriptors(): number | undefined {
  try {
    const [, most] = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return most === undefined ? undefined : Number(most);
  } catch {
    return undefined;
  }
}
