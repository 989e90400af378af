import { afterAll, beforeAll } from "vitest";
import type { FairShareLimits } from "../../src/http/fair-share.ts";
import type { WorkerData } from "../../src/http/heavy/job.ts";
import { HeavyWorkers } from "../../src/http/heavy/workers.ts";
import type { Metrics } from "../../src/metrics/metrics.ts";
import { buildPackage } from "./built-package.ts";
import type { OpenedApi, TestApi } from "./graphql.ts";
import { collectLogLines, type LogLine } from "./log-lines.ts";

/** The name of an operation at which its thread ends. */
export const CRASH = "Crash";

const BUILT = new URL("../../dist/program/worker.js", import.meta.url);
/** The program of a thread, which can be made to end. */
const CRASHING = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from "node:worker_threads";
    const on = parentPort.on.bind(parentPort);
    parentPort.on = (name, listener) =>
      on(name, (told) => (told.operationName === "${CRASH}" ? process.exit(1) : listener(told)));
    await import("${BUILT}");
  `)}`,
);

export interface HeavyApi extends OpenedApi {
  readonly heavy: HeavyWorkers;
  /** What the threads log beside requests. */
  readonly threadLines: LogLine[];
}

export interface HeavyOptions {
  readonly share?: Partial<FairShareLimits>;
  readonly options?: Partial<WorkerData["options"]>;
  readonly metrics?: Metrics;
  readonly momentFields?: () => object;
  /** Default: false, so that what is heavy stays so. */
  readonly remembersSizes?: boolean;
}

/** Opens APIs whose heavy operations are executed in threads of the built program. */
export function prepareHeavy(api: TestApi) {
  const closing: HeavyWorkers[] = [];
  beforeAll(buildPackage);
  afterAll(async () => {
    await Promise.all(closing.splice(0).map((heavy) => heavy.close(0)));
  });
  return ({ share, options, metrics, momentFields, remembersSizes = false }: HeavyOptions = {}): HeavyApi => {
    const { lines: threadLines, logger } = collectLogLines(momentFields);
    const heavy = new HeavyWorkers({
      share: { slots: 1, slotsPerTenant: 1, waitingPerTenant: 2, waitMs: 60_000, ...share },
      data: {
        url: api.store.database.applicationUrl,
        options: { pool: { max: 1 }, slowOperationMs: 60_000, ...options },
      },
      logger,
      onMeasured: metrics && ((measured) => metrics.countDatabase(measured, "heavy")),
      program: CRASHING,
      remembersSizes,
    });
    closing.push(heavy);
    return { ...api.open({ slowOperationMs: 60_000, heavy, metrics }), heavy, threadLines };
  };
}
