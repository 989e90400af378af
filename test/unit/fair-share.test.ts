import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LimitExceededError, UnavailableError } from "../../src/errors.ts";
import { FairShare, shareOf } from "../../src/http/fair-share.ts";
import { Signal } from "../support/concurrency.ts";
import { refusal } from "../support/refusal.ts";

const patient = new AbortController().signal;
const LIMITS = { slots: 4, slotsPerTenant: 2, waitingPerTenant: 100, waitMs: 60_000 };

/** Operations that begin when their turn comes and end when they are told to. */
class Operations {
  readonly begun: string[] = [];
  readonly share: FairShare;
  readonly #ends = new Map<string, Signal>();

  constructor(limits = LIMITS) {
    this.share = new FairShare(limits);
  }

  /** `a1` is an operation of the tenant `a`. */
  ask(name: string, signal = patient): Promise<string> {
    const end = new Signal();
    this.#ends.set(name, end);
    return this.share.run(name[0] ?? null, signal, async () => {
      this.begun.push(name);
      await end.wait();
      return name;
    });
  }

  async end(...names: string[]): Promise<void> {
    for (const name of names) this.#ends.get(name)?.give();
    await turn();
  }
}

describe("a fair share", () => {
  it("lets a tenant have no more than its part, and others what is left", async () => {
    const operations = new Operations();
    const all = ["a1", "a2", "a3", "b1", "c1"].map((name) => operations.ask(name));
    await turn();
    expect(operations.begun).toEqual(["a1", "a2", "b1", "c1"]);
    expect(operations.share.load).toEqual({ running: 4, waiting: 1, tenants: 3 });
    await operations.end("b1");
    expect(operations.begun).not.toContain("a3");
    await operations.end("a1");
    expect(operations.begun.at(-1)).toBe("a3");
    await operations.end("a2", "a3", "c1");
    expect(await Promise.all(all)).toEqual(["a1", "a2", "a3", "b1", "c1"]);
  });

  it("lets the tenants that wait take turns, each in its own order", async () => {
    const operations = new Operations({ ...LIMITS, slots: 1, slotsPerTenant: 1 });
    const names = ["x0", "a1", "a2", "a3", "b1", "b2", "c1"];
    const all = names.map((name) => operations.ask(name));
    for (const _ of names) await operations.end(...operations.begun);
    await Promise.all(all);
    expect(operations.begun).toEqual(["x0", "a1", "b1", "c1", "a2", "b2", "a3"]);
  });

  it("refuses at once what may not even wait", async () => {
    const operations = new Operations({ ...LIMITS, waitingPerTenant: 1 });
    const all = ["a1", "a2", "a3"].map((name) => operations.ask(name));
    const error = await refusal(operations.ask("a4"), LimitExceededError);
    expect(error.message).toBe(
      "No more than 1 operations of a tenant may wait for their turn (TENANT_MAX_WAITING).",
    );
    const other = operations.ask("b1");
    await operations.end("a1", "a2", "a3", "b1");
    await Promise.all([...all, other]);
    expect(operations.begun.toSorted()).toEqual(["a1", "a2", "a3", "b1"]);
  });

  it("refuses what has waited for too long, which may be repeated", async () => {
    const operations = new Operations({ ...LIMITS, slotsPerTenant: 1, waitMs: 5 });
    const first = operations.ask("a1");
    const error = await refusal(operations.ask("a2"), UnavailableError);
    expect(error).toMatchObject({ transient: "exhausted", retryable: true });
    await operations.end("a1");
    await first;
    expect(operations.begun).toEqual(["a1"]);
    expect(operations.share.load).toEqual({ running: 0, waiting: 0, tenants: 0 });
  });

  it("gives the place of who goes away to the next", async () => {
    const operations = new Operations({ ...LIMITS, slotsPerTenant: 1, waitingPerTenant: 1 });
    const first = operations.ask("a1");
    const gone = new AbortController();
    const second = operations.ask("a2", gone.signal);
    gone.abort(new Error("gone"));
    await expect(second).rejects.toThrow("gone");
    await expect(operations.ask("a3", gone.signal)).rejects.toThrow("gone");
    const fourth = operations.ask("a4");
    await operations.end("a1", "a4");
    expect(await Promise.all([first, fourth])).toEqual(["a1", "a4"]);
    expect(operations.begun).toEqual(["a1", "a4"]);
  });

  it("serves who comes while others of the tenant go away", async () => {
    const operations = new Operations({ ...LIMITS, slots: 1, slotsPerTenant: 1 });
    const other = operations.ask("x0");
    const [first, second] = [new AbortController(), new AbortController()];
    const gone = [operations.ask("a1", first.signal), operations.ask("a2", second.signal)];
    first.abort(new Error("gone"));
    const third = Promise.resolve().then(() => operations.ask("a3"));
    second.abort(new Error("gone"));
    for (const each of gone) await expect(each).rejects.toThrow("gone");
    await operations.end("x0", "a3");
    expect(await Promise.all([other, third])).toEqual(["x0", "a3"]);
  });

  it("goes on after an operation that fails", async () => {
    const share = new FairShare({ ...LIMITS, slotsPerTenant: 1 });
    const failing = share.run("a", patient, () => Promise.reject(new Error("broken")));
    const next = share.run("a", patient, async () => "next");
    await expect(failing).rejects.toThrow("broken");
    expect(await next).toBe("next");
  });

  it("keeps its limits and is empty in the end, whatever comes, fails and goes", async () => {
    const operation = fc.record({
      tenant: fc.integer({ min: 0, max: 3 }),
      turns: fc.nat(4),
      fails: fc.boolean(),
      leavesAfter: fc.option(fc.nat(4)),
      comesAfter: fc.nat(6),
    });
    const limits = { slots: 3, slotsPerTenant: 2, waitingPerTenant: 3, waitMs: 60_000 };
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 40 }), async (operations) => {
        const share = new FairShare(limits);
        const running = new Map<string, number>();
        const all = operations.map(async ({ tenant, turns, fails, leavesAfter, comesAfter }) => {
          for (let n = 0; n < comesAfter; n += 1) await turn();
          const gone = new AbortController();
          if (leavesAfter !== null) void leave(gone, leavesAfter);
          const key = `tenant-${tenant}`;
          return share.run(key, gone.signal, async () => {
            running.set(key, (running.get(key) ?? 0) + 1);
            expect(running.get(key)).toBeLessThanOrEqual(limits.slotsPerTenant);
            expect([...running.values()].reduce((sum, count) => sum + count)).toBeLessThanOrEqual(
              limits.slots,
            );
            for (let n = 0; n < turns; n += 1) await turn();
            running.set(key, (running.get(key) ?? 0) - 1);
            if (fails) throw new Error("broken");
          });
        });
        const outcomes = await Promise.allSettled(all);
        expect(share.load).toEqual({ running: 0, waiting: 0, tenants: 0 });
        for (const outcome of outcomes)
          if (outcome.status === "rejected")
            expect(String(outcome.reason)).toMatch(/broken|gone|No more than 3/);
      }),
      { numRuns: 200 },
    );
  });
});

async function leave(gone: AbortController, turns: number): Promise<void> {
  for (let n = 0; n < turns; n += 1) await turn();
  gone.abort(new Error("gone"));
}

describe("the share of a pool", () => {
  it.each([
    [10, 5],
    [3, 1],
    [1, 1],
  ])("of %i gives one tenant %i", (slots, slotsPerTenant) => {
    expect(shareOf(slots)).toMatchObject({ slots, slotsPerTenant });
  });
});
