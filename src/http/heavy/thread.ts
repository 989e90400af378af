import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { StopSignal } from "../../abort.ts";
import { type ErrorCode, LimitExceededError, TimeoutError, UnavailableError } from "../../errors.ts";
import type { StorageLogger } from "../../logger.ts";
import type { PoolLoad } from "../../metrics/lane-metrics.ts";
import type { Measurement } from "../../metrics/measuring.ts";
import type { FromWorker, HeavyJob, ToWorker, WorkerData } from "./job.ts";

/** Most that a thread's answer and all that it is made from may take. */
const MOST_MEGABYTES = 512;

/** How long, in milliseconds, a thread may go on with what it was told to give up: longer than cancelling may take. */
const ABORT_PATIENCE_MS = 5000;

type Line = Extract<FromWorker, { level: unknown }>;

const UNUSED: PoolLoad = { used: 0, idle: 0, waiting: 0, max: 0 };

/** What a thread has answered. */
export interface HeavyAnswer {
  /** JSON in UTF-8. */
  readonly json: Buffer<ArrayBuffer>;
  readonly errorCodes: readonly ErrorCode[];
}

interface Running {
  readonly job: HeavyJob;
  readonly number: number;
  readonly logger: StorageLogger;
  readonly resolve: (answer: HeavyAnswer | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** Who is told what a thread tells beside its answers. */
export interface ThreadListener {
  /** For what belongs to no request. */
  readonly logger: StorageLogger;
  /** Told of what it measures, if it does. */
  readonly onMeasured?: ((measured: Measurement) => void) | undefined;
}

/** A thread that executes one operation after another. */
export class HeavyThread {
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  #running: Running | undefined;
  #previous: Running | undefined;
  #jobs = 0;
  #isAlive = true;
  #isClosing = false;
  #pool = UNUSED;

  constructor(data: WorkerData, { logger, onMeasured }: ThreadListener, program = programBeside()) {
    const resourceLimits = { maxOldGenerationSizeMb: MOST_MEGABYTES };
    this.#worker = new Worker(program, { workerData: data, resourceLimits });
    this.#worker.on("message", (message: FromWorker) => {
      if ("refused" in message) this.#running?.resolve(undefined);
      else if ("answer" in message)
        this.#running?.resolve({ ...message, json: Buffer.from(message.answer.buffer) });
      else if ("measured" in message) onMeasured?.(message.measured);
      else if ("pool" in message) this.#pool = message.pool;
      else this.#log(message, logger);
    });
    this.#worker.on("error", (error: NodeJS.ErrnoException) => {
      logger.error({ error }, "Thread for heavy operations failed");
      // Repeated, it would end the next thread.
      if (error.code === "ERR_WORKER_OUT_OF_MEMORY") this.#running?.reject(tooMuch());
    });
    this.#ended = new Promise((resolve) => {
      this.#worker.once("exit", () => {
        this.#isAlive = false;
        this.#pool = UNUSED;
        this.#running?.reject(interrupted(this.#running.job.isQuery));
        resolve();
      });
    });
  }

  /** Whether it can still be used; a thread that failed cannot. */
  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Whether it ended before it was told to. */
  get hasFailed(): boolean {
    return !this.#isAlive && !this.#isClosing;
  }

  /** How it uses its connection, if it measures. */
  get pool(): PoolLoad {
    return this.#pool;
  }

  /**
   * Executes an operation; the thread must be idle.
   * @param signal has the thread give it up: it answers as soon as its statement has ended
   * @returns undefined for what is refused before execution, as for its variables
   * @throws UnavailableError when the thread fails on the way, LimitExceededError when it runs out of memory
   */
  async execute(job: HeavyJob, logger: StorageLogger, signal: StopSignal): Promise<HeavyAnswer | undefined> {
    if (!this.#isAlive) throw interrupted(true);
    let deadline: NodeJS.Timeout | undefined;
    const abort = () => {
      const why = signal.reason instanceof TimeoutError ? "late" : "gone";
      this.#worker.postMessage({ abort: why } satisfies ToWorker);
      deadline = setTimeout(() => this.#giveUp(signal.reason as Error), ABORT_PATIENCE_MS);
    };
    try {
      return await new Promise((resolve, reject) => {
        this.#jobs += 1;
        const number = this.#jobs;
        this.#running = { job, number, logger, resolve, reject };
        this.#worker.postMessage({ ...job, number } satisfies ToWorker);
        signal.addEventListener("abort", abort);
        if (signal.aborted) abort();
      });
    } finally {
      this.#previous = this.#running;
      this.#running = undefined;
      clearTimeout(deadline);
      signal.removeEventListener("abort", abort);
    }
  }

  /** Ends a thread that is too busy to be told anything. Another takes its place. */
  #giveUp(reason: Error): void {
    this.#isAlive = false;
    this.#running?.reject(reason);
    void this.#worker.terminate();
  }

  /** A line may come after the answer, when another request runs. */
  #log({ level, fields, message, job }: Line, logger: StorageLogger): void {
    const about = [this.#running, this.#previous].find((each) => each !== undefined && each.number === job);
    (about?.logger ?? logger)[level](JSON.parse(fields) as object, message);
  }

  /** Lets what runs end, for `patienceMs` milliseconds at most. */
  async close(patienceMs: number): Promise<void> {
    this.#isClosing = true;
    this.#worker.postMessage("close" satisfies ToWorker);
    const deadline = setTimeout(() => void this.#worker.terminate(), patienceMs);
    await this.#ended;
    clearTimeout(deadline);
  }
}

/** TypeScript here, JavaScript when it is built. */
function programBeside(): URL {
  return new URL(`worker${extname(import.meta.url)}`, import.meta.url);
}

function tooMuch(): LimitExceededError {
  return new LimitExceededError(`The answer takes more memory than ${MOST_MEGABYTES} MB.`);
}

function interrupted(retryable: boolean): UnavailableError {
  return new UnavailableError("The operation was interrupted.", { transient: "interrupted", retryable });
}
