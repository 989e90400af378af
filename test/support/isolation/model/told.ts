import { Cursors } from "./cursors.ts";

/** The store has told something else than the model. */
export class Difference extends Error {}

/** A moment of the server's that no answer has shown yet: it is what is told first, and that for good. */
export class Later {
  readonly after: Date;
  value: Date | undefined;

  constructor(after: Date | Later) {
    this.after = after instanceof Later ? (after.value ?? after.after) : after;
  }

  fits(moment: Date): boolean {
    if (this.value === undefined && moment > this.after) this.value = moment;
    return this.value?.getTime() === moment.getTime();
  }
}

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** An answer, from which the model takes what is the server's to choose, and nothing else. */
export class Told {
  readonly #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  at(...path: readonly (string | number)[]): Told {
    return new Told(
      path.reduce<unknown>(
        (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
        this.#value,
      ),
    );
  }

  /** The id of a new row. */
  newId(known: ReadonlySet<string>): string {
    const id = this.at("id").#value;
    if (typeof id !== "string" || !UUID_V7.test(id))
      throw new Difference(`expected a row with a new id, got ${show(id)}`);
    if (known.has(id)) throw new Difference(`expected a new id, got ${id} again`);
    return id;
  }

  moment(field: string): Date {
    const moment = readMoment(this.at(field).#value);
    if (moment === undefined) throw new Difference(`expected a row with ${field}, got ${show(this.#value)}`);
    return moment;
  }

  /** The row's `updatedAt`, which is later than it was; not known where the answer does not show it. */
  updatedAt(before: Date | Later): Date | Later {
    const later = new Later(before);
    const moment = readMoment(this.at("updatedAt").#value);
    if (moment === undefined) return later;
    if (!later.fits(moment))
      throw new Difference(`updatedAt ${show(moment)} is not later than ${show(later.after)}`);
    return moment;
  }
}

function readMoment(value: unknown): Date | undefined {
  if (value instanceof Date) return value;
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return undefined;
  return new Date(value);
}

/** Where an answer differs from what the model says; undefined where it does not. */
export function differenceOf(
  expected: unknown,
  actual: unknown,
  cursors: Cursors,
  path = "answer",
): string | undefined {
  const differ = () => `${path}: expected ${show(expected)}, got ${show(actual)}`;
  const moment = readMoment(actual);
  if (expected instanceof Later) return moment !== undefined && expected.fits(moment) ? undefined : differ();
  if (expected instanceof Date) return moment?.getTime() === expected.getTime() ? undefined : differ();
  if (Cursors.isToken(expected)) return cursors.fits(expected, actual) ? undefined : differ();
  if (expected instanceof Map) {
    if (!(actual instanceof Map)) return differ();
    return differenceOf(Object.fromEntries(expected), Object.fromEntries(actual), cursors, path);
  }
  if (typeof expected !== "object" || expected === null)
    return Object.is(expected, actual) ? undefined : differ();
  if (typeof actual !== "object" || actual === null || Array.isArray(expected) !== Array.isArray(actual))
    return differ();
  const keys = [...new Set([...keysOf(expected), ...keysOf(actual)])];
  for (const key of keys) {
    const inside = Array.isArray(expected) ? `${path}[${key}]` : `${path}.${key}`;
    const found = differenceOf(Reflect.get(expected, key), Reflect.get(actual, key), cursors, inside);
    if (found !== undefined) return found;
  }
  return undefined;
}

const keysOf = (value: object) =>
  Object.entries(value).flatMap(([key, each]) => (each === undefined ? [] : [key]));

export function show(value: unknown): string {
  return (
    JSON.stringify(value, (_, each) => (each instanceof Map ? Object.fromEntries(each) : each)) ??
    String(value)
  );
}
