// Loaded into the server that is measured: tells its parent, when asked, what it did since it was asked last.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

if (isMainThread) {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  let cpu = process.cpuUsage();
  process.on("message", () => {
    const used = process.cpuUsage(cpu);
    process.send({
      loopP95Ms: delay.percentile(95) / 1e6,
      loopMaxMs: delay.max / 1e6,
      cpuSeconds: (used.user + used.system) / 1e6,
      rssMb: process.memoryUsage.rss() / 1_048_576,
    });
    cpu = process.cpuUsage();
    delay.reset();
  });
  process.channel.unref();
}
