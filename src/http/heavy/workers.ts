import { AsyncResource } from "node:async_hooks";
import { type ExecutionArgs, getOperationAST, print } from "graphql";
import type { StopSignal } from "../../abort.ts";
import { LimitExceededError } from "../../errors.ts";
import type { StorageLogger } from "../../logger.ts";
import type { OperationLoad, PoolLoad } from "../../metrics/lane-metrics.ts";
import type { TraceCarrier } from "../../tracing/moment.ts";
import type { WrittenResult } from "../error-codes.ts";
import { FairShare, type FairShareLimits, type ShareHolder } from "../fair-share.ts";
import { AnswerSizes } from "./answer-sizes.ts";
import type { HeavyJob, WorkerData } from "./job.ts";
import { HeavyThread, type ThreadListener } from "./thread.ts";

/** An operation that costs as much is heavy: some 5 ms of a thread's time. */
export const HEAVY_FROM = 2000;

export interface HeavyWorkersOptions extends ThreadListener {
  /** As many threads as there are slots, each with a connection of its own. */
  readonly share: FairShareLimits;
  readonly data: Omit<WorkerData, "measures">;
  /** Tells what continues the trace of the moment. Default: there are none. */
  readonly traceCarrier?: (() => TraceCarrier) | undefined;
  /** Whether what was answered small is taken for light; see {@link AnswerSizes}. Default: true. */
  readonly remembersSizes?: boolean;
  /** The program of the threads. Default: that beside this file. */
  readonly program?: URL;
}

interface Asked {
  readonly tenant: ShareHolder;
  readonly logger: StorageLogger;
  readonly signal: StopSignal;
}

/** An answer that is JSON in UTF-8 already. Yoga sends it as it is, or makes it a string where it is one of a batch. */
export interface HeavyResult extends WrittenResult {
  readonly stringify: () => Buffer<ArrayBuffer>;
}

/**
 * Executes heavy operations in threads of their own, because executing and writing an answer of 10,000 nodes keeps a thread
 * busy for a good part of a second, in which it answers nobody else. A thread that fails is replaced when it is needed.
 */
export class HeavyWorkers {
  /** How large answers were, where that is remembered. */
  readonly sizes: AnswerSizes | undefined;
  readonly #options: HeavyWorkersOptions;
  readonly #share: FairShare;
  readonly #idle: HeavyThread[];
  readonly #threads = new Set<HeavyThread>();
  #replaced = 0;
  /** Where threads are started, so that they belong to none of the requests that need them. */
  readonly #outside = new AsyncResource("HeavyWorkers");

  constructor(options: HeavyWorkersOptions) {
    this.#options = options;
    this.sizes = options.remembersSizes === false ? undefined : new AnswerSizes();
    this.#share = new FairShare(options.share);
    this.#idle = Array.from({ length: options.share.slots }, () => this.#startThread());
  }

  /**
   * The answer to an operation; undefined where it is refused before execution, as for its variables.
   * @throws as {@link FairShare.run}, and UnavailableError when the thread fails on the way
   */
  execute(job: HeavyJob, { tenant, logger, signal }: Asked): Promise<HeavyResult | undefined> {
    const traced = { ...job, trace: this.#options.traceCarrier?.() };
    return this.#share.run(tenant, signal, async () => {
      const thread = this.#takeThread();
      try {
        const answer = await thread.execute(traced, logger, signal);
        if (answer === undefined) return undefined;
        const { json, errorCodes } = answer;
        return { stringify: () => json, errorCodes };
      } finally {
        this.#idle.push(thread);
      }
    });
  }

  /** The operations that run and wait. */
  get load(): OperationLoad {
    return { ...this.#share.load, slots: this.#options.share.slots };
  }

  /** The connections of all threads, if these measure. */
  get pool(): PoolLoad {
    const pools = [...this.#threads].map(({ pool }) => pool);
    const sum = (of: keyof PoolLoad) => pools.reduce((all, pool) => all + pool[of], 0);
    return { used: sum("used"), idle: sum("idle"), waiting: sum("waiting"), max: this.#options.share.slots };
  }

  /** How many threads have ended before they were told to. */
  get failures(): number {
    return this.#replaced + [...this.#threads].filter(({ hasFailed }) => hasFailed).length;
  }

  /** Lets what runs end, for `patienceMs` milliseconds at most. */
  async close(patienceMs: number): Promise<void> {
    await Promise.all([...this.#threads].map((thread) => thread.close(patienceMs)));
  }

  #takeThread(): HeavyThread {
    const thread = this.#idle.pop();
    if (thread?.isAlive) return thread;
    if (thread !== undefined && this.#threads.delete(thread)) this.#replaced += 1;
    return this.#startThread();
  }

  #startThread(): HeavyThread {
    const { data, program, ...listener } = this.#options;
    const measures = listener.onMeasured !== undefined;
    const start = () => new HeavyThread({ ...data, measures }, listener, program);
    const thread = this.#outside.runInAsyncScope(start);
    this.#threads.add(thread);
    return thread;
  }
}

/**
 * What a thread is to do, where an operation is heavy, and can be handed over.
 * @param cost what `costOf` makes of it
 * @throws LimitExceededError for variables that are nested too deep to be handed over
 */
export function jobOf(
  args: Pick<ExecutionArgs, "document" | "operationName" | "variableValues">,
  cost: number,
  asked: Pick<HeavyJob, "principal" | "requestId">,
): HeavyJob | undefined {
  if (cost < HEAVY_FROM) return undefined;
  const { document, operationName, variableValues } = args;
  const operation = getOperationAST(document, operationName);
  const declared = operation?.variableDefinitions ?? [];
  const names = declared.map(({ variable }) => variable.name.value);
  const variables = written(Object.entries(variableValues ?? {}).filter(([name]) => names.includes(name)));
  if (variables === undefined) return undefined;
  return {
    // Errors tell where in the text they are.
    document: document.loc?.source.body ?? print(document),
    operationName: operationName ?? undefined,
    variables,
    isQuery: operation?.operation === "query",
    ...asked,
  };
}

/** Undefined where JSON cannot say it: of `1e400`, which was read as infinite, it would make null. */
function written(variables: readonly (readonly [string, unknown])[]): string | undefined {
  try {
    const values = Object.fromEntries(variables);
    return areFinite(values) ? JSON.stringify(values) : undefined;
  } catch (error) {
    if (error instanceof RangeError) throw new LimitExceededError("The variables are nested too deep.");
    throw error;
  }
}

function areFinite(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return typeof value !== "number" || Number.isFinite(value);
  for (const name in value) if (!areFinite(value[name as keyof typeof value])) return false;
  return true;
}
