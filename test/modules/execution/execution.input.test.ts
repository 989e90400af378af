import { describe, it } from "vitest";
import type { InputPath } from "../../../src/errors.ts";
import type { ExecutionFilter, ExecutionPatch } from "../../../src/modules/execution/execution.input.ts";
import {
  BAD_IDS,
  BAD_LABELS,
  BAD_ORDERS,
  BAD_PAGES,
  BAD_WINDOWS,
  badCursors,
  expectRefused,
  UNSTORABLE,
  unchecked,
} from "../../support/bad-input.ts";
import { UNKNOWN_ID } from "../../support/factories.ts";
import { Statements } from "../../support/statements.ts";
import { prepareStorage } from "../../support/storage.ts";

const statements = new Statements();
const storage = prepareStorage({ observer: statements });
const refused = (work: Parameters<typeof expectRefused>[2], path: InputPath) =>
  expectRefused(storage.storage, statements, work, path);

describe("an execution is refused, with the path of the value and nothing sent, for", () => {
  it.each(BAD_IDS)("a workflow's id of %s", async (_, workflowId) => {
    await refused(({ executions }) => executions.insert({ workflowId }), ["workflowId"]);
    await refused(({ executions }) => executions.insertOrGet({ workflowId }), ["workflowId"]);
    await refused(({ executions }) => executions.findByIdempotencyKey(workflowId, "k"), ["workflowId"]);
  });

  it.each([...BAD_LABELS, ["513 characters", "k".repeat(513)] as const])(
    "a key of %s",
    async (_, idempotencyKey) => {
      const input = { workflowId: UNKNOWN_ID, idempotencyKey };
      await refused(({ executions }) => executions.insert(input), ["idempotencyKey"]);
      await refused(({ executions }) => executions.insertOrGet(input), ["idempotencyKey"]);
      await refused(
        ({ executions }) => executions.findByIdempotencyKey(UNKNOWN_ID, idempotencyKey),
        ["idempotencyKey"],
      );
    },
  );

  it("a field that is unknown, or the store's own", async () => {
    for (const field of ["state", "id", "tenantId", "unknown"]) {
      const input = { workflowId: UNKNOWN_ID, ...unchecked<object>({ [field]: "pending" }) };
      await refused(({ executions }) => executions.insert(input), [field]);
    }
  });

  it.each<[string, ExecutionPatch, InputPath]>([
    ["an unknown state", unchecked({ state: "done" }), ["state"]],
    ["a state in upper case", unchecked({ state: "RUNNING" }), ["state"]],
    ["no state", unchecked({ state: null }), ["state"]],
    ["a start that is no moment", { startedAt: new Date(Number.NaN) }, ["startedAt"]],
    ["a start that is text", unchecked({ startedAt: "2024-01-01T00:00:00Z" }), ["startedAt"]],
    ["an end after the year 9999", { completedAt: new Date("+010000-01-01") }, ["completedAt"]],
    ["an end before the year 1", { completedAt: new Date("0000-12-31") }, ["completedAt"]],
    ["a message of 10,001 characters", { errorMessage: "m".repeat(10_001) }, ["errorMessage"]],
    ...UNSTORABLE.map(([why, errorMessage]): [string, ExecutionPatch, InputPath] => [
      `a message with ${why}`,
      { errorMessage },
      ["errorMessage"],
    ]),
    ["another workflow", unchecked({ workflowId: UNKNOWN_ID }), ["workflowId"]],
    ["nothing", {}, []],
  ])("a change to %s", async (_, patch, inputPath) => {
    await refused(({ executions }) => executions.update(UNKNOWN_ID, patch), inputPath);
  });

  it.each([new Date(Number.NaN), new Date(8.64e15)])(
    "the expectedUpdatedAt %s",
    async (expectedUpdatedAt) => {
      await refused(
        ({ executions }) => executions.update(UNKNOWN_ID, { state: "running" }, { expectedUpdatedAt }),
        ["expectedUpdatedAt"],
      );
    },
  );
});

describe("reading executions is refused for", () => {
  it.each(BAD_IDS)("an id of %s", async (_, id) => {
    for (const method of ["findById", "getById", "remove"] as const) {
      await refused(({ executions }) => executions[method](id), ["id"]);
    }
    await refused(({ executions }) => executions.update(id, { state: "running" }), ["id"]);
  });

  it.each(BAD_PAGES)("the page %j", async (request, argument) => {
    await refused(({ executions }) => executions.page(request), [argument]);
    await refused(({ executions }) => executions.pagesByWorkflow([UNKNOWN_ID], request), [argument]);
  });

  it.each(badCursors("executions"))("a cursor of %s", async (_, before) => {
    await refused(({ executions }) => executions.page({ before }), ["before"]);
  });

  it.each(badCursors("workflow.executions"))("a cursor of %s, among a workflow's", async (_, before) => {
    await refused(({ executions }) => executions.pagesByWorkflow([UNKNOWN_ID], { before }), ["before"]);
  });

  it.each(BAD_ORDERS)("the order %j", async (order, part) => {
    for (const method of ["list", "page"] as const) {
      const query = { orderBy: unchecked<never>(order) };
      await refused(({ executions }) => executions[method](query), ["orderBy", part]);
    }
  });

  it.each(BAD_WINDOWS)("the window %j", async (window, argument) => {
    await refused(({ executions }) => executions.list(window), [argument]);
  });

  it.each<[string, ExecutionFilter, InputPath]>([
    ["an unknown condition", unchecked({ status: "running" }), ["filter", "status"]],
    ["a bad workflow", { workflowId: "1" }, ["filter", "workflowId"]],
    ["an unknown state", unchecked({ states: ["running", "done"] }), ["filter", "states", 1]],
    ["a state that repeats", { states: ["running", "running"] }, ["filter", "states", 1]],
    [
      "a begin that is no moment",
      { startedBetween: { from: new Date(Number.NaN) } },
      ["filter", "startedBetween", "from"],
    ],
    [
      "an end after the year 9999",
      { startedBetween: { to: new Date(8.64e15) } },
      ["filter", "startedBetween", "to"],
    ],
  ])("a filter with %s", async (_, filter, inputPath) => {
    for (const method of ["list", "page"] as const) {
      await refused(({ executions }) => executions[method]({ filter }), inputPath);
    }
    await refused(({ executions }) => executions.count(filter), inputPath);
  });
});
