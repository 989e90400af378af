import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import {
  buildSchema,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  parse,
} from "graphql";
import { describe, expect, it, vi } from "vitest";
import { PlannedDocuments } from "../../../src/graphql/execution/planned-documents.ts";
import { executeSwiftly } from "../../../src/graphql/execution/swift-execute.ts";
import { Signal } from "../../support/concurrency.ts";
import { diceOf, randomRequest, World, Wrong, worldSchema } from "../../support/random-execution.ts";

type Executor = typeof execute;

/** Where something is wrong, all is done again. */
const swiftly = (args: ExecutionArgs) => executeSwiftly(args, () => args);

describe("whatever is asked and whatever goes wrong", () => {
  const schema = worldSchema();

  /** It need not be valid: executors look at no more than they need. */
  async function answerTo(seed: number, trouble: number) {
    const { text, variables: variableValues } = randomRequest(schema, diceOf(seed));
    const document = parse(text);
    const run = async (executor: Executor) => {
      const world = new World(seed, trouble);
      const result = await executor({
        schema,
        document,
        variableValues,
        contextValue: world,
        rootValue: "root",
      });
      expect(world.hasOverlapped, text).toBe(false);
      return { json: JSON.stringify(result), isWell: result.errors === undefined, calls: world.calls, world };
    };
    const expected = await run(execute);
    const first = await run(swiftly);
    const second = await run(swiftly);
    return { text, expected, first, second };
  }

  const requests = fc.record({ seed: fc.nat(), trouble: fc.constantFrom(0, 0.01, 0.1) });

  it("the answer is the reference's, to the letter", { timeout: 60_000 }, async () => {
    const answers = { swift: 0, wrong: 0 };
    const planned = new Set<World>();
    // The reference itself leaves what is rejected alone, beside an item that may not be null and is.
    const unhandled = collectUnhandled();
    await fc.assert(
      fc.asyncProperty(requests, async ({ seed, trouble }) => {
        const { text, expected, first, second } = await answerTo(seed, trouble);
        planned.add(second.world);
        expect([first.json, first.calls], text).toEqual([expected.json, expected.calls]);
        expect(second.json, text).toBe(expected.json);
        if (!expected.isWell) answers.wrong += 1;
        else if (second.calls === expected.calls) answers.swift += 1;
      }),
      { numRuns: 3000 },
    );
    await turn();
    const causes = unhandled
      .end()
      .map((error) => (error instanceof GraphQLError ? error.originalError : error));
    const ours = causes.filter(
      (cause) => cause instanceof Wrong && planned.has(cause.world) && !cause.isAnew,
    );
    expect(ours).toEqual([]);
    // Both were seen often.
    expect(answers.wrong).toBeGreaterThan(300);
    expect(answers.swift).toBeGreaterThan(1000);
  });
});

/** Collects what is rejected and never looked at, until told to end. */
function collectUnhandled() {
  const errors: unknown[] = [];
  const others = process.listeners("unhandledRejection");
  const collect = (error: unknown) => void errors.push(error);
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", collect);
  return {
    end: () => {
      process.removeListener("unhandledRejection", collect);
      for (const other of others) process.on("unhandledRejection", other);
      return errors;
    },
  };
}

const TYPES = `
  type Query { item: Item items: [Item!]! first: String second: String slow: String! broken: String! }
  type Item { id: ID! next: Item }
  type Mutation { add: Int! }
`;

/** Executes a text twice by the same document, and answers what came the second time. */
async function executedAgain(text: string, rootValue: object, more: Partial<ExecutionArgs> = {}) {
  const args = { schema: buildSchema(TYPES), document: parse(text), ...more };
  await swiftly({ ...args, rootValue: {} });
  return swiftly({ ...args, rootValue });
}

/** Only plans make objects with a prototype. */
const isPlanned = ({ data }: ExecutionResult) => Object.getPrototypeOf(data) === Object.prototype;

it("forgets its plans when they are of too many fields", () => {
  const schema = buildSchema(TYPES);
  const known = new PlannedDocuments(3);
  const [first, other] = [parse("{ first second }"), parse("{ first second }")];
  const isKnown = (document: DocumentNode) => {
    const plans = known.plansFor(schema, document, undefined);
    return plans?.fieldsFor({}) !== undefined;
  };
  expect([isKnown(first), isKnown(other), isKnown(first), isKnown(first)]).toEqual([
    false,
    false,
    true,
    true,
  ]);
  // Its plan is the one too many.
  expect([isKnown(other), isKnown(first), isKnown(other), isKnown(first)]).toEqual([
    true,
    false,
    false,
    true,
  ]);
});

describe("a mutation of one field that is executed again", () => {
  it("follows a plan", async () => {
    const calls: string[] = [];
    const result = await executedAgain("mutation { add }", { add: async () => calls.push("add") });
    expect(isPlanned(result)).toBe(true);
    expect(result).toEqual({ data: { add: 1 } });
  });

  it("is told with the arguments that say how, where something is wrong", async () => {
    const [document, schema] = [parse("mutation { add }"), buildSchema(TYPES)];
    const add = vi.fn(() => Promise.reject(new Error("no")));
    const told = () => Promise.reject(new Error("told again"));
    await swiftly({ schema, document, rootValue: { add: () => 1 } });
    const args = { schema, document, rootValue: { add } };
    const { errors } = await executeSwiftly(args, () => ({ ...args, rootValue: { add: told } }));
    expect(errors?.map(({ message }) => message)).toEqual(["told again"]);
    expect(add).toHaveBeenCalledTimes(1);
  });
});

describe("a query that is executed again", () => {
  it("follows a plan and calls each resolver once", async () => {
    const calls: string[] = [];
    const item = (id: number): object => ({
      id: () => calls.push(`id ${id}`),
      next: async () => {
        calls.push(`next ${id}`);
        return id < 3 ? item(id + 1) : null;
      },
    });
    const result = await executedAgain("{ item { id next { id next { next { id } } } } }", { item: item(1) });
    expect(isPlanned(result)).toBe(true);
    expect(calls).toEqual(["id 1", "next 1", "id 2", "next 2", "next 3"]);
    expect(result).toEqual({ data: { item: { id: "1", next: { id: "3", next: { next: null } } } } });
  });

  it("is answered at once where nothing is awaited", async () => {
    const args = { schema: buildSchema(TYPES), document: parse("{ first }"), rootValue: { first: "1" } };
    await swiftly(args);
    expect(swiftly(args)).toEqual({ data: { first: "1" } });
  });

  it("keeps the order in which it asked, whatever comes first", async () => {
    const rootValue = {
      first: Promise.resolve().then(() => "a"),
      second: "b",
      item: async () => ({ id: 1 }),
    };
    const result = await executedAgain("{ item { id } second first __typename }", rootValue);
    expect(isPlanned(result)).toBe(true);
    expect(JSON.stringify(result.data)).toBe(
      '{"item":{"id":"1"},"second":"b","first":"a","__typename":"Query"}',
    );
  });

  it("is answered for the conditions that it has each time", async () => {
    const schema = buildSchema(TYPES);
    const document = parse("query ($a: Boolean!) { first @skip(if: $a) second @include(if: $a) }");
    const ask = (a: boolean) =>
      swiftly({ schema, document, rootValue: { first: "1", second: "2" }, variableValues: { a } });
    const answers = await Promise.all([true, false, true, false, true].map(ask));
    const keys = answers.map(({ data }) => Object.keys(data ?? {}).join());
    expect(keys).toEqual(["second", "first", "second", "first", "second"]);
    expect(answers.map(isPlanned)).toEqual([false, true, true, true, true]);
  });

  it("is executed anew where something is wrong, but not before all that had begun is done", async () => {
    const events: string[] = [];
    const slow = new Signal();
    const rootValue = {
      slow: async () => {
        events.push("begun");
        await slow.wait();
        events.push("done");
        return "s";
      },
      first: () => Promise.reject(new Error("no")),
    };
    const answer = executedAgain("{ slow first }", rootValue);
    await turn();
    expect(events).toEqual(["begun"]);
    slow.give();
    const { data, errors } = await answer;
    expect(events).toEqual(["begun", "done", "begun", "done"]);
    expect({ ...data }).toEqual({ slow: "s", first: null });
    expect(errors?.map(({ message, path }) => [message, path])).toEqual([["no", ["first"]]]);
  });

  it("begins nothing more once something is wrong", async () => {
    const calls: string[] = [];
    const fails = async () => {
      if (calls.push("first") === 1) throw new Error("no");
      return "well";
    };
    const item = async () => {
      await turn();
      return { id: () => calls.push("id") };
    };
    await executedAgain("{ first item { id } }", { first: fails, item });
    expect(calls).toEqual(["first", "first", "id"]);
  });

  it.each<[string, string, Partial<ExecutionArgs>?]>([
    ["asks for the schema", "{ __schema { queryType { name } } }"],
    ["asks for a type", '{ __type(name: "Item") { name } }'],
    ["has a key that no plain object can have", "{ item { __proto__: id } }"],
    ["has no such operation", "query A { first }", { operationName: "B" }],
    ["has more than one operation", "query A { first } query B { second }"],
    ["is a mutation of several fields", "mutation { add more: add }"],
    [
      "is a mutation of several fields together",
      "mutation { ...A add } fragment A on Mutation { more: add }",
    ],
    ["has a wrong variable", "query ($a: Boolean!) { first @skip(if: $a) }", { variableValues: { a: "x" } }],
    ["is resolved in a way of its own", "{ first }", { fieldResolver: () => "own" }],
  ])("is the reference's where it %s", async (_, text, more = {}) => {
    const rootValue = { first: "1", item: { id: 1 }, add: () => 1 };
    const args = { schema: buildSchema(TYPES), document: parse(text), rootValue, ...more };
    const result = await executedAgain(text, rootValue, more);
    expect(JSON.stringify(result)).toBe(JSON.stringify(await execute(args)));
    expect(Object.getPrototypeOf(result.data ?? Object.create(null))).toBeNull();
  });
});
