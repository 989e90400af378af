import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startServer } from "../setup/server.ts";
import { makeTemplate } from "../setup/template.ts";
import { MUTANTS } from "./all.ts";
import { Checkout } from "./checkout.ts";
import type { Mutant } from "./mutant.ts";
import { outcomeOf, type Place, runNamedTests } from "./named-tests.ts";

const USAGE = `npm run test:mutants -- [--only NAME]...

Puts one defect after another into a copy of the program, and runs the test that must tell. The exit code is 1 unless all
are killed.
`;

/** How many copies are worked on at once: a run of tests uses one core most of the time. */
const COPIES = 2;

const stopping = new AbortController();
const { values } = parseArgs({
  options: { only: { type: "string", multiple: true }, help: { type: "boolean" } },
});

if (values.help) process.stdout.write(USAGE);
else process.exitCode = await main();

async function main(): Promise<number> {
  const mutants = MUTANTS.filter(({ name }) => values.only?.includes(name) ?? true);
  if (mutants.length === 0) throw new Error(`no mutant is named ${values.only}`);
  // Not once: tsx passes on what a terminal has sent to both already.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stopping.abort());
  const started = performance.now();
  try {
    const survivors = await withCheckouts((places) => judge(mutants, places));
    print(`${mutants.length - survivors} killed, ${survivors} not, in ${secondsSince(started)} s`);
    return survivors === 0 ? 0 : 1;
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    print("stopped");
    return 130;
  }
}

/** Gives work some checkouts and a database server, and takes them away after it. */
async function withCheckouts<T>(work: (places: readonly Place[]) => Promise<T>): Promise<T> {
  const undo: (() => Promise<void>)[] = [];
  try {
    const server = await startServer();
    undo.push(() => server.stop());
    // While this one stands, none of the runs side by side drops the group role that all of them use.
    const template = await makeTemplate(server.adminUrl);
    undo.push(() => template.drop());
    const folder = await mkdtemp(join(tmpdir(), `servo-test-${process.pid}-`));
    undo.push(() => rm(folder, { recursive: true, force: true }));
    const places: Place[] = [];
    for (let copy = 1; copy <= COPIES; copy += 1) {
      const place = join(folder, String(copy));
      places.push({
        checkout: await Checkout.make(place),
        databaseUrl: server.adminUrl,
        signal: stopping.signal,
      });
    }
    return await work(places);
  } finally {
    for (const step of undo.toReversed()) await step();
  }
}

/** Prints what becomes of each mutant, and returns how many were not killed. */
async function judge(mutants: readonly Mutant[], places: readonly Place[]): Promise<number> {
  const [first] = places;
  if (first === undefined) return mutants.length;
  const started = performance.now();
  const sound = await runNamedTests(
    mutants.map(({ killer }) => killer),
    first,
  );
  print(`all killers without a mutant: ${secondsSince(started)} s`);
  const waiting = [...mutants];
  let survivors = 0;
  const work = async (place: Place): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const begun = performance.now();
      const without = outcomeOf(sound, mutant.killer);
      const fate =
        without.result === "passed"
          ? await fateOf(mutant, place)
          : `BROKEN: without it, too, ${without.told} fails`;
      if (!fate.startsWith("killed")) survivors += 1;
      print(
        `${mutant.area.padEnd(14)} ${mutant.name.padEnd(42)} ${secondsSince(begun).padStart(5)} s  ${fate}`,
      );
    }
  };
  await Promise.all(places.map(work));
  return survivors;
}

async function fateOf(mutant: Mutant, place: Place): Promise<string> {
  const { checkout } = place;
  const report = await checkout.whileMutated(mutant, () => runNamedTests([mutant.killer], place));
  const { result, told } = outcomeOf(report, mutant.killer);
  if (result === "failed") return `killed by ${mutant.killer.file}: ${told}`;
  if (result === "passed") return `ALIVE: ${mutant.killer.file} passes`;
  return `BROKEN: ${mutant.killer.file} fails by no assertion: ${told}`;
}

function secondsSince(started: number): string {
  return ((performance.now() - started) / 1000).toFixed(1);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
