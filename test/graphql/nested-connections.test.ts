import { beforeAll, describe, expect, it } from "vitest";
import {
  CONNECTION_FIELDS,
  type Connection,
  PAGE_ARGUMENTS,
  PAGE_VARIABLES,
  type PageArguments,
  sortedBy,
  walkBackwards,
  walkForwards,
} from "../support/connections.ts";
import { prepareApi } from "../support/graphql.ts";
import {
  createAsset,
  createAssets,
  createExecution,
  createWorkflow,
  link,
  mutate,
} from "../support/graphql-operations.ts";

const api = prepareApi();
const TENANT = "shop";
const client = () => api.asTenant(TENANT);

interface Row {
  readonly id: string;
  readonly createdAt: string;
}

/** The parent with many rows, one with two of them, and one with none, by kind. */
const parents = new Map<string, { readonly many: string; readonly two: string; readonly none: string }>();
const ROWS = 12;

const KINDS = [
  ["upstream", "asset"],
  ["downstream", "asset"],
  ["workflows", "asset"],
  ["executions", "workflow"],
] as const;

beforeAll(async () => {
  const [many, two, none] = (await createAssets(client(), ["many", "two", "none"])).map(({ id }) => id);
  const others = await createAssets(
    client(),
    Array.from({ length: ROWS - 2 }, (_, index) => `other_${index}`),
  );
  const sinks = await createAssets(client(), ["sink_0", "sink_1"]);
  const globals = await createAssets(api.system, ["global_0", "global_1"]);
  const assets = { many: many ?? "", two: two ?? "", none: none ?? "" };
  for (const kind of ["upstream", "downstream", "workflows"]) parents.set(kind, assets);

  // Those of one call are made at the same moment.
  await link(
    client(),
    others.slice(0, 4).map(({ id }) => [id, assets.many]),
  );
  for (const { id } of others.slice(4)) await link(client(), [[id, assets.many]]);
  await link(
    client(),
    [...globals, ...others.slice(0, 2)].flatMap(({ id }, index) => [
      [id, index < 2 ? assets.many : assets.two] as const,
    ]),
  );
  await link(
    client(),
    others.slice(0, 4).map(({ id }) => [assets.many, id]),
  );
  for (const { id } of others.slice(4)) await link(client(), [[assets.many, id]]);
  await link(client(), [
    ...sinks.map(({ id }) => [assets.many, id] as const),
    [assets.two, others[0]?.id ?? ""],
    [assets.two, others[1]?.id ?? ""],
  ]);

  const reads = (...assetIds: string[]) => ({
    assets: assetIds.map((assetId) => ({ assetId, role: "INPUT" })),
  });
  await createWorkflow(client(), { name: "versions", ...reads(assets.many, assets.two) });
  await mutate(client(), "createWorkflowVersion", { name: "versions" });
  for (let index = 2; index < ROWS - 1; index += 1) await createWorkflow(client(), reads(assets.many));
  // In both roles, and still one row.
  await createWorkflow(client(), {
    assets: ["INPUT", "OUTPUT"].map((role) => ({ assetId: assets.many, role })),
  });

  const [busy, rare, idle] = [
    await createWorkflow(api.system),
    await createWorkflow(client()),
    await createWorkflow(client()),
  ];
  parents.set("executions", { many: busy.id, two: rare.id, none: idle.id });
  for (let index = 0; index < ROWS - 1; index += 1) await createExecution(client(), busy.id);
  await createExecution(api.system, busy.id);
  for (let index = 0; index < 2; index += 1) await createExecution(client(), rare.id);
});

describe.each(KINDS)("%s of %s", (kind, parentKind) => {
  const ask = async (page: PageArguments) => {
    const data = await client().query<{ parent: { rows: Connection<Row> } }>(
      `query ($id: ID!, ${PAGE_VARIABLES}) {
        parent: ${parentKind}(id: $id) {
          rows: ${kind}(${PAGE_ARGUMENTS}) { nodes { id createdAt } ${CONNECTION_FIELDS} }
        }
      }`,
      { id: parents.get(kind)?.many, ...page },
    );
    return data.parent.rows;
  };

  // Of these, 10 is a size whose statements are kept.
  it.each([1, 4, 3, 10, 1000])(
    "in pages of %i come once and newest first, forwards and backwards",
    async (size) => {
      const { nodes } = await ask({});
      expect(nodes).toHaveLength(ROWS);
      expect(nodes).toEqual(sortedBy(nodes, "DESC", ({ createdAt }) => createdAt));
      expect(await walkForwards(ask, size)).toEqual(nodes);
      expect(await walkBackwards(ask, size)).toEqual(nodes);
    },
  );

  it("of several parents keep to their own, in the same and in different pages", async () => {
    const { many, two, none } = parents.get(kind) ?? { many: "", two: "", none: "" };
    const all = (await ask({})).nodes.map(({ id }) => ({ id }));
    const data = await client().query<Record<string, { rows: object }>>(
      `query ($many: ID!, $two: ID!, $none: ID!) {
        many: ${parentKind}(id: $many) {
          rows: ${kind}(first: 2) { totalCount nodes { id } }
          last: ${kind}(last: 3) { totalCount nodes { id } }
        }
        two: ${parentKind}(id: $two) { rows: ${kind}(first: 2) { totalCount nodes { id } } }
        none: ${parentKind}(id: $none) {
          rows: ${kind}(first: 2) { totalCount nodes { id } pageInfo { hasNextPage endCursor } }
        }
      }`,
      { many, two, none },
    );
    expect(data.many).toEqual({
      rows: { totalCount: ROWS, nodes: all.slice(0, 2) },
      last: { totalCount: ROWS, nodes: all.slice(-3) },
    });
    expect(data.two?.rows).toMatchObject({ totalCount: 2, nodes: [{}, {}] });
    expect(data.none?.rows).toEqual({
      totalCount: 0,
      nodes: [],
      pageInfo: { hasNextPage: false, endCursor: null },
    });
  });

  it("of one parent that begin at different cursors are told apart", async () => {
    const { nodes, edges } = await ask({});
    const data = await client().query<{ parent: Record<string, { nodes: readonly { id: string }[] }> }>(
      `query ($id: ID!, $one: String, $other: String) {
        parent: ${parentKind}(id: $id) {
          start: ${kind}(first: 2) { nodes { id } }
          one: ${kind}(first: 2, after: $one) { nodes { id } }
          other: ${kind}(first: 2, after: $other) { nodes { id } }
        }
      }`,
      { id: parents.get(kind)?.many, one: edges[1]?.cursor, other: edges[3]?.cursor },
    );
    const ids = nodes.map(({ id }) => ({ id }));
    expect(data.parent).toEqual({
      start: { nodes: ids.slice(0, 2) },
      one: { nodes: ids.slice(2, 4) },
      other: { nodes: ids.slice(4, 6) },
    });
  });

  it.each([
    ["first: 0", "first must be a whole number from 1 to 1000", "first"],
    ["last: 1001", "last must be a whole number from 1 to 1000", "last"],
    ["first: 1, last: 1", "last must not be given together with first", "last"],
    ['after: "x"', "after is not a cursor of this connection", "after"],
    ['before: "x"', "before is not a cursor of this connection", "before"],
  ])("refuse %s", async (page, message, field) => {
    const error = await client().refusal(
      `query ($id: ID!) { parent: ${parentKind}(id: $id) { ${kind}(${page}) { nodes { id } } } }`,
      { id: parents.get(kind)?.many },
    );
    expect(error).toMatchObject({
      message,
      path: ["parent", kind],
      extensions: { code: "BAD_USER_INPUT", inputPath: [field] },
    });
  });
});

it("a page that is refused is refused to those who asked for it alone", async () => {
  const { many, two } = parents.get("upstream") ?? { many: "", two: "" };
  const answer = await client().send(
    `query ($many: ID!, $two: ID!) {
      good: asset(id: $many) { upstream(first: 1) { totalCount } }
      bad: asset(id: $two) { upstream(first: 0) { totalCount } }
    }`,
    { many, two },
  );
  expect(answer.data).toEqual({ good: { upstream: { totalCount: ROWS } }, bad: null });
  expect(answer.errors).toMatchObject([{ path: ["bad", "upstream"] }]);
});

it("an asset without workflows has an empty page of them", async () => {
  const { id } = await createAsset(client());
  expect(
    await client().query("query ($id: ID!) { asset(id: $id) { workflows { totalCount nodes { id } } } }", {
      id,
    }),
  ).toEqual({ asset: { workflows: { totalCount: 0, nodes: [] } } });
});
