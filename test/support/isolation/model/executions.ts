import type { PageRequest } from "../../../../src/db/keyset.ts";
import type {
  ExecutionFilter,
  ExecutionPatch,
  ExecutionPurge,
  NewExecution,
} from "../../../../src/modules/execution/execution.input.ts";
import type { ExecutionState } from "../../../../src/modules/execution/execution.table.ts";
import { byId, type Expected, given, noSuch, ownRow } from "./changes.ts";
import {
  countsByParent,
  inOrder,
  isOneOf,
  NEWEST_FIRST,
  type Order,
  pagesByParent,
  parseWindow,
  planPage,
  type Window,
} from "./paging.ts";
import { badInput, conflict, validId, validLabel } from "./refusals.ts";
import type { Told } from "./told.ts";
import type { ExecutionRow, View } from "./world.ts";

type Query = { readonly filter?: ExecutionFilter | null; readonly orderBy?: Order | null };

const MOVES: Readonly<Record<string, readonly ExecutionState[]>> = {
  pending: ["running", "cancelled"],
  running: ["succeeded", "failed", "timeout", "cancelled"],
};

const ENDED: readonly ExecutionState[] = ["succeeded", "failed", "cancelled", "timeout"];

/** What the store's executions must do. Of what the server chooses each is told. */
export function modelExecutions(view: View) {
  const { world, actor } = view;

  function matching({ workflowId, states, startedBetween }: ExecutionFilter): ExecutionRow[] {
    const { from, to } = startedBetween ?? {};
    const id = workflowId && validId(workflowId, "filter", "workflowId");
    return view
      .seen("execution")
      .filter(
        (row) =>
          (!id || row.workflowId === id) &&
          isOneOf(row.state, states) &&
          (!from || (row.startedAt !== null && row.startedAt >= from)) &&
          (!to || (row.startedAt !== null && row.startedAt < to)),
      );
  }

  function check({ workflowId, idempotencyKey }: NewExecution): Required<NewExecution> {
    const id = validId(workflowId, "workflowId");
    return { workflowId: id, idempotencyKey: idempotencyKey && validLabel(idempotencyKey, "idempotencyKey") };
  }

  /** The own execution under a key of a workflow version that is seen. */
  function underKey({ workflowId, idempotencyKey }: NewExecution): ExecutionRow | undefined {
    const mine = view.mine("execution");
    if (view.find("workflow", workflowId) === undefined) throw noSuch("workflow", workflowId);
    return mine.find(
      (row) =>
        row.idempotencyKey !== null && row.workflowId === workflowId && row.idempotencyKey === idempotencyKey,
    );
  }

  const store = ({ workflowId, idempotencyKey = null }: NewExecution, told: Told) =>
    world.add("execution", {
      ...{ tenant: view.own, id: told.newId(world.known.execution), workflowId, idempotencyKey },
      ...{ state: "pending", startedAt: null, completedAt: null, errorMessage: null },
      ...{ createdAt: told.moment("createdAt"), updatedAt: told.moment("createdAt") },
      ...{ createdBy: actor.signs, updatedBy: actor.signs },
    });

  /** The actor's own that a purge means; times are far from now, so that it is all or none of the states. */
  const purgeable = ({ before, states }: Pick<ExecutionPurge, "before" | "states">): ExecutionRow[] =>
    world.execution.filter(
      ({ tenant, state }) =>
        tenant === actor.own && before.getTime() > Date.now() && (states ?? ENDED).includes(state),
    );

  const ofWorkflow = (id: string) => view.seen("execution").filter(({ workflowId }) => workflowId === id);

  return {
    page(query: Query & PageRequest = {}) {
      return planPage(view, "executions", query, query.orderBy ?? NEWEST_FIRST).of(
        matching(query.filter ?? {}),
      );
    },
    list(query: Query & Window = {}) {
      const cut = parseWindow(query);
      return cut(inOrder(matching(query.filter ?? {}), query.orderBy ?? NEWEST_FIRST));
    },
    count: (filter?: ExecutionFilter | null) => matching(filter ?? {}).length,
    findManyByIds: (ids: readonly string[]) =>
      byId(view.seen("execution").filter(({ id }) => ids.includes(id))),
    findById: (id: string) => view.find("execution", validId(id, "id")) ?? null,
    getById(id: string) {
      const row = view.find("execution", validId(id, "id"));
      if (row === undefined) throw noSuch("execution", id);
      return row;
    },
    findByIdempotencyKey(workflow: string, idempotencyKey: string) {
      const workflowId = validId(workflow, "workflowId");
      validLabel(idempotencyKey, "idempotencyKey");
      const own = world.execution.filter(({ tenant }) => tenant === actor.own);
      return (
        own.find((row) => row.workflowId === workflowId && row.idempotencyKey === idempotencyKey) ?? null
      );
    },
    pagesByWorkflow: (ids: readonly string[], request: PageRequest) =>
      pagesByParent(planPage(view, "workflow.executions", request, NEWEST_FIRST), ids, ofWorkflow),
    countsByWorkflow: (ids: readonly string[]) => countsByParent(ids, (id) => ofWorkflow(id).length),

    insert(input: NewExecution, told: Told) {
      const checked = check(input);
      if (underKey(checked) !== undefined)
        throw conflict("An execution with this idempotency key exists already.");
      return store(checked, told);
    },
    insertOrGet(input: NewExecution, told: Told) {
      const checked = check(input);
      const found = underKey(checked);
      return { created: found === undefined, execution: found ?? store(checked, told.at("execution")) };
    },
    update(id: string, patch: ExecutionPatch, expected: Expected, told: Told) {
      const executionId = validId(id, "id");
      if (Object.keys(given(patch)).length === 0) throw badInput([], "must change at least one field");
      const row = ownRow(view, "execution", executionId, expected);
      const { state, startedAt, completedAt } = move(row, patch);
      return world.replace("execution", executionId, {
        state,
        startedAt: startedAt === NOW ? told.moment("startedAt") : startedAt,
        completedAt: completedAt === NOW ? told.moment("completedAt") : completedAt,
        ...given({ errorMessage: patch.errorMessage }),
        updatedAt: told.updatedAt(row.updatedAt),
        updatedBy: actor.signs,
      });
    },
    countPurgeable(request: ExecutionPurge) {
      const counts = new Map<ExecutionState, number>();
      for (const { state } of purgeable(request)) counts.set(state, (counts.get(state) ?? 0) + 1);
      return counts;
    },
    purge(request: ExecutionPurge) {
      view.assertMayWrite();
      const old = purgeable(request);
      world.execution = world.execution.filter((row) => !old.includes(row));
      return byId(old.map(({ id, state, updatedAt }) => ({ id, state, updatedAt })));
    },
    remove(id: string) {
      const row = ownRow(view, "execution", validId(id, "id"));
      world.execution = world.execution.filter((each) => each !== row);
    },
  };
}

/** A moment that the server's clock decides. */
const NOW = "now";
type Moment = Date | typeof NOW;

/** The next state and times. Given times are far from now, so that the clock makes no other difference. */
function move(row: ExecutionRow, { state, startedAt, completedAt }: ExecutionPatch) {
  if (state !== undefined && !MOVES[row.state]?.includes(state))
    throw conflict(`An execution cannot go from ${row.state.toUpperCase()} to ${state.toUpperCase()}.`);
  const ownStart: Moment | null = state === "running" ? NOW : row.startedAt;
  const start: Moment | null = startedAt === undefined ? ownStart : startedAt;
  const ends = state !== undefined && MOVES[state] === undefined;
  // One that starts in the future ends no earlier.
  const end: Moment = start !== null && timeOf(start) > Date.now() ? start : NOW;
  const ownCompletion: Moment | null = ends ? end : row.completedAt;
  const completion: Moment | null = completedAt === undefined ? ownCompletion : completedAt;
  if (start !== null && completion !== null && timeOf(completion) < timeOf(start))
    throw badInput(["completedAt"], "must not be before startedAt");
  return { state: state ?? row.state, startedAt: start, completedAt: completion };
}

const timeOf = (moment: Moment) => (moment === NOW ? Date.now() : moment.getTime());
