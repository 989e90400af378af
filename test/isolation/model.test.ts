import fc from "fast-check";
import { isObjectType, parse, TypeInfo, visit, visitWithTypeInfo } from "graphql";
import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import { schema } from "../../src/modules/schema.ts";
import { AT_ANY_COST, prepareApi } from "../support/graphql.ts";
import { MUTATIONS, QUERIES } from "../support/isolation/model/documents.ts";
import { Ground } from "../support/isolation/model/ground.ts";
import { Run, type Tally } from "../support/isolation/model/run.ts";
import { everything, type Step, sequencesOf } from "../support/isolation/model/sequences.ts";
import { present } from "../support/present.ts";
import { repositoryEntries } from "../support/repository-entries.ts";

// Both doors on one database, and two connections for all who come through them.
const api = prepareApi({ pool: { max: 2 }, logger: pino({ level: "silent" }), ...AT_ANY_COST });
const OPERATIONS = 50;

/** `npm run test:isolation:long` sets these; so may who looks for something, or at a failure again. */
const { ISOLATION_SEQUENCES, ISOLATION_SEED, ISOLATION_PATH } = process.env;
const sequences = Number(ISOLATION_SEQUENCES ?? 15);
const SHORT_MODE = { interruptAfterTimeLimit: 60_000 };
/** A machine that is too slow for so many in that time has shown nothing. */
const FEWEST = ISOLATION_PATH === undefined ? Math.min(5, sequences) : 1;
const replay = {
  ...(ISOLATION_SEQUENCES === undefined ? SHORT_MODE : {}),
  ...(ISOLATION_SEED === undefined ? {} : { seed: Number(ISOLATION_SEED) }),
  ...(ISOLATION_PATH === undefined ? {} : { path: ISOLATION_PATH }),
};

let ground: Ground;
beforeAll(async () => {
  ground = await Ground.open(api.store.database);
});
afterAll(() => ground.close());

const newTally = (): Tally => ({ counts: new Map(), called: new Set() });

/** Each sequence begins on an empty store, and ends with a look at what is stored. Returns how many there were. */
async function assertThrough(
  steps: fc.Arbitrary<readonly Step[]>,
  tally: Tally,
  parameters: fc.Parameters<[readonly Step[]]>,
): Promise<number> {
  let ran = 0;
  const property = fc.asyncProperty(steps, async (all) => {
    await new Run(api, tally, ground).through(all);
    ran += 1;
  });
  await fc.assert(
    property.beforeEach(() => ground.clear()),
    parameters,
  );
  return ran;
}

it(
  "five tenants, the system and nobody are each told what the model says, whatever they do",
  async () => {
    const tally = newTally();
    const started = performance.now();
    const ran = await assertThrough(sequencesOf(OPERATIONS), tally, { numRuns: sequences, ...replay });
    if (ISOLATION_SEQUENCES !== undefined) report(tally, ran, (performance.now() - started) / 1000);
    else if (ran < sequences) process.stdout.write(`${ran} of ${sequences} sequences, then time was up\n`);
    expect(ran).toBeGreaterThanOrEqual(FEWEST);
  },
  24 * 3_600_000,
);

it("every method of the store and every operation is compared", async () => {
  const tally = newTally();
  await assertThrough(everything, tally, { numRuns: 5, seed: 1, endOnFailure: true });
  expect([...tally.counts.keys()]).toEqual(expect.arrayContaining(Object.keys({ ...QUERIES, ...MUTATIONS })));
  const methods = await api.store.system.run(async (from) =>
    repositoryEntries(from).flatMap(([entity, all]) => Object.keys(all).map((name) => `${entity}.${name}`)),
  );
  expect([...tally.called].sort()).toEqual(methods.sort());
}, 120_000);

it("the operations select every field of the schema, and give every argument", () => {
  const used = new Set<object>();
  for (const { document } of Object.values({ ...QUERIES, ...MUTATIONS })) {
    const types = new TypeInfo(schema);
    const Field = () => void used.add(present(types.getFieldDef()));
    const Argument = () => void used.add(present(types.getArgument()));
    visit(parse(document), visitWithTypeInfo(types, { Field, Argument }));
  }
  const types = Object.values(schema.getTypeMap()).filter(isObjectType);
  const fields = types
    .filter(({ name }) => !name.startsWith("__"))
    .flatMap((type) =>
      Object.values(type.getFields()).map((field) => [`${type.name}.${field.name}`, field] as const),
    );
  const all = fields.flatMap(([name, field]) => [
    [name, field] as const,
    ...field.args.map((argument) => [`${name}(${argument.name})`, argument] as const),
  ]);
  expect(all.filter(([, each]) => !used.has(each)).map(([name]) => name)).toEqual([]);
});

function report({ counts }: Tally, ran: number, seconds: number): void {
  const lines = [...counts]
    .sort()
    .map(([name, { answered, refused }]) => `${name}: ${answered} answered, ${refused} refused`);
  const operations = ran * OPERATIONS;
  const pace = `${Math.round(seconds)} s, ${Math.round(operations / seconds)} operations a second`;
  lines.push(`${ran} sequences, ${operations} operations, 0 differences; ${pace}`);
  process.stdout.write(`${lines.join("\n")}\n`);
}
