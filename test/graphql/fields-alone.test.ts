import { getNamedType, isLeafType, isObjectType, isUnionType } from "graphql";
import { beforeAll, describe, expect, it } from "vitest";
import { schema } from "../../src/modules/schema.ts";
import { newAsset, newWorkflow } from "../support/factories.ts";
import { AT_ANY_COST, prepareApi } from "../support/graphql.ts";

const api = prepareApi(AT_ANY_COST);
let tenantId = "";

/** What the documents below are asked with. */
const variables: Record<string, unknown> = {};
const VARIABLE_TYPES = {
  ...{ asset: "ID!", workflow: "ID!", execution: "ID!" },
  ...{ any: "[_Any!]!", create: "CreateExecutionInput!", fresh: "CreateAssetInput!" },
};

const LABELS = {
  description: "What it is.",
  owner: "ada",
  tags: ["pii", "daily"],
  properties: { deep: [1] },
};
const PARTITIONS = {
  partitionConfig: { time: { granularity: "day" as const, start: new Date(0), timezone: "UTC" } },
};

beforeAll(async () => {
  const whole = () => newAsset({ ...LABELS, ...PARTITIONS });
  const global = await api.store.system.run(({ assets }) => assets.insert(whole()));
  const shop = api.store.newTenant();
  tenantId = shop.id;
  const create = { workflowId: "", idempotencyKey: "once" };
  await shop.run(async ({ assets, workflows, executions, dependencies }) => {
    const [asset, upstream, downstream] = [
      await assets.insert(whole()),
      await assets.insert(whole()),
      await assets.insert(whole()),
    ];
    for (const id of [global.id, upstream.id])
      await dependencies.insert({
        upstreamAssetId: id,
        downstreamAssetId: asset.id,
        dependencyType: "control",
        source: "dbt:shop",
      });
    await dependencies.insert({
      upstreamAssetId: asset.id,
      downstreamAssetId: downstream.id,
      dependencyType: "data",
    });
    const links = [asset, downstream].map(({ id }) => ({ assetId: id, role: "output" as const }));
    const workflow = await workflows.insert(newWorkflow({ ...LABELS, assets: links }));
    create.workflowId = workflow.id;
    await executions.insert({ workflowId: workflow.id });
    const { execution } = await executions.insertOrGet(create);
    Object.assign(variables, {
      ...{ asset: asset.id, workflow: workflow.id, execution: execution.id, create },
      any: [
        { __typename: "Asset", id: asset.id },
        { __typename: "Asset", name: upstream.name },
        { __typename: "Workflow", id: workflow.id },
        { __typename: "Workflow", name: workflow.name, version: 1 },
        { __typename: "Execution", id: execution.id },
        { __typename: "AssetDependency", id: (await dependencies.listAll(asset.id))[0]?.id },
      ],
    });
  });
  // Each at a moment of its own, so that no moment is told for another.
  const { asset, workflow, execution } = variables as Record<"asset" | "workflow" | "execution", string>;
  await shop.run(({ assets }) => assets.update(asset, { owner: "bob" }));
  await shop.run(({ workflows }) => workflows.update(workflow, { owner: "bob" }));
  await shop.run(({ executions }) => executions.update(execution, { state: "running" }));
  const failed = { state: "failed", errorMessage: "It broke." } as const;
  await shop.run(({ executions }) => executions.update(execution, failed));
});

/** How the objects of each type are come by: documents in which `...` stands for what is asked of them. */
const WAYS = {
  Asset: [
    "query { asset(id: $asset) { ... } }",
    "query { assets { nodes { ... } } }",
    'query { assets(filter: { owners: ["ada"] }, orderBy: { field: NAME, direction: ASC }) { edges { node { ... } } } }',
    "query { assets(first: 2, orderBy: { field: UPDATED_AT, direction: DESC }) { nodes { ... } } }",
    "query { workflow(id: $workflow) { assets { asset { ... } } } }",
    "query { asset(id: $asset) { upstream { nodes { upstream { ... } downstream { ... } } } } }",
    "query { lineage(assetId: $asset, direction: BOTH) { root { ... } nodes { asset { ... } } edges { upstream { ... } } } }",
    "query { impact(assetId: $asset) { nodes { asset { ... } blockedBy { ... } } } }",
    "query { _entities(representations: $any) { ... on Asset { ... } } }",
    "mutation { createExecution(input: $create) { execution { workflow { assets { asset { ... } } } } } }",
  ],
  Workflow: [
    "query { workflow(id: $workflow) { ... } }",
    "query { workflows { nodes { ... } } }",
    "query { workflows(filter: { latestOnly: true }, orderBy: { field: NAME, direction: DESC }) { edges { node { ... } } } }",
    "query { assets { nodes { workflows { nodes { ... } } } } }",
    "query { executions { nodes { workflow { ... } } } }",
    "query { _entities(representations: $any) { ... on Workflow { ... } } }",
    "mutation { createExecution(input: $create) { execution { workflow { ... } } } }",
  ],
  Execution: [
    "query { execution(id: $execution) { ... } }",
    "query { executions { nodes { ... } } }",
    "query { executions(filter: { states: [FAILED] }, orderBy: { field: STARTED_AT, direction: ASC }) { edges { node { ... } } } }",
    "query { workflows { nodes { executions(last: 10) { nodes { ... } } latestExecution { ... } } } }",
    "query { impact(assetId: $asset) { nodes { latestExecution { ... } } } }",
    "query { _entities(representations: $any) { ... on Execution { ... } } }",
    "mutation { createExecution(input: $create) { execution { ... } } }",
  ],
  AssetDependency: [
    "query { asset(id: $asset) { upstream { nodes { ... } } downstream { edges { node { ... } } } } }",
    "query { assets { nodes { upstream(first: 10) { nodes { ... } } downstream(last: 3) { nodes { ... } } } } }",
    "query { _entities(representations: $any) { ... on AssetDependency { ... } } }",
  ],
} as const;

type TypeName = keyof typeof WAYS;

/** The fields of a type, each with what of it is asked. */
function fieldsOf(typeName: string): [name: string, selected: string][] {
  const type = schema.getType(typeName);
  if (!isObjectType(type)) throw new Error(`${typeName} is no object`);
  return Object.values(type.getFields()).map(({ name, type }) => {
    const named = getNamedType(type);
    if (isLeafType(named)) return [name, name];
    if (isUnionType(named))
      return [name, `${name} { __typename ... on TimePartition { granularity start } }`];
    if (!isObjectType(named)) throw new Error(`what of ${name}?`);
    const { id, nodes, asset } = named.getFields();
    if (nodes !== undefined && id === undefined && named.name.endsWith("Connection"))
      return [name, `${name} { totalCount nodes { id } }`];
    return [name, `${name} { ${id ? "id" : asset ? "role asset { id }" : "nodeCount nodes { depth }"} }`];
  });
}

function ask(document: string, selection: string): Promise<unknown> {
  const text = document.replaceAll(/\.\.\.(?! on)/g, selection);
  const used = Object.entries(VARIABLE_TYPES).filter(([name]) => text.includes(`$${name}`));
  const declared = used.map(([name, type]) => `$${name}: ${type}`).join(", ");
  const given = Object.fromEntries(used.map(([name]) => [name, variables[name]]));
  return api.asTenant(tenantId).query(declared ? text.replace(" ", ` (${declared}) `) : text, given);
}

/** An answer with all fields as it is with one of them alone. */
function narrowed(answer: unknown, field: string): unknown {
  if (Array.isArray(answer)) return answer.map((item) => narrowed(item, field));
  if (typeof answer !== "object" || answer === null) return answer;
  const known = answer as Record<string, unknown>;
  if (`all_${field}` in known) return { row: known.row, value: known[`all_${field}`] };
  return Object.fromEntries(Object.entries(known).map(([name, value]) => [name, narrowed(value, field)]));
}

describe.each(Object.keys(WAYS) as TypeName[])("each field of %s asked for alone", (typeName) => {
  it.each(WAYS[typeName])("is what it is among all: %s", async (document) => {
    const fields = fieldsOf(typeName);
    const all = await ask(
      document,
      `row: id ${fields.map(([name, asked]) => `all_${name}: ${asked}`).join(" ")}`,
    );
    expect(JSON.stringify(all)).toContain(`"all_id":"`);
    for (const [name, asked] of fields) {
      const alone = await ask(document, `row: id value: ${asked}`);
      expect.soft(alone, name).toEqual(narrowed(all, name));
    }
  });

  it("is there in some answer, so that the above says something", async () => {
    const [, list] = WAYS[typeName];
    for (const [name, asked] of fieldsOf(typeName))
      expect.soft(JSON.stringify(await ask(list, `value: ${asked}`)), name).toMatch(/"value":(?!null)/);
  });
});

describe("cursors", () => {
  it.each([
    ...["assets", "workflows"].flatMap((list) =>
      ["CREATED_AT", "UPDATED_AT", "NAME"].map((field) => [list, field]),
    ),
    ...["CREATED_AT", "UPDATED_AT", "STARTED_AT"].map((field) => ["executions", field]),
  ])("of %s by %s are the same, whatever else is asked for", async (list, field) => {
    const rows = (selection: string) =>
      ask(`query { rows: ${list}(orderBy: { field: ${field}, direction: ASC }) { ... } }`, selection);
    const every = "createdAt updatedAt";
    const more = list === "executions" ? `${every} startedAt` : `${every} name tags`;
    const { rows: whole } = (await rows(
      `pageInfo { startCursor endCursor } edges { cursor node { ${more} } }`,
    )) as { rows: { pageInfo: object; edges: { cursor: string }[] } };
    expect(await rows("edges { cursor }")).toEqual({
      rows: { edges: whole.edges.map(({ cursor }) => ({ cursor })) },
    });
    expect(await rows("pageInfo { startCursor endCursor }")).toEqual({ rows: { pageInfo: whole.pageInfo } });
    expect(await rows("pageInfo { endCursor }")).toEqual({
      rows: { pageInfo: { endCursor: whole.edges.at(-1)?.cursor } },
    });
  });
});

describe("each field of a node, asked for alone, is what it is among all", () => {
  it.each([
    ["ImpactNode", "query { impact(assetId: $asset) { nodes { ... } } }"],
    ["LineageNode", "query { lineage(assetId: $asset, direction: BOTH) { nodes { ... } } }"],
  ])("%s", async (typeName, document) => {
    const fields = fieldsOf(typeName);
    const every = fields.map(([name, asked]) => `all_${name}: ${asked}`).join(" ");
    const all = await ask(document, `row: asset { id } ${every}`);
    for (const [name, asked] of fields) {
      const alone = await ask(document, `row: asset { id } value: ${asked}`);
      expect.soft(alone, name).toEqual(narrowed(all, name));
    }
    expect(JSON.stringify(all)).toContain(typeName === "ImpactNode" ? '"all_owner":"' : '"all_depth":1');
  });
});

describe("each field of what was just made, asked for alone", () => {
  it.each([
    ["Asset", "asset", "createAsset(input: $fresh)"],
    ["Execution", "execution", "createExecution(input: $create)"],
  ] as const)("is what it is when it is read: %s", async (typeName, field, mutation) => {
    const once = variables.create as { workflowId: string };
    for (const [name, asked] of fieldsOf(typeName)) {
      variables.fresh = { name: `fresh ${name}`, assetType: "table", ...LABELS };
      variables.create = { ...once, idempotencyKey: name };
      const selection = `id value: ${asked}`;
      const { made } = (await ask(`mutation { made: ${mutation} { ${field} { ... } } }`, selection)) as {
        made: Record<string, { id: string }>;
      };
      const read = await ask(`query { ${field}(id: "${made[field]?.id}") { ... } }`, selection);
      expect.soft(made, name).toEqual(read);
    }
    variables.create = once;
  });

  it("is all that is read of it", async () => {
    const start = api.statements.sent.length;
    variables.fresh = { name: "narrow", assetType: "table" };
    await ask("mutation { createAsset(input: $fresh) { asset { ... } } }", "id name");
    const [insert] = api.statements.sent.slice(start).filter((text) => text.startsWith("/* asset.insert */"));
    expect(insert).toMatch(/ returning "id", "name"$/);
  });
});

describe("a column that nobody asks for", () => {
  it.each([
    ["asset.page", "query { assets { nodes { ... } } }"],
    ["asset.findManyByIds", "query { asset(id: $asset) { ... } }"],
    ["workflow.page", "query { workflows { nodes { ... } } }"],
    ["workflow.pagesByAsset", "query { asset(id: $asset) { workflows { nodes { ... } } } }"],
    ["workflow.findManyByIds", "query { workflow(id: $workflow) { ... } }"],
    ["execution.page", "query { executions { nodes { ... } } }"],
    ["execution.pagesByWorkflow", "query { workflow(id: $workflow) { executions { nodes { ... } } } }"],
    ["execution.findManyByIds", "query { execution(id: $execution) { ... } }"],
    ["dependency.pagesByAsset", "query { asset(id: $asset) { upstream { nodes { ... } } } }"],
  ])("is not read by %s", async (name, document) => {
    const before = api.statements.sent.length;
    await ask(document, "id");
    const sent = api.statements.sent.slice(before).filter((text) => text.startsWith(`/* ${name} */`));
    expect(sent).toHaveLength(1);
    expect(sent.join()).not.toMatch(
      /updated_by|created_by|properties|tags|is_latest|error_message|last_seen_at/,
    );
  });
});
