import type fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KEPT_SEEDS, type KeptSeed } from "./kept-seeds.ts";
import type { FuzzRequest } from "./request.ts";
import { BATCH, type Failure, type FuzzRun, fuzz, seedOf } from "./run.ts";
import { prepareTarget } from "./target.ts";

/** How much is sent, and how much of it must not be refused at the door, or the resolvers would never be tried. */
export interface FuzzPlan {
  readonly count: number;
  /** The count with `FUZZ=long`. */
  readonly long: number;
  /** Least share that gets as far as the resolvers. */
  readonly executed: number;
  /** Least share that is answered without any error. */
  readonly served: number;
}

/**
 * A suite that sends what was found once, and random requests. `FUZZ=long` sends many and prints what came of them;
 * `FUZZ_SEED` and `FUZZ_COUNT` say where to begin and how many to send, as a failure tells.
 */
export function describeFuzz(
  suite: KeptSeed["suite"],
  requests: fc.Arbitrary<FuzzRequest>,
  plan: FuzzPlan,
): void {
  const { FUZZ, FUZZ_SEED, FUZZ_COUNT } = process.env;
  const kept = KEPT_SEEDS.filter((each) => each.suite === suite);
  const target = prepareTarget();
  const seed = seedOf(FUZZ_SEED);
  const count = Number(FUZZ_COUNT ?? (FUZZ === "long" ? plan.long : plan.count));
  const timeout = 7_200_000;

  const expectNoFailure = ({ failures, tally }: FuzzRun) => {
    if (FUZZ !== undefined) process.stdout.write(`\n${tally.print()}\n`);
    expect(failures.map((failure) => tell(suite, failure)).join("\n\n")).toBe("");
  };

  describe(`no promise is broken by ${suite}`, () => {
    it.each(kept)("that are kept: $found", async ({ request }) => {
      await target.send(request);
    });

    it.each([...new Set(kept.map((each) => each.seed))])(
      "of the kept seed %i",
      async (each) => expectNoFailure(await fuzz(target, requests, { seed: each, count: BATCH })),
      timeout,
    );

    it(`that nobody foresaw: ${count}, from seed ${seed} on`, { timeout }, async () => {
      const run = await fuzz(target, requests, { seed, count });
      expectNoFailure(run);
      expect(run.tally.executed).toBeGreaterThan(plan.executed);
      expect(run.tally.served).toBeGreaterThan(plan.served);
    });
  });
}

function tell(suite: string, { seed, request, reason }: Failure): string {
  const replay = `FUZZ_SEED=${seed} FUZZ_COUNT=${BATCH} npx vitest run test/fuzz/${suite}.test.ts`;
  return `${replay}\n${JSON.stringify(request ?? "after the batch")}\n${reason}`;
}
