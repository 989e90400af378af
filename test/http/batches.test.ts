import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { readAnswer } from "../support/answer.ts";
import { prepareApi } from "../support/graphql.ts";
import { createAsset } from "../support/graphql-operations.ts";
import { alterDatabase } from "../support/owner.ts";

// A machine under load makes operations slow, and they would be logged.
const api = prepareApi({ slowOperationMs: 86_400_000 });

const batch = (tenant: string, ...operations: object[]): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json", "x-tenant-id": tenant },
  body: JSON.stringify(operations),
});
const ask = { query: "{ __typename }" };

it.each([
  ["none", []],
  ["one", [ask]],
  ["two", [ask, ask]],
])("unless batches are switched on, one is refused: of %s", async (_, operations) => {
  expect(await readAnswer(await api.fetch("/graphql", batch("acme", ...operations)))).toMatchObject({
    status: 400,
    data: undefined,
    errors: [
      {
        message: "A request holds one operation, and no batch (MAX_OPERATIONS_PER_REQUEST).",
        extensions: { code: "LIMIT_EXCEEDED" },
      },
    ],
  });
});

describe("where a request may have 3 operations", () => {
  const open = (limits = {}) => api.open({ limits: { maxOperationsPerRequest: 3, ...limits } });

  it("a hundred listen to one request without Node's warning of a leak", async () => {
    const warnings: string[] = [];
    const note = ({ name }: Error) => warnings.push(name);
    process.on("warning", note);
    onTestFinished(() => void process.off("warning", note));
    const { fetch } = open({ maxOperationsPerRequest: 100 });
    const operations = Array.from({ length: 100 }, () => ({ query: "{ assets { totalCount } }" }));
    expect((await fetch("/graphql", batch("acme", ...operations))).status).toBe(200);
    await nextTurn();
    expect(warnings).toEqual([]);
  });

  it("3 are answered in their order, and 4 refused", async () => {
    const { fetch } = open();
    const names = ["a", "b", "c"].map((name) => ({ query: `{ ${name}: __typename }` }));
    const response = await fetch("/graphql", batch("acme", ...names));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(["a", "b", "c"].map((name) => ({ data: { [name]: "Query" } })));
    expect(await readAnswer(await fetch("/graphql", batch("acme", ...names, ask)))).toMatchObject({
      status: 400,
      errors: [
        {
          message: "The request has 4 operations, more than 3 (MAX_OPERATIONS_PER_REQUEST).",
          extensions: { code: "LIMIT_EXCEEDED" },
        },
      ],
    });
  });

  it("each has its own errors, limits and transaction", async () => {
    const tenant = api.newTenant();
    const { id } = await createAsset(tenant);
    const { fetch } = open({ maxCost: 20 });
    const response = await fetch(
      "/graphql",
      batch(
        tenant.tenantId,
        { query: "query ($id: ID!) { asset(id: $id) { id } }", variables: { id } },
        { query: "{ assets { nodes { id } } }" },
        { query: '{ asset(id: "x") { id } }' },
      ),
    );
    expect(await response.json()).toMatchObject([
      { data: { asset: { id } } },
      {
        errors: [{ message: expect.stringContaining("(MAX_COST)"), extensions: { code: "LIMIT_EXCEEDED" } }],
      },
      { data: { asset: null }, errors: [{ extensions: { code: "BAD_USER_INPUT", inputPath: ["id"] } }] },
    ]);
  });

  it("what is no operation is refused beside the others", async () => {
    const response = await open().fetch("/graphql", batch("acme", ask, { query: 7 }, { query: "{" }));
    const refused = { errors: [{ extensions: { code: "BAD_USER_INPUT" } }] };
    expect(await response.json()).toMatchObject([{ data: { __typename: "Query" } }, refused, refused]);
    const nulls = await open().fetch("/graphql", { ...batch("acme"), body: "[null]" });
    expect(await nulls.json()).toMatchObject([refused]);
  });

  it("each is logged by its own name, and the request by none", async () => {
    const tenant = api.newTenant();
    const { fetch, lines } = open();
    await alterDatabase(api.store.database, "ALTER TABLE workflows RENAME TO hidden_workflows");
    try {
      const failing = (name: string) => ({ query: `query ${name} { workflows { nodes { id } } }` });
      await fetch(
        "/graphql",
        batch(tenant.tenantId, failing("One"), failing("Two"), { query: "query Three { __typename }" }),
      );
    } finally {
      await alterDatabase(api.store.database, "ALTER TABLE hidden_workflows RENAME TO workflows");
    }
    const failed = lines.filter(({ message }) => message === "Unexpected error");
    expect(failed.map(({ operation_name }) => operation_name).sort()).toEqual(["One", "Two"]);
    const queries = lines.filter(({ message }) => message === "Unexpected database error");
    expect(queries.map(({ operation_name }) => operation_name).sort()).toEqual(["One", "Two"]);
    const answered = lines.find(({ message }) => message === "Request answered");
    expect(answered).toMatchObject({ tenant_id: tenant.tenantId });
    expect(answered).not.toHaveProperty("operation_name");
  });
});
