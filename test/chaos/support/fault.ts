import { it } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    /** Of the test of a fault: what it did and saw, for the reporter. */
    fault?: FaultTold;
  }
}

/** What the table of the run tells of a fault. */
export interface FaultTold {
  readonly injected: Record<string, number>;
  readonly seen: Record<string, number>;
}

/** Whether this is the run at length (`npm run test:chaos`); otherwise it is a part of `npm test`. */
export const isLong = process.env.CHAOS === "long";

/**
 * What is added to a promised time, in milliseconds: nothing at length, where nothing else runs. In `npm test` other tests
 * take turns on the same cores.
 */
export const ALLOWANCE_MS = isLong ? 0 : 5000;

/** More than any fault needs, to say what hangs. The soak takes 30 minutes. */
const LIMIT_MS = isLong ? 45 * 60_000 : 120_000;

/** How often a fault is injected: in `npm test`, and at length. */
export interface Times {
  readonly short: number;
  readonly long: number;
}

/** Where a test notes what it did and what came of it. */
export class Report {
  readonly #told: FaultTold;
  readonly #skip: (why: string) => never;

  constructor(told: FaultTold, skip: (why: string) => never) {
    this.#told = told;
    this.#skip = skip;
  }

  /** Ends the test of a fault that cannot be injected here. */
  leaveOut(why: string): never {
    return this.#skip(why);
  }

  /** Counts how often the fault was injected; where it has several kinds, by the kind. */
  injected(times = 1, kind = "times"): void {
    this.#told.injected[kind] = (this.#told.injected[kind] ?? 0) + times;
  }

  /** Counts something that was seen, also where it was seen no time. */
  saw(what: string, times = 1): void {
    this.#told.seen[what] = (this.#told.seen[what] ?? 0) + times;
  }

  /** Counts several things at once. */
  sawAll(counts: Readonly<Record<string, number>>): void {
    for (const [what, times] of Object.entries(counts)) this.saw(what, times);
  }

  /** Keeps the greatest of what was measured, rounded up. */
  measured(what: string, value: number): void {
    this.#told.seen[what] = Math.max(this.#told.seen[what] ?? 0, Math.ceil(value));
  }
}

/** A test that injects a fault so many times and expects a promise to be kept meanwhile. */
export function fault(
  name: string,
  { short, long }: Times,
  inject: (times: number, report: Report) => Promise<void>,
): void {
  it(name, { timeout: LIMIT_MS }, async ({ task, skip }) => {
    task.meta.fault = { injected: {}, seen: {} };
    await inject(isLong ? long : short, new Report(task.meta.fault, skip));
  });
}
