import { reasonOf, type StopSignal } from "../abort.ts";
import { LimitExceededError, UnavailableError } from "../errors.ts";
import { SHARE_DEFAULTS } from "../limits.ts";

/** How many operations run and wait, of all tenants and of one. */
export interface FairShareLimits {
  /** How many operations may run at once. */
  readonly slots: number;
  /** How many of one tenant may. */
  readonly slotsPerTenant: number;
  /** How many more of one tenant may wait for their turn. */
  readonly waitingPerTenant: number;
  /** Longest wait, in milliseconds. */
  readonly waitMs: number;
}

/** The limits of so many connections: SHARE_DEFAULTS. */
export function shareOf(slots: number): FairShareLimits {
  return { ...SHARE_DEFAULTS, slots, slotsPerTenant: SHARE_DEFAULTS.slotsPerTenant(slots) };
}

/** Whose operation it is: a tenant, the system, or null for nobody. */
export type ShareHolder = string | null;

interface Share {
  running: number;
  /** In the order of their coming. */
  readonly waiting: Set<() => void>;
}

/**
 * Lets a limited number of operations run at once, and of each tenant only so many, so that one tenant's surplus waits
 * for itself. Of those that wait, tenants take turns, and a tenant's operations keep their order. Nobody waits while a slot
 * is free that they may have.
 */
export class FairShare {
  readonly #limits: FairShareLimits;
  #free: number;
  /** Of the tenants with something to do; whose turn was last stands last. */
  readonly #shares = new Map<ShareHolder, Share>();

  constructor(limits: FairShareLimits) {
    this.#limits = limits;
    this.#free = limits.slots;
  }

  /** How many operations run and wait, and of how many tenants. */
  get load(): { readonly running: number; readonly waiting: number; readonly tenants: number } {
    const waiting = [...this.#shares.values()].reduce((sum, share) => sum + share.waiting.size, 0);
    return { running: this.#limits.slots - this.#free, waiting, tenants: this.#shares.size };
  }

  /**
   * Does some work when its turn comes.
   * @param signal gives up the place among those that wait; what has begun is not disturbed
   * @throws LimitExceededError at once, when as many of the tenant wait as may
   * @throws UnavailableError when the turn does not come in time, or {@link reasonOf} the signal; nothing was run then
   */
  async run<T>(tenant: ShareHolder, signal: StopSignal, work: () => Promise<T>): Promise<T> {
    const share = this.#shareOf(tenant);
    try {
      if (this.#mayRun(share)) this.#start(tenant, share);
      else await this.#wait(share, signal);
      try {
        return await work();
      } finally {
        this.#free += 1;
        share.running -= 1;
        this.#startNext();
      }
    } finally {
      this.#forget(tenant, share);
    }
  }

  #shareOf(tenant: ShareHolder): Share {
    const known = this.#shares.get(tenant);
    if (known !== undefined) return known;
    const share: Share = { running: 0, waiting: new Set() };
    this.#shares.set(tenant, share);
    return share;
  }

  #mayRun({ running }: Share): boolean {
    return this.#free > 0 && running < this.#limits.slotsPerTenant;
  }

  #start(tenant: ShareHolder, share: Share): void {
    this.#free -= 1;
    share.running += 1;
    this.#shares.delete(tenant);
    this.#shares.set(tenant, share);
  }

  /** Two that give up at once forget their share twice; in between the tenant may have another. */
  #forget(tenant: ShareHolder, share: Share): void {
    const isIdle = share.running === 0 && share.waiting.size === 0;
    if (isIdle && this.#shares.get(tenant) === share) this.#shares.delete(tenant);
  }

  #startNext(): void {
    if (this.#free === 0) return;
    for (const [tenant, share] of this.#shares) {
      const [start] = share.waiting;
      if (start === undefined || !this.#mayRun(share)) continue;
      this.#start(tenant, share);
      start();
      return;
    }
  }

  /** Resolves when its turn has come, the slot being taken for it. */
  #wait(share: Share, signal: StopSignal): Promise<void> {
    const { waitingPerTenant, waitMs } = this.#limits;
    if (share.waiting.size >= waitingPerTenant) throw tooMany(waitingPerTenant);
    return new Promise((resolve, reject) => {
      const settle = (then: () => void) => {
        share.waiting.delete(start);
        clearTimeout(timer);
        signal.removeEventListener("abort", giveUp);
        then();
      };
      const start = () => settle(resolve);
      const giveUp = () => settle(() => reject(reasonOf(signal)));
      const timer = setTimeout(() => settle(() => reject(tooLate())), waitMs);
      signal.addEventListener("abort", giveUp);
      share.waiting.add(start);
      if (signal.aborted) giveUp();
    });
  }
}

function tooMany(most: number): LimitExceededError {
  return new LimitExceededError(
    `No more than ${most} operations of a tenant may wait for their turn (TENANT_MAX_WAITING).`,
  );
}

function tooLate(): UnavailableError {
  const message =
    "Too many operations of the tenant, or of all, run: the turn of this one did not come in time.";
  return new UnavailableError(message, { transient: "exhausted", retryable: true });
}
