import type { ExecutionResult } from "graphql";
import type { Principal } from "../principal.ts";

/** What Yoga is told of a request that the fast path began and that turned out not to be regular, so that nothing is done twice. */
export interface Handover {
  /** `performance.now()` at the arrival of the request. */
  readonly startedAt: number;
  /** The one that its log lines bear. */
  readonly requestId: string;
  /** Its body, or why that was not had, where it was read. */
  readonly text?: Promise<string>;
  /** Who asks, or why that is nobody. */
  readonly principal: Promise<Principal>;
  /** What its operation came to, where it was executed. */
  readonly execution?: { readonly result: ExecutionResult; readonly startedAt: number };
}

/** What Yoga's plugins find a handover in. */
export interface HandedOver {
  readonly handover?: Handover;
}
