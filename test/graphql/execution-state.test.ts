import { describe, expect, it } from "vitest";
import { type Client, prepareApi } from "../support/graphql.ts";
import {
  createExecution,
  createWorkflow,
  type ExecutionNode,
  findExecution,
  moveExecution,
  mutation,
} from "../support/graphql-operations.ts";
import { present } from "../support/present.ts";

const api = prepareApi();

async function pending(client: Client): Promise<ExecutionNode> {
  return createExecution(client, (await createWorkflow(client)).id);
}

describe("the state", () => {
  const states = ["PENDING", "RUNNING", "SUCCEEDED", "FAILED", "TIMEOUT", "CANCELLED"] as const;
  const ways: Readonly<Record<(typeof states)[number], readonly string[]>> = {
    PENDING: [],
    RUNNING: ["RUNNING"],
    SUCCEEDED: ["RUNNING", "SUCCEEDED"],
    FAILED: ["RUNNING", "FAILED"],
    TIMEOUT: ["RUNNING", "TIMEOUT"],
    CANCELLED: ["CANCELLED"],
  };
  const allowed = new Set([
    "PENDING RUNNING",
    "PENDING CANCELLED",
    "RUNNING SUCCEEDED",
    "RUNNING FAILED",
    "RUNNING TIMEOUT",
    "RUNNING CANCELLED",
  ]);
  const moves = states.flatMap((from) => states.map((to) => [from, to] as const));

  it.each(moves.filter(([from, to]) => allowed.has(`${from} ${to}`)))(
    "goes from %s to %s",
    async (from, to) => {
      const tenant = api.newTenant();
      const { id } = await pending(tenant);
      await moveExecution(tenant, id, ...ways[from]);
      const moved = present(await moveExecution(tenant, id, to));
      expect(moved.state).toBe(to);
      expect(moved.startedAt !== null).toBe(from === "RUNNING" || to === "RUNNING");
      expect(moved.completedAt !== null).toBe(to !== "RUNNING");
      expect(moved.durationMs !== null).toBe(moved.startedAt !== null && moved.completedAt !== null);
      expect(await findExecution(tenant, id)).toEqual(moved);
    },
  );

  it.each(moves.filter(([from, to]) => !allowed.has(`${from} ${to}`)))(
    "does not go from %s to %s, and the conflict names both",
    async (from, to) => {
      const tenant = api.newTenant();
      const { id } = await pending(tenant);
      await moveExecution(tenant, id, ...ways[from]);
      const before = await findExecution(tenant, id);
      const error = await tenant.refusal(mutation("updateExecution"), { input: { id, state: to } });
      expect(error).toMatchObject({
        message: `An execution cannot go from ${from} to ${to}.`,
        extensions: { code: "CONFLICT" },
      });
      expect(await findExecution(tenant, id)).toEqual(before);
    },
  );

  it("moves once, of several moves at once", async () => {
    const tenant = api.newTenant();
    const { id } = await pending(tenant);
    await moveExecution(tenant, id, "RUNNING");
    const answers = await Promise.all(
      ["SUCCEEDED", "FAILED", "TIMEOUT", "CANCELLED"].map((state) =>
        tenant.send(mutation("updateExecution"), { input: { id, state } }),
      ),
    );
    const outcomes = answers.map(({ errors }) => errors[0]?.extensions.code ?? "moved");
    expect(outcomes.sort()).toEqual(["CONFLICT", "CONFLICT", "CONFLICT", "moved"]);
  });
});
