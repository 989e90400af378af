/** The values of a series' labels, by their names. */
type Labels<Label extends string> = Readonly<Record<Label, string>>;

interface FamilyOptions<Label extends string> {
  /** As Prometheus wants it: with its unit, and `_total` for what only grows. */
  readonly name: string;
  /** A sentence that says what it means. */
  readonly help: string;
  /** The names of its labels. Each has few values, which no client can choose. Default: none. */
  readonly labels?: readonly Label[];
}

/** Measurements of one meaning: a series for each set of labels that has been met. */
abstract class Family<Label extends string = string> {
  abstract readonly type: "counter" | "gauge" | "histogram";
  readonly name: string;
  readonly help: string;
  readonly labels: readonly Label[];

  constructor({ name, help, labels = [] }: FamilyOptions<Label>) {
    this.name = name;
    this.help = help;
    this.labels = labels;
  }

  /** Its samples, a line each, in Prometheus' text format. */
  abstract samples(): Iterable<string>;

  /** The labels of a series as they are written, without their braces. */
  protected written(of: Labels<Label>): string {
    return this.labels.map((label) => `${label}="${escaped(of[label])}"`).join(",");
  }
}

/** What only grows. */
class Counter<Label extends string = never> extends Family<Label> {
  readonly type = "counter";
  readonly #totals = new Map<string, number>();

  /** Counts; 0 makes a series known before anything has happened, or its first event would not be seen as a change. */
  add(of: Labels<Label>, count = 1): void {
    const series = this.written(of);
    this.#totals.set(series, (this.#totals.get(series) ?? 0) + count);
  }

  override *samples(): Iterable<string> {
    for (const [series, total] of this.#totals) yield sample(this.name, series, total);
  }
}

interface Distribution {
  /** Of each bound, and of what is above them all: how many values are no greater, but greater than the bound before. */
  readonly counts: number[];
  sum: number;
}

/** How values are distributed. */
class Histogram<Label extends string = never> extends Family<Label> {
  readonly type = "histogram";
  readonly #bounds: readonly number[];
  readonly #distributions = new Map<string, Distribution>();

  constructor(options: FamilyOptions<Label>, bounds: readonly number[]) {
    super(options);
    this.#bounds = bounds;
  }

  observe(of: Labels<Label>, value: number): void {
    const distribution = this.#distributionOf(of);
    const bucket = this.#bounds.findIndex((bound) => value <= bound);
    const place = bucket < 0 ? this.#bounds.length : bucket;
    distribution.counts[place] = (distribution.counts[place] ?? 0) + 1;
    distribution.sum += value;
  }

  /** Makes a series known before it has a value. */
  expect(of: Labels<Label>): void {
    this.#distributionOf(of);
  }

  override *samples(): Iterable<string> {
    for (const [series, { counts, sum }] of this.#distributions) {
      const comma = series === "" ? "" : ",";
      let count = 0;
      for (const [place, more] of counts.entries()) {
        count += more;
        const bound = number(this.#bounds[place] ?? Number.POSITIVE_INFINITY);
        yield sample(`${this.name}_bucket`, `${series}${comma}le="${bound}"`, count);
      }
      yield sample(`${this.name}_sum`, series, sum);
      yield sample(`${this.name}_count`, series, count);
    }
  }

  #distributionOf(of: Labels<Label>): Distribution {
    const series = this.written(of);
    const known = this.#distributions.get(series);
    if (known !== undefined) return known;
    const distribution = { counts: new Array<number>(this.#bounds.length + 1).fill(0), sum: 0 };
    this.#distributions.set(series, distribution);
    return distribution;
  }
}

/** The labels and the value of each series of a family, as they are now. */
type ReadSeries<Label extends string> = () => Iterable<readonly [Labels<Label>, number]>;

/** What is known elsewhere, and read at each scrape. */
class Reading<Label extends string = never> extends Family<Label> {
  readonly type: "counter" | "gauge";
  readonly #read: ReadSeries<Label>;

  constructor(type: Reading["type"], options: FamilyOptions<Label>, read: ReadSeries<Label>) {
    super(options);
    this.type = type;
    this.#read = read;
  }

  override *samples(): Iterable<string> {
    for (const [of, value] of this.#read()) yield sample(this.name, this.written(of), value);
  }
}

/** All families of a program. */
export class Registry {
  readonly #families = new Map<string, Family>();

  counter<Label extends string = never>(options: FamilyOptions<Label>): Counter<Label> {
    return this.#add(new Counter(options));
  }

  /** @param bounds the upper bounds of its buckets, ascending; that of what is above them is implied */
  histogram<Label extends string = never>(
    options: FamilyOptions<Label>,
    bounds: readonly number[],
  ): Histogram<Label> {
    return this.#add(new Histogram(options, bounds));
  }

  /** What is known elsewhere, and read at each scrape: see {@link Reading}. */
  reading<Label extends string = never>(
    type: Reading["type"],
    options: FamilyOptions<Label>,
    read: ReadSeries<Label>,
  ): void {
    this.#add(new Reading(type, options, read));
  }

  /** In the order in which they came. */
  get families(): readonly Family[] {
    return [...this.#families.values()];
  }

  /** What Prometheus reads: its text format, version 0.0.4. */
  text(): string {
    const lines: string[] = [];
    for (const family of this.families) {
      lines.push(`# HELP ${family.name} ${family.help}`, `# TYPE ${family.name} ${family.type}`);
      lines.push(...family.samples());
    }
    return `${lines.join("\n")}\n`;
  }

  #add<T extends Family>(family: T): T {
    if (this.#families.has(family.name)) throw new Error(`there are two families called ${family.name}`);
    this.#families.set(family.name, family);
    return family;
  }
}

function sample(name: string, labels: string, value: number): string {
  return `${name}${labels === "" ? "" : `{${labels}}`} ${number(value)}`;
}

function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}

function escaped(value: string): string {
  if (!/[\\"\n]/.test(value)) return value;
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
