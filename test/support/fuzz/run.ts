import { randomInt } from "node:crypto";
import fc from "fast-check";
import type { FuzzRequest } from "./request.ts";
import { Tally } from "./tally.ts";
import type { FuzzTarget } from "./target.ts";

/** Requests that are made of one seed, on a catalogue that is made anew. */
export const BATCH = 250;
/** A run that fails everywhere need not be told everything. */
const ENOUGH_FAILURES = 10;

export interface Failure {
  /** Makes the batch again that it was found in. */
  readonly seed: number;
  /** What was sent, made as small as could be; undefined where the harm showed after the batch. */
  readonly request: FuzzRequest | undefined;
  readonly reason: string;
}

export interface FuzzRun {
  readonly tally: Tally;
  readonly failures: readonly Failure[];
}

/** The seed that was given, or any. */
export const seedOf = (given: string | undefined): number =>
  given === undefined ? randomInt(2 ** 31) : Number(given);

/** Sends `count` requests in batches with the seeds `seed`, `seed + 1`, …; it goes on after a failure. */
export async function fuzz(
  target: FuzzTarget,
  requests: fc.Arbitrary<FuzzRequest>,
  { seed, count }: { readonly seed: number; readonly count: number },
): Promise<FuzzRun> {
  const tally = new Tally();
  const failures: Failure[] = [];
  for (let sent = 0; sent < count && failures.length < ENOUGH_FAILURES; sent += BATCH) {
    const batch = { seed: seed + sent / BATCH, numRuns: Math.min(BATCH, count - sent) };
    await target.reset();
    const failure = (await sendBatch(target, requests, batch, tally)) ?? (await harmOf(target, batch.seed));
    if (failure !== undefined) failures.push(failure);
  }
  return { tally, failures };
}

async function sendBatch(
  target: FuzzTarget,
  requests: fc.Arbitrary<FuzzRequest>,
  batch: { readonly seed: number; readonly numRuns: number },
  tally: Tally,
): Promise<Failure | undefined> {
  let failed = false;
  const property = fc.asyncProperty(requests, async (request) => {
    try {
      const reply = await target.send(request);
      // What is tried to make a failure small does not count.
      if (!failed) tally.add(reply);
    } catch (error) {
      failed = true;
      throw error;
    }
  });
  const { counterexample, errorInstance } = await fc.check(property, batch);
  return counterexample === null
    ? undefined
    : { seed: batch.seed, request: counterexample[0], reason: reasonOf(errorInstance) };
}

async function harmOf(target: FuzzTarget, seed: number): Promise<Failure | undefined> {
  try {
    await target.expectUnharmed();
    return undefined;
  } catch (error) {
    return { seed, request: undefined, reason: reasonOf(error) };
  }
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
