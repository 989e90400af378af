/** How hard to look. */
export interface Effort {
  /** Runs of each contender that are not counted. */
  readonly warmUps: number;
  /** A contender is run so often at least, and at most. */
  readonly fewest: number;
  readonly most: number;
  /** Between the two it ends after so many seconds of its own. */
  readonly seconds: number;
  /** What takes longer than so many milliseconds, and is not the product's own, counts as endless. */
  readonly patienceMs: number;
}

/** For figures, and to see that everything works. */
export const EFFORTS = {
  full: { warmUps: 3, fewest: 5, most: 200, seconds: 0.7, patienceMs: 5000 },
  quick: { warmUps: 0, fewest: 1, most: 1, seconds: 0, patienceMs: 300 },
} as const satisfies Record<string, Effort>;

export interface Timed<Found> {
  readonly ms: number;
  readonly found: Found;
}

/** One way to get an answer. */
export interface Contender<Found> {
  readonly name: string;
  /** @throws GaveUp when it is not to be tried again */
  run(): Promise<Timed<Found>>;
}

/** A contender does not come to an end. The message is shown in the place of its figures. */
export class GaveUp extends Error {
  override readonly name = "GaveUp";
}

export interface Measurement<Found> {
  readonly name: string;
  /** Milliseconds, in the order of the rounds. */
  readonly samples: readonly number[];
  /** What the last run found; undefined where none came to its end. */
  readonly found: Found | undefined;
  /** Why there are no figures. */
  readonly gaveUp: string | null;
}

const SLOW_MS = 1000;

/**
 * Measures contenders in rounds, each once a round, so that what slows the machine slows all of them. Every round begins
 * with another one. A contender that has had enough leaves the rounds to the rest.
 */
export async function measureSideBySide<Found>(
  contenders: readonly Contender<Found>[],
  effort: Effort,
): Promise<Measurement<Found>[]> {
  const entries = contenders.map((contender) => new Entry(contender));
  for (let round = 0; round < effort.warmUps; round += 1) {
    for (const entry of entries) if (round === 0 || entry.lastMs < SLOW_MS) await entry.run(false);
  }
  for (let round = 0; ; round += 1) {
    const running = entries.filter((entry) => entry.wantsMore(effort));
    if (running.length === 0) break;
    const first = round % running.length;
    for (const entry of [...running.slice(first), ...running.slice(0, first)]) await entry.run(true);
  }
  return entries.map(({ contender: { name }, samples, found, gaveUp }) => ({ name, samples, found, gaveUp }));
}

class Entry<Found> {
  readonly contender: Contender<Found>;
  readonly samples: number[] = [];
  found: Found | undefined;
  gaveUp: string | null = null;
  lastMs = 0;
  #spentMs = 0;

  constructor(contender: Contender<Found>) {
    this.contender = contender;
  }

  wantsMore({ fewest, most, seconds }: Effort): boolean {
    const runs = this.samples.length;
    return this.gaveUp === null && runs < most && (runs < fewest || this.#spentMs < seconds * 1000);
  }

  async run(counts: boolean): Promise<void> {
    if (this.gaveUp !== null) return;
    try {
      const { ms, found } = await this.contender.run();
      this.found = found;
      this.lastMs = ms;
      if (!counts) return;
      this.samples.push(ms);
      this.#spentMs += ms;
    } catch (error) {
      if (!(error instanceof GaveUp)) throw error;
      this.gaveUp = error.message;
    }
  }
}

/** What is shown of a contender. */
export interface Figures {
  readonly name: string;
  readonly runs: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  /** Its median by that of the first contender, over the rounds that both ran in. */
  readonly ratio: number | null;
  readonly gaveUp: string | null;
}

/** The figures of measurements side by side; the first is what the others are compared with. */
export function figuresOf(measurements: readonly Measurement<unknown>[]): Figures[] {
  const [ours] = measurements;
  return measurements.map(({ name, samples, gaveUp }) => {
    const isMeasured = gaveUp === null && samples.length > 0;
    const common = Math.min(samples.length, ours?.samples.length ?? 0);
    const median = (all: readonly number[] = []) => quantile(all.slice(0, common), 0.5);
    return {
      name,
      runs: samples.length,
      p50Ms: isMeasured ? quantile(samples, 0.5) : null,
      p95Ms: isMeasured ? quantile(samples, 0.95) : null,
      ratio: isMeasured && common > 0 ? median(samples) / median(ours?.samples) : null,
      gaveUp,
    };
  });
}

/** The least of the samples that so large a part of them does not exceed. */
export function quantile(samples: readonly number[], part: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}
