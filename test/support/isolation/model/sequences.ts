import fc from "fast-check";
import { ACTORS } from "./actors.ts";
import { MUTATIONS, type Operation, QUERIES } from "./documents.ts";
import { IMPORTERS } from "./inputs.ts";
import { LIBRARY_READS, LIBRARY_WRITES } from "./library.ts";

/** Methods of the library, called in one transaction. */
export interface Work {
  readonly door: "library";
  readonly actor: number;
  readonly access: "read" | "write";
  /** Who signs; the actor itself where it is null. */
  readonly signs: string | null;
  readonly calls: readonly { readonly method: string; readonly given: readonly unknown[] }[];
}

/** One operation of the API. */
export interface Request {
  readonly door: "api";
  readonly actor: number;
  readonly operation: string;
  readonly variables: object;
}

/** What is done at one time: one thing, or two on two connections; or nothing, for a moment that can be asked about. */
export type Step = Work | Request | readonly [Work | Request, Work | Request] | "pause";

/** How often somebody acts. With two tenants that have much, there is much to see and not to be seen. */
const actor = fc.constantFrom(0, 0, 0, 0, 1, 1, 1, 2, 3, 4, 5, 5, 5, 6, 7);
const NOBODY = 6;

const signs = fc.oneof({ weight: 8, arbitrary: fc.constant(null) }, fc.constantFrom(...IMPORTERS));

const callOf = (methods: Readonly<Record<string, fc.Arbitrary<readonly unknown[]>>>) => {
  const calls = Object.entries(methods).map(([method, given]) =>
    fc.record({ method: fc.constant(method), given }),
  );
  return fc.oneof(...calls);
};
/** What fills the world more often than what empties it. */
const FILLING = /^(assets\.(insert|upsertMany)|workflows\.insert|executions\.insert|dependencies\.insert)$/;
const JOINING = /^(executions\.update|dependencies\.(assertMany|replaceUpstreams))$/;
const EMPTYING = /^(assets|workflows|dependencies)\.remove$/;
const write = fc.oneof(
  { weight: 3, arbitrary: callOf(LIBRARY_WRITES) },
  { weight: 4, arbitrary: callOf(only(LIBRARY_WRITES, FILLING)) },
  { weight: 4, arbitrary: callOf(only(LIBRARY_WRITES, JOINING)) },
  { weight: 1, arbitrary: callOf(only(LIBRARY_WRITES, EMPTYING)) },
);
const read = callOf(LIBRARY_READS);
const work = (calls: fc.Arbitrary<Work["calls"]>, access: fc.Arbitrary<Work["access"]>): fc.Arbitrary<Work> =>
  fc.record({ door: fc.constant("library" as const), actor, access, signs, calls });
const one = <T>(arbitrary: fc.Arbitrary<T>) => arbitrary.map((each) => [each]);

const reading = work(one(read), fc.constantFrom("read", "write"));
const writing = work(
  one(write),
  fc.oneof({ weight: 30, arbitrary: fc.constant("write" as const) }, fc.constant("read" as const)),
);
const several = work(
  fc.array(fc.oneof(read, { weight: 2, arbitrary: write }), { minLength: 2, maxLength: 3 }),
  fc.constant("write"),
);

const requestOf = (operations: Readonly<Record<string, Operation>>): fc.Arbitrary<Request> =>
  fc.oneof(
    ...Object.entries(operations).map(([operation, { variables }]) =>
      fc.record({ door: fc.constant("api" as const), actor, operation: fc.constant(operation), variables }),
    ),
  );
const query = requestOf(QUERIES);
const MAKING =
  /^(createAsset|upsertAssets|createWorkflow|createExecution|createAssetDependency|updateExecution)$/;
const mutation = fc.oneof(requestOf(MUTATIONS), requestOf(only(MUTATIONS, MAKING)));

const writes = fc.oneof({ weight: 3, arbitrary: writing }, { weight: 2, arbitrary: mutation }, several);
/** Two who do not write what the other sees: both read, or they are different tenants. */
const pair = fc.oneof(
  fc.tuple(fc.oneof(reading, query), fc.oneof(reading, query)),
  fc.tuple(fc.oneof(writing, mutation, query), fc.oneof(writing, mutation, query)).map(
    ([a, b]) =>
      [
        { ...a, actor: a.actor % 2 },
        { ...b, actor: 2 + (b.actor % 3) },
      ] as const,
  ),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 30, arbitrary: writes },
  { weight: 28, arbitrary: reading },
  { weight: 28, arbitrary: query },
  { weight: 8, arbitrary: pair },
  { weight: 2, arbitrary: fc.constant("pause" as const) },
);

const by = (actors: fc.Arbitrary<number>, methods: RegExp): fc.Arbitrary<Work> =>
  fc
    .tuple(writing, actors, callOf(only(LIBRARY_WRITES, methods)))
    .map(([how, who, call]) => ({ ...how, actor: who, calls: [call] }));
const SYSTEM = fc.constant(5);
const [first, second] = [fc.constant(0), fc.constant(1)];

/** What there is, before anything else happens: assets, what joins them, and what runs over them. */
const BEGINNING: readonly fc.Arbitrary<Step>[] = [
  ...[SYSTEM, first, second, first, actor].map((who) => by(who, /^assets\.upsertMany$/)),
  ...[SYSTEM, first, second, first].map((who) => by(who, /^dependencies\.(insertMany|replaceUpstreams)$/)),
  ...[SYSTEM, first, second].map((who) => by(who, /^workflows\.insert$/)),
  ...[SYSTEM, first, second].map((who) => by(who, /^executions\.insert$/)),
];

/** Everything that can be done, each once, in a world where there is something. */
export const everything: fc.Arbitrary<readonly Step[]> = fc
  .tuple(
    fc.tuple(...BEGINNING),
    fc.tuple(
      ...Object.entries({ ...LIBRARY_READS, ...LIBRARY_WRITES }).map((entry) =>
        work(one(callOf(Object.fromEntries([entry]))), fc.constant("write")),
      ),
    ),
    fc.tuple(
      ...Object.entries({ ...QUERIES, ...MUTATIONS }).map((entry) => requestOf(Object.fromEntries([entry]))),
    ),
  )
  .map((parts) => parts.flat());

/** Sequences of a length. They begin with writes, so that there is something to be seen. */
export const sequencesOf = (length: number): fc.Arbitrary<readonly Step[]> => new Sequences(length);

/** As an array of that length, of which however many may be left out to find what makes it fail. */
class Sequences extends fc.Arbitrary<readonly Step[]> {
  readonly #length: number;

  constructor(length: number) {
    super();
    this.#length = length;
  }

  generate(random: fc.Random, bias: number | undefined): fc.Value<readonly Step[]> {
    const steps = Array.from(
      { length: this.#length },
      (_, index) => (BEGINNING[index] ?? step).generate(random, bias).value,
    );
    return new fc.Value(steps, undefined);
  }

  canShrinkWithoutContext(value: unknown): value is readonly Step[] {
    return Array.isArray(value);
  }

  shrink(steps: readonly Step[]): fc.Stream<fc.Value<readonly Step[]>> {
    return fc.stream(without(steps));
  }
}

function* without(steps: readonly Step[]): Generator<fc.Value<readonly Step[]>> {
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = steps.length - size; start >= 0; start -= size)
      yield new fc.Value(steps.toSpliced(start, size), undefined);
  }
}

function only<T>(all: Readonly<Record<string, T>>, names: RegExp): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.test(name)));
}

export const actorOf = ({ actor: index }: Work | Request) => ACTORS[index] ?? ACTORS[NOBODY];
