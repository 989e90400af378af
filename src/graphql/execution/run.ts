import type { GraphQLResolveInfo } from "graphql";

export type Path = GraphQLResolveInfo["path"];

/** What is the same for all resolvers of an execution. */
export type Surroundings = Pick<
  GraphQLResolveInfo,
  "schema" | "fragments" | "rootValue" | "operation" | "variableValues"
>;

/** What an object of the answer is while its fields come in. */
export type Answer = Record<string, unknown>;

/** Thrown where something is met of which only the reference may tell. */
export const IRREGULAR = new Error("not regular");

/** One execution by a plan: what its resolvers get, and what of it is still awaited. */
export class Run {
  readonly surroundings: Surroundings;
  readonly contextValue: unknown;
  /** How many values the answer has: its fields, the items of its lists, and what is in those that are JSON. */
  values = 0;
  /** The run itself, and the promises that it waits for. */
  #pending = 1;
  #isRegular = true;
  #end: (() => void) | undefined;

  constructor(surroundings: Surroundings, contextValue: unknown) {
    this.surroundings = surroundings;
    this.contextValue = contextValue;
  }

  /** Whether nothing was met so far of which only the reference may tell. */
  get isRegular(): boolean {
    return this.#isRegular;
  }

  /** Does the work that needs no waiting. Whatever it throws ends the run, as what comes after a wait does. */
  start(work: () => void): void {
    this.#attempt(work, undefined);
    this.#pending -= 1;
  }

  /** Whether everything that was begun has ended, well or not. */
  get isSettled(): boolean {
    return this.#pending === 0;
  }

  /** Resolves when {@link isSettled}. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Goes on with what a promise gives, unless the run is over by then. */
  wait(promise: PromiseLike<unknown>, goOn: (value: unknown) => void): void {
    this.#pending += 1;
    // Another's `then` may do anything.
    const known = promise instanceof Promise ? promise : Promise.resolve(promise);
    known.then(
      (value: unknown) => {
        if (this.#isRegular) this.#attempt(goOn, value);
        else this.#attempt((unused) => this.abandon(unused), value);
        this.#settle();
      },
      () => {
        this.#isRegular = false;
        this.#settle();
      },
    );
  }

  /** Waits for what is under way in a value that nobody uses, so that nothing is rejected unseen. */
  abandon(value: unknown): void {
    if (isPromise(value)) this.wait(value, (found) => this.abandon(found));
    else if (isIterable(value)) for (const item of value) this.abandon(item);
  }

  #attempt(work: (value: unknown) => void, value: unknown): void {
    try {
      work(value);
    } catch {
      this.#isRegular = false;
    }
  }

  #settle(): void {
    this.#pending -= 1;
    if (this.#pending === 0) this.#end?.();
  }
}

/** How many values there are in what is JSON, counted until there are more than `most`. */
export function valuesIn(data: unknown, most: number): number {
  if (typeof data !== "object" || data === null) return 1;
  let count = 1;
  // Not of `Object.values`, which would make a list of each object.
  for (const name in data) {
    count += valuesIn(data[name as keyof typeof data], most - count);
    if (count > most) break;
  }
  return count;
}

/** As the reference tells what may be a list. */
export function isIterable(value: unknown): value is Iterable<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    Symbol.iterator in value &&
    typeof value[Symbol.iterator] === "function"
  );
}

/** As the reference tells a promise. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return false;
  return typeof (value as Partial<PromiseLike<unknown>>).then === "function";
}
