import type { TransientKind } from "../errors.ts";

/** A piece of the work that the database is asked to do. */
export type DatabaseWork =
  /** A connection is taken from the pool. */
  | { readonly kind: "acquire" }
  /** A method of a repository, such as `asset.findById`. */
  | { readonly kind: "operation"; readonly name: string }
  /** One of its statements, with the comment that names it. What begins and ends a transaction is not told. */
  | { readonly kind: "statement"; readonly name: string; readonly sql: string };

/** Sees what the database is asked to do, for metrics, traces and tests. It must not throw. */
export interface DatabaseObserver {
  /** Runs a piece of work and answers as it does; a statement runs within its operation. */
  around<T>(work: DatabaseWork, run: () => Promise<T>): Promise<T>;
  /** Told of an attempt that failed and is made again. */
  retrying(kind: TransientKind): void;
}

/** Runs a piece of work, seen by an observer if there is one. */
export function observed<T>(
  observer: DatabaseObserver | undefined,
  work: DatabaseWork,
  run: () => Promise<T>,
): Promise<T> {
  return observer === undefined ? run() : observer.around(work, run);
}
