import { beforeAll, describe, expect, it } from "vitest";
import {
  type AskForPage,
  CONNECTION_FIELDS,
  type Connection,
  PAGE_ARGUMENTS,
  PAGE_VARIABLES,
  sortedBy,
  walkBackwards,
  walkForwards,
} from "../support/connections.ts";
import { type Client, prepareApi } from "../support/graphql.ts";
import {
  createAsset,
  createAssets,
  createExecution,
  createWorkflow,
  mutate,
} from "../support/graphql-operations.ts";

const api = prepareApi();
const TENANT = "shop";

interface Row {
  readonly id: string;
  readonly name?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly startedAt?: string | null;
}

type Field = "CREATED_AT" | "UPDATED_AT" | "NAME" | "STARTED_AT";

const KEYS: Readonly<Record<Field, (row: Row) => string>> = {
  CREATED_AT: ({ createdAt }) => createdAt,
  UPDATED_AT: ({ updatedAt }) => updatedAt,
  NAME: ({ name = "" }) => name.normalize("NFKC").toLowerCase(),
  // What has not started counts as latest.
  STARTED_AT: ({ startedAt }) => startedAt ?? "infinity",
};

const KINDS = [
  ["assets", "AssetOrder", ["CREATED_AT", "UPDATED_AT", "NAME"], "name"],
  ["workflows", "WorkflowOrder", ["CREATED_AT", "UPDATED_AT", "NAME"], "name"],
  ["executions", "ExecutionOrder", ["CREATED_AT", "UPDATED_AT", "STARTED_AT"], "startedAt"],
] as const;
type Kind = (typeof KINDS)[number][0];

const CASES = KINDS.flatMap(([kind, , fields]) =>
  fields.flatMap((field) => (["ASC", "DESC"] as const).map((direction) => ({ kind, field, direction }))),
);

const ROWS = 12;
const NAMES = ["Zeta", "alpha", "Ämter", "émile", "ﬁsh", "Fish", "beta", "BETA", "_x", "10", "9", "ζ"];

function asking(client: Client, kind: Kind, orderBy?: { field: Field; direction: string }): AskForPage<Row> {
  const [, orderType, , ownField] = KINDS.find(([name]) => name === kind) ?? KINDS[0];
  const document = `query (${PAGE_VARIABLES}, $orderBy: ${orderType}) {
    rows: ${kind}(${PAGE_ARGUMENTS}, orderBy: $orderBy) {
      nodes { id createdAt updatedAt ${ownField} } ${CONNECTION_FIELDS}
    }
  }`;
  return (page) =>
    client.query<{ rows: Connection<Row> }>(document, { ...page, orderBy }).then(({ rows }) => rows);
}

/** Rows of the tenant and global ones, some made or changed at the same moment, some changed later. */
beforeAll(async () => {
  const tenant = api.asTenant(TENANT);
  const own = await createAssets(tenant, NAMES.slice(0, 9));
  await createAssets(api.system, NAMES.slice(9));
  for (const index of [4, 1]) await mutate(tenant, "updateAsset", { id: own[index]?.id, owner: "changed" });

  for (const name of NAMES.slice(0, 8)) await createWorkflow(tenant, { name });
  await createWorkflow(api.system, { name: NAMES[8] });
  const { id } = await createWorkflow(api.system, { name: NAMES[9] });
  await mutate(tenant, "createWorkflowVersion", { name: NAMES[0] });
  await mutate(tenant, "createWorkflowVersion", { name: NAMES[0] });
  await mutate(api.system, "updateWorkflow", { id, owner: "changed" });

  const startedAts = [1, 5, 3, 3, 9, undefined, 2, 5, 5, undefined, 4];
  for (const day of startedAts) {
    const run = await createExecution(tenant, id);
    const startedAt = `2024-05-0${day}T00:00:00.000Z`;
    if (day !== undefined)
      await mutate(tenant, "updateExecution", { id: run.id, state: "RUNNING", startedAt });
  }
  await createExecution(api.system, id);
});

describe.each(CASES)("$kind by $field $direction", ({ kind, field, direction }) => {
  const ask = (page: object) => asking(api.asTenant(TENANT), kind, { field, direction })(page);

  // Of these, 10 is a size whose statements are kept.
  it.each([1, 5, 6, 10, 1000])(
    "in pages of %i comes once and in order, forwards and backwards",
    async (size) => {
      const { nodes } = await ask({ first: 1000 });
      expect(nodes).toHaveLength(ROWS);
      const expected = sortedBy(nodes, direction, KEYS[field]);
      expect(nodes).toEqual(expected);
      expect(await walkForwards(ask, size)).toEqual(expected);
      expect(await walkBackwards(ask, size)).toEqual(expected);
    },
  );

  it("stops before and begins after a cursor, in both directions at once", async () => {
    const { nodes, edges } = await ask({ first: ROWS });
    const [after, before] = [edges[2]?.cursor ?? "", edges[8]?.cursor ?? ""];
    const between = await ask({ first: 100, after, before });
    expect(between.nodes).toEqual(nodes.slice(3, 8));
    expect((await ask({ first: 2, after, before })).nodes).toEqual(nodes.slice(3, 5));
    expect((await ask({ last: 2, after, before })).nodes).toEqual(nodes.slice(6, 8));
    expect((await ask({ last: 100, before: edges[0]?.cursor ?? "" })).nodes).toEqual([]);
  });
});

describe.each(KINDS.map(([kind]) => kind))("%s", (kind) => {
  it("come newest first, 50 on a page, unless asked otherwise", async () => {
    const tenant = api.newTenant();
    const { id } = await createWorkflow(tenant);
    for (let index = 0; index < 51; index += 1) {
      if (kind === "assets") await createAsset(tenant);
      if (kind === "workflows") await createWorkflow(tenant);
      if (kind === "executions") await createExecution(tenant, id);
    }
    const { nodes, pageInfo } = await asking(tenant, kind)({});
    expect(nodes).toHaveLength(50);
    expect(nodes).toEqual(sortedBy(nodes, "DESC", KEYS.CREATED_AT));
    expect(pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
  });

  it("keep their place while others are made", async () => {
    const client = api.newTenant();
    const { id } = await createWorkflow(client);
    const make = async () => {
      if (kind === "assets") await createAsset(client);
      if (kind === "workflows") await createWorkflow(client);
      if (kind === "executions") await createExecution(client, id);
    };
    for (let index = 0; index < 6; index += 1) await make();
    const ask = asking(client, kind);
    const before = (await ask({ first: 1000 })).nodes;
    const seen = await walkForwards(async (page) => {
      await make();
      return ask(page);
    }, 2);
    // One was made before the first page; the later ones are newer than where the walk stood.
    expect(seen.slice(1)).toEqual(before);
  });
});

it("a connection over nothing is empty", async () => {
  const document = `{ assets(filter: { scope: OWN }) { totalCount nodes { id } ${CONNECTION_FIELDS} } }`;
  expect(await api.newTenant().query(document)).toEqual({
    assets: {
      totalCount: 0,
      nodes: [],
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    },
  });
});
