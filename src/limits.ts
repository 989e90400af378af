import { LimitExceededError } from "./errors.ts";

/** How much one request may ask for. What asks for more is refused with LIMIT_EXCEEDED before it is executed. */
export interface Limits {
  /** Bytes of a request's body, counted while they arrive. */
  readonly maxBodyBytes: number;
  /** Words, numbers, strings and signs of a document. */
  readonly maxTokens: number;
  /** Brackets within brackets; a fragment counts where it is spread. */
  readonly maxDepth: number;
  /** Aliases in a document. */
  readonly maxAliases: number;
  /** Directives in a document. */
  readonly maxDirectives: number;
  /** Items of one list, in a document or in variables. */
  readonly maxListItems: number;
  /** Ids in one list of ids. */
  readonly maxIdsPerLookup: number;
  /** Representations in one list of them: objects that a gateway asks for by their keys. */
  readonly maxEntitiesPerLookup: number;
  /** The most that an operation may cost (`src/graphql/cost.ts`). */
  readonly maxCost: number;
  /** Operations in one request; more than 1 allows batches. */
  readonly maxOperationsPerRequest: number;
}

/** Enough for every use of GraphiQL and for the largest lineage, and little enough for a shared service. */
export const LIMIT_DEFAULTS: Limits = {
  maxBodyBytes: 1_048_576,
  // A document as long takes at most 0.2 s to be checked: graphql gives up comparing repeated fields after that.
  maxTokens: 5000,
  // The introspection of GraphiQL takes 15.
  maxDepth: 25,
  maxAliases: 100,
  maxDirectives: 100,
  // Ten times the largest bulk, whose own rule says which list is too long.
  maxListItems: 10_000,
  maxIdsPerLookup: 100,
  // A page of the largest size.
  maxEntitiesPerLookup: 1000,
  // The largest lineage with a modest selection costs 690,001.
  maxCost: 1_000_000,
  maxOperationsPerRequest: 1,
};

/** Milliseconds that a connection gets. Node looks once a second whether they are over. */
export interface Timeouts {
  /** From the begin of a request until it has arrived whole. */
  readonly requestTimeoutMs: number;
  /** From the begin of a request until its headers have arrived; not more than that. */
  readonly headersTimeoutMs: number;
  /** From an answer until the next request. */
  readonly keepAliveTimeoutMs: number;
}

/** Half a minute for a request, and an idle connection for longer than a load balancer keeps it. */
export const TIMEOUT_DEFAULTS: Timeouts = {
  requestTimeoutMs: 30_000,
  headersTimeoutMs: 10_000,
  // Longer than the 60 s that load balancers keep a connection: who closes first must not be the server.
  keepAliveTimeoutMs: 65_000,
};

/** Longest that an operation takes, in milliseconds: a wait for a connection, and a statement that takes as long as it may. */
export const OPERATION_TIMEOUT_MS = 60_000;

/** How the operations of several tenants share connections. */
export const SHARE_DEFAULTS = {
  /** How many of so many connections one tenant may have at once: half of them. */
  slotsPerTenant: (slots: number) => Math.max(1, Math.floor(slots / 2)),
  /** How many more of its operations may wait for their turn. */
  waitingPerTenant: 100,
  /** Longest wait, in milliseconds; as long as for a connection. */
  waitMs: 30_000,
} as const;

/**
 * The refusal of what passes a limit.
 * @param what a sentence without its full stop that says what was passed
 */
export function limitExceeded(what: string, limit: keyof Limits): LimitExceededError {
  return new LimitExceededError(`${what} (${variableOf(limit)}).`);
}

/** The variable that sets a limit: MAX_BODY_BYTES. */
export function variableOf(limit: keyof Limits): string {
  return limit.replaceAll(/[A-Z]/g, "_$&").toUpperCase();
}
