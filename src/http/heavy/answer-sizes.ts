import type { DocumentNode, ExecutionResult } from "graphql";
import { valuesIn } from "../../graphql/execution/run.ts";
import { valuesOf } from "../../graphql/execution/swift-execute.ts";
import type { ShareHolder } from "../fair-share.ts";
import type { HeavyResult } from "./workers.ts";

/** An answer with more values is large: some 5 ms of a thread's time. */
const MOST_VALUES = 2500;
/** The same in bytes of JSON. */
const MOST_BYTES = 40_000;
/** What costs more, some 40 ms of a thread's time, is never taken for light. */
const MOST_COST = 20_000;
/** So many tenants are remembered of each document. */
const MOST_TENANTS = 1000;

/**
 * Remembers how large the answers to documents were. What an operation may cost is told by its limits, and most answers have
 * far less in them: a lineage may have 1,000 nodes, and has 80.
 */
export class AnswerSizes {
  readonly #wasSmall = new WeakMap<DocumentNode, Map<ShareHolder, boolean>>();

  /**
   * Whether an operation may be taken for a light one: the last answer that its tenant got to its document was small, and if
   * the next is not, it will still be within {@link MOST_COST}.
   */
  promiseLight(document: DocumentNode, tenant: ShareHolder, cost: number): boolean {
    return cost <= MOST_COST && this.#wasSmall.get(document)?.get(tenant) === true;
  }

  /** Notes a result that a thread has written. One with errors is not known to be small. */
  noteWritten(document: DocumentNode, tenant: ShareHolder, { stringify, errorCodes }: HeavyResult): void {
    this.#note(document, tenant, errorCodes.length === 0 && stringify().length <= MOST_BYTES);
  }

  /** Notes a result of the main thread. */
  noteResult(document: DocumentNode, tenant: ShareHolder, result: ExecutionResult): void {
    const values = valuesOf(result) ?? valuesIn(result.data, MOST_VALUES);
    this.#note(document, tenant, result.errors === undefined && values <= MOST_VALUES);
  }

  #note(document: DocumentNode, tenant: ShareHolder, isSmall: boolean): void {
    const known = this.#wasSmall.get(document) ?? new Map<ShareHolder, boolean>();
    if (known.size >= MOST_TENANTS) known.clear();
    this.#wasSmall.set(document, known.set(tenant, isSmall));
  }
}
