import { ServoError } from "../../../../src/errors.ts";
import { createRepositories, type Repositories } from "../../../../src/modules/repositories.ts";
import type { TestApi } from "../../graphql.ts";
import { Client } from "../../graphql.ts";
import { present } from "../../present.ts";
import { repositoryEntries } from "../../repository-entries.ts";
import type { Actor } from "./actors.ts";
import { answerOf, inPathOrder } from "./api.ts";
import { inApi } from "./api-words.ts";
import { MUTATIONS, QUERIES } from "./documents.ts";
import type { Ground } from "./ground.ts";
import { askModel, askStore } from "./library.ts";
import { resolve } from "./picks.ts";
import { Refusal } from "./refusals.ts";
import { actorOf, type Request, type Step, type Work } from "./sequences.ts";
import { Difference, differenceOf, show, Told } from "./told.ts";
import { View, World } from "./world.ts";

/** What came of a call. */
type Outcome =
  | { readonly answer: unknown }
  | { readonly refused: { readonly code: string; readonly message: string } };

/** How often each method and operation has been answered and refused. */
export interface Tally {
  readonly counts: Map<string, { answered: number; refused: number }>;
  /** The store's own methods that were called. */
  readonly called: Set<string>;
}

/** Runs sequences on a store and on the model of it, and tells where they differ. */
export class Run {
  readonly #api: TestApi;
  readonly #tally: Tally;
  readonly #ground: Ground;
  readonly #world = new World();
  readonly #transcript: string[] = [];

  constructor(api: TestApi, tally: Tally, ground: Ground) {
    this.#api = api;
    this.#tally = tally;
    this.#ground = ground;
  }

  /** @throws Difference with everything that was done until then */
  async through(steps: readonly Step[]): Promise<void> {
    try {
      for (const step of steps) await this.#take(step);
      await this.#ground.compare(this.#world);
    } catch (error) {
      const fault =
        error instanceof Difference ? error.message : String(error instanceof Error ? error.stack : error);
      throw new Difference([...this.#transcript, fault].join("\n"), { cause: error });
    }
  }

  async #take(step: Step): Promise<void> {
    if (step === "pause") return this.#pause();
    if ("door" in step) {
      const check = await this.#begin(step)();
      return check();
    }
    // Both are chosen before either is done, so that what is done does not depend on which comes first.
    const both = step.map((each) => this.#begin(each));
    for (const check of await Promise.all(both.map((act) => act()))) check();
  }

  /** A moment of the database's clock before and after which nothing happens for a while. */
  async #pause(): Promise<void> {
    const { rows } = await this.#api.database.pool.query<{ now: Date }>(
      "SELECT pg_sleep(0.002), date_trunc('milliseconds', clock_timestamp()) AS now, pg_sleep(0.002)",
    );
    this.#world.instants.push(present(rows[0]).now);
    this.#transcript.push(`pause at ${show(rows[0]?.now)}`);
  }

  /** Chooses what is asked; what it returns asks it, and what that returns compares the answer. */
  #begin(each: Work | Request): () => Promise<() => void> {
    const actor = present(actorOf(each));
    return each.door === "api" ? this.#request(each, actor) : this.#work(each, actor);
  }

  #request({ operation, variables }: Request, actor: Actor): () => Promise<() => void> {
    const given = inApi(resolve(variables, this.#world, actor)) as object;
    const { document } = present(QUERIES[operation] ?? MUTATIONS[operation]);
    const line = `${actor.name}: ${operation} ${show(given)}`;
    return async () => {
      const client = new Client(this.#api.fetch, actor.headers);
      const { status, data, errors } = await client.send(document, given);
      return () => {
        this.#transcript.push(`${line}\n    ${show({ data, errors })}`);
        const view = new View(this.#world, actor, "write");
        const undo = this.#world.snapshot();
        const expected = { status: 200, ...answerOf(view, document, given, data) };
        if (expected.errors.length > 0) undo();
        const told = inPathOrder(errors).map(({ locations: _, ...error }) => error);
        this.#compare(expected, { status, data, errors: told });
        this.#count(operation, errors.length > 0);
      };
    };
  }

  #work({ access, signs, calls }: Work, actor: Actor): () => Promise<() => void> {
    const as = signs === null || actor.own === null ? actor : { ...actor, signs };
    const view = new View(this.#world, as, access);
    const [first, ...more] = calls.map(({ method, given }) => ({
      method,
      choose: () => resolve(given, this.#world, actor) as readonly unknown[],
    }));
    const chosen = { method: present(first).method, given: present(first).choose() };
    const checks: (() => void)[] = [];

    const ask = async (from: Repositories, { method, given }: typeof chosen): Promise<void> => {
      const line = `${as.name}${as.signs === actor.signs ? "" : ` as ${as.signs}`} (${access}): ${method} ${show(given)}`;
      const outcome = await outcomeOf(() => askStore(from, method, given));
      const check = () => {
        this.#transcript.push(`${line}\n    ${show(outcome)}`);
        const told = new Told("answer" in outcome ? outcome.answer : undefined);
        this.#compare(
          this.#expected(() => askModel(view, method, given, told)),
          outcome,
        );
        this.#count(method, "refused" in outcome);
      };
      // What comes later in the transaction is chosen from what the model knows by then.
      if (more.length > 0) check();
      else checks.push(check);
      if ("refused" in outcome) throw new Ended();
    };

    return async () => {
      const undo = this.#world.snapshot();
      const binding = { ownTenant: as.own, actor: as.signs };
      const work = this.#api.database.transaction(binding, { access }, async (connection) => {
        const from = recording(createRepositories(connection), this.#tally.called);
        await ask(from, chosen);
        for (const { method, choose } of more) await ask(from, { method, given: choose() });
      });
      await work.catch((error: unknown) => {
        if (!(error instanceof Ended)) throw error;
        undo();
      });
      return () => {
        for (const check of checks) check();
      };
    };
  }

  #expected(answer: () => unknown): Outcome {
    const undo = this.#world.snapshot();
    try {
      return { answer: answer() };
    } catch (error) {
      undo();
      if (!(error instanceof Refusal)) throw error;
      return { refused: { code: error.code, message: error.message } };
    }
  }

  #compare(expected: unknown, actual: unknown): void {
    const found = differenceOf(expected, actual, this.#world.cursors);
    if (found !== undefined) throw new Difference(found);
  }

  #count(name: string, refused: boolean): void {
    const counted = this.#tally.counts.get(name) ?? { answered: 0, refused: 0 };
    counted[refused ? "refused" : "answered"] += 1;
    this.#tally.counts.set(name, counted);
  }
}

/** The same repositories, which note what is called of them. */
function recording(from: Repositories, called: Set<string>): Repositories {
  const recorded = repositoryEntries(from).map(([entity, methods]) => [
    entity,
    new Proxy(methods, {
      get(target, name) {
        called.add(`${entity}.${String(name)}`);
        return Reflect.get(target, name);
      },
    }),
  ]);
  return Object.fromEntries(recorded) as Repositories;
}

/** A transaction ends with the first thing that is refused in it, and leaves nothing behind. */
class Ended extends Error {}

async function outcomeOf(work: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { answer: await work() };
  } catch (error) {
    if (!(error instanceof ServoError)) throw error;
    return { refused: { code: error.code, message: error.message } };
  }
}
