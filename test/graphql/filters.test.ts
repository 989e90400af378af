import { beforeAll, describe, expect, it } from "vitest";
import { prepareApi } from "../support/graphql.ts";
import { createAsset, createExecution, createWorkflow, mutate } from "../support/graphql-operations.ts";

const api = prepareApi();
const client = () => api.asTenant("shop");
const runs = new Map<string, string>();
const workflowIds = new Map<string, string>();

beforeAll(async () => {
  const asset = (name: string, assetType: string, owner: string | null, tags: readonly string[]) =>
    createAsset(client(), { name, assetType, owner, tags });
  await asset("Orders_raw", "file", "ingest", ["raw", "daily"]);
  await asset("orders", "table", "data_team", ["daily", "core"]);
  await asset("order%items", "table", "data_team", ["core"]);
  await asset("RÉSUMÉ", "model", null, []);
  await createAsset(api.system, {
    name: "orders_calendar",
    assetType: "table",
    owner: "platform",
    tags: ["core"],
  });
  await createAsset(api.asTenant("other"), { name: "orders_of_others", assetType: "table", tags: ["core"] });

  const workflow = async (name: string, owner: string, tags: readonly string[]) => {
    workflowIds.set(name, (await createWorkflow(client(), { name, owner, tags })).id);
  };
  await workflow("Load orders", "data_team", ["hourly", "core"]);
  await workflow("load_items", "data_team", ["core"]);
  await workflow("train", "science", []);
  const { workflow: second } = await mutate<{ workflow: { id: string } }>(client(), "createWorkflowVersion", {
    name: "train",
    tags: ["weekly"],
  });
  workflowIds.set("train 2", second.id);

  const run = async (name: string, workflow: string, moves: readonly object[]) => {
    const { id } = await createExecution(client(), workflowIds.get(workflow) ?? "");
    for (const move of moves) await mutate(client(), "updateExecution", { id, ...move });
    runs.set(id, name);
  };
  const started = (startedAt: string) => ({ state: "RUNNING", startedAt });
  await run("waiting", "train", []);
  await run("early", "train", [started("2024-05-01T00:00:00Z"), { state: "SUCCEEDED" }]);
  await run("noon", "load_items", [started("2024-05-01T12:00:00Z"), { state: "FAILED" }]);
  await run("late", "train", [started("2024-05-02T00:00:00Z")]);
});

const assetNames = (filter: object) =>
  client()
    .query<{ assets: { totalCount: number; nodes: readonly { name: string }[] } }>(
      `query ($filter: AssetFilter) {
        assets(filter: $filter, orderBy: { field: CREATED_AT, direction: ASC }) { totalCount nodes { name } }
      }`,
      { filter },
    )
    .then(({ assets }) => {
      expect(assets.totalCount).toBe(assets.nodes.length);
      return assets.nodes.map(({ name }) => name);
    });

describe("AssetFilter", () => {
  const all = ["Orders_raw", "orders", "order%items", "RÉSUMÉ", "orders_calendar"];
  it.each([
    [{}, all],
    [{ name: null, types: null, owners: null, tags: null, scope: null }, all],
    [{ scope: "ALL" }, all],
    [{ scope: "OWN" }, all.slice(0, 4)],
    [{ scope: "GLOBAL" }, ["orders_calendar"]],
    [{ name: { exact: "orders" } }, ["orders"]],
    [{ name: { exact: "ORDERS" } }, []],
    [{ name: { prefix: "ORDERS" } }, ["Orders_raw", "orders", "orders_calendar"]],
    [{ name: { prefix: "order%" } }, ["order%items"]],
    [{ name: { contains: "S_" } }, ["Orders_raw", "orders_calendar"]],
    [{ name: { contains: "résu" } }, ["RÉSUMÉ"]],
    [{ name: { contains: "_" } }, ["Orders_raw", "orders_calendar"]],
    [{ name: { prefix: "orders", contains: "raw" } }, ["Orders_raw"]],
    [{ types: ["table"] }, ["orders", "order%items", "orders_calendar"]],
    [{ types: ["file", "model"] }, ["Orders_raw", "RÉSUMÉ"]],
    [{ types: [] }, []],
    [{ owners: ["ingest", "platform"] }, ["Orders_raw", "orders_calendar"]],
    [{ tags: { any: ["raw", "core"] } }, ["Orders_raw", "orders", "order%items", "orders_calendar"]],
    [{ tags: { all: ["daily", "core"] } }, ["orders"]],
    [{ tags: { all: ["core"], any: ["daily", "x"] } }, ["orders"]],
    [{ tags: { any: ["Core"] } }, []],
    [{ types: ["table"], owners: ["data_team"], tags: { any: ["daily"] }, scope: "OWN" }, ["orders"]],
  ])("%j", async (filter, expected) => {
    expect(await assetNames(filter)).toEqual(expected);
  });

  it.each([
    [{ name: { exact: "x".repeat(256) } }, ["filter", "name", "exact"], "must be at most 255 characters"],
    [{ name: { prefix: "a\u0000" } }, ["filter", "name", "prefix"], "must not contain a NUL character"],
    [
      { name: { contains: "\ud800" } },
      ["filter", "name", "contains"],
      "must be well-formed Unicode; it contains a lone surrogate",
    ],
    [{ tags: { all: ["a", "a"] } }, ["filter", "tags", "all", 1], "must not repeat"],
    [{ types: ["a", " "] }, ["filter", "types", 1], "must not be blank"],
    [
      { owners: Array.from({ length: 101 }, (_, index) => `o${index}`) },
      ["filter", "owners"],
      "must have at most 100 items",
    ],
  ])("refuses %j", async (filter, inputPath, rule) => {
    const error = await client().refusal(
      "query ($filter: AssetFilter) { assets(filter: $filter) { totalCount } }",
      { filter },
    );
    expect(error.extensions).toEqual({ code: "BAD_USER_INPUT", inputPath });
    expect(error.message.endsWith(` ${rule}`)).toBe(true);
  });
});

describe("WorkflowFilter", () => {
  const all = ["Load orders 1", "load_items 1", "train 1", "train 2"];
  it.each([
    [{}, all],
    [{ latestOnly: false }, all],
    [{ latestOnly: true }, ["Load orders 1", "load_items 1", "train 2"]],
    [{ name: { exact: "train" } }, ["train 1", "train 2"]],
    [{ name: { exact: "train" }, latestOnly: true }, ["train 2"]],
    [{ name: { prefix: "LOAD" } }, ["Load orders 1", "load_items 1"]],
    [{ name: { contains: "D_I" } }, ["load_items 1"]],
    [{ owners: ["science", "nobody"] }, ["train 1", "train 2"]],
    [{ tags: { any: ["hourly", "weekly"] } }, ["Load orders 1", "train 2"]],
    [{ tags: { all: ["core", "hourly"] } }, ["Load orders 1"]],
    [{ tags: { any: [] } }, []],
  ])("%j", async (filter, expected) => {
    const { workflows } = await client().query<{
      workflows: { totalCount: number; nodes: readonly { name: string; version: number }[] };
    }>(
      `query ($filter: WorkflowFilter) {
        workflows(filter: $filter, orderBy: { field: CREATED_AT, direction: ASC }) {
          totalCount nodes { name version }
        }
      }`,
      { filter },
    );
    expect(workflows.nodes.map(({ name, version }) => `${name} ${version}`)).toEqual(expected);
    expect(workflows.totalCount).toBe(expected.length);
  });
});

describe("ExecutionFilter", () => {
  type Case = readonly [
    filter: { readonly workflow?: string; readonly states?: string[]; readonly startedBetween?: object },
    expected: readonly string[],
  ];
  const all = ["waiting", "early", "noon", "late"];
  it.each<Case>([
    [{}, all],
    [{ workflow: "train" }, ["waiting", "early", "late"]],
    [{ workflow: "train 2" }, []],
    [{ states: ["PENDING", "FAILED"] }, ["waiting", "noon"]],
    [{ states: [] }, []],
    [{ startedBetween: {} }, all],
    [{ startedBetween: { from: "2024-05-01T12:00:00Z" } }, ["noon", "late"]],
    [{ startedBetween: { to: "2024-05-01T12:00:00Z" } }, ["early"]],
    [{ startedBetween: { from: "2024-05-01T00:00:00Z", to: "2024-05-02T00:00:00Z" } }, ["early", "noon"]],
    [{ startedBetween: { from: "2024-05-01T14:00:00+02:00", to: null } }, ["noon", "late"]],
    [{ workflow: "train", states: ["RUNNING", "SUCCEEDED"] }, ["early", "late"]],
  ])("%j", async ({ workflow, ...filter }, expected) => {
    const workflowId = workflow === undefined ? undefined : workflowIds.get(workflow);
    const { executions } = await client().query<{
      executions: { totalCount: number; nodes: readonly { id: string }[] };
    }>(
      `query ($filter: ExecutionFilter) {
        executions(filter: $filter, orderBy: { field: CREATED_AT, direction: ASC }) { totalCount nodes { id } }
      }`,
      { filter: { ...filter, workflowId } },
    );
    expect(executions.nodes.map(({ id }) => runs.get(id))).toEqual(expected);
    expect(executions.totalCount).toBe(expected.length);
  });

  it("refuses a workflow id that is none", async () => {
    const error = await client().refusal('{ executions(filter: { workflowId: "x" }) { totalCount } }');
    expect(error).toMatchObject({
      message: "filter.workflowId must be a UUID",
      extensions: { code: "BAD_USER_INPUT", inputPath: ["filter", "workflowId"] },
    });
  });
});
