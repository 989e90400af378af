import type { TransientKind } from "../errors.ts";

/** A piece of the work that the database is asked to do. */
export type DatabaseWork =
  /** A connection is taken from the pool. */
  | { readonly kind: "acquire" }
  /** A method of a repository, such as `asset.findById`. */
  | { readonly kind: "operation"; readonly name: string }
  /** One of its statements, with the comment that names it. What begins and ends a transaction is not told. */
  | { readonly kind: "statement"; readonly name: string; readonly sql: string };

/** What a repository has found by walking from row to row, such as a lineage. */
export interface WalkFound {
  /** The method that walked, such as `lineage.find`. */
  readonly name: string;
  /** How many rows it found. */
  readonly size: number;
  /** Whether these are all, or what cut them. */
  readonly completeness: string;
}

/** Sees what the database is asked to do, for metrics, traces and tests. It must not throw. */
export interface DatabaseObserver {
  /**
   * Runs a piece of work and answers as it does; a statement runs within its operation. Where a connection is not had or an
   * operation fails, that is with one of this program's errors.
   */
  around<T>(work: DatabaseWork, run: () => Promise<T>): Promise<T>;
  /** Told of an attempt that failed and is made again. */
  retrying(kind: TransientKind): void;
  /** Told of a failure that might have passed, when there are no more tries. */
  gaveUp?(kind: TransientKind): void;
  /** Told of what a walk has found. */
  walked?(found: WalkFound): void;
}

/** Several observers as one, the first of them the outermost; undefined for none. */
export function composeObservers(
  ...given: readonly (DatabaseObserver | undefined)[]
): DatabaseObserver | undefined {
  const observers = given.filter((observer) => observer !== undefined);
  if (observers.length < 2) return observers[0];
  return {
    around<T>(work: DatabaseWork, run: () => Promise<T>): Promise<T> {
      return observers.reduceRight((inner, observer) => () => observer.around(work, inner), run)();
    },
    retrying(kind) {
      for (const observer of observers) observer.retrying(kind);
    },
    gaveUp(kind) {
      for (const observer of observers) observer.gaveUp?.(kind);
    },
    walked(found) {
      for (const observer of observers) observer.walked?.(found);
    },
  };
}

/** Runs a piece of work, seen by an observer if there is one. */
export function observed<T>(
  observer: DatabaseObserver | undefined,
  work: DatabaseWork,
  run: () => Promise<T>,
): Promise<T> {
  return observer === undefined ? run() : observer.around(work, run);
}
