import { beforeAll, describe, expect, it } from "vitest";
import type { InputPath } from "../../src/errors.ts";
import type { Repositories } from "../../src/modules/repositories.ts";
import { BAD_IDS, BAD_LABELS } from "../support/bad-input.ts";
import { newAsset, newWorkflow, UNKNOWN_ID } from "../support/factories.ts";
import { type Client, prepareApi } from "../support/graphql.ts";
import { createAsset, createWorkflow, createWorkflowVersion } from "../support/graphql-operations.ts";
import { hub, storeShape } from "../support/lineage-shapes.ts";

const api = prepareApi();

const ENTITIES = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
  __typename
  ... on Asset { id name tags }
  ... on Workflow { id name version }
  ... on Execution { id state }
  ... on AssetDependency { id dependencyType }
} }`;

interface Entity {
  readonly __typename: string;
  readonly id: string;
}
type Representation = Readonly<Record<string, unknown>>;

const ask = async (client: Client, representations: readonly unknown[], document = ENTITIES) =>
  (await client.query<{ _entities: readonly (Entity | null)[] }>(document, { representations }))._entities;
const idsOf = (entities: readonly (Entity | null)[]) => entities.map((entity) => entity?.id ?? null);

const asset = (key: object) => ({ __typename: "Asset", ...key });
const workflow = (key: object) => ({ __typename: "Workflow", ...key });

/** So many rows of each kind, and every way to name each. */
async function storeEach(repositories: Repositories, count: number): Promise<Representation[]> {
  const { assets, workflows, executions, dependencies } = repositories;
  const named = Array.from({ length: count }, () => newAsset());
  const stored = (await assets.upsertMany(named)).assets;
  const edges = await dependencies.insertMany(
    stored.slice(1).map(({ id: downstreamAssetId }) => ({
      ...{ upstreamAssetId: stored[0]?.id ?? "", downstreamAssetId, dependencyType: "data" as const },
    })),
  );
  const all: Representation[] = [
    ...stored.flatMap(({ id, name }) => [asset({ id }), asset({ name })]),
    ...edges.map(({ id }) => ({ __typename: "AssetDependency", id })),
  ];
  for (let made = 0; made < count; made += 1) {
    const { id, name, version } = await workflows.insert(newWorkflow());
    const { id: runId } = await executions.insert({ workflowId: id });
    all.push(workflow({ id }), workflow({ name, version }), { __typename: "Execution", id: runId });
  }
  return all;
}

describe("a thousand representations", () => {
  const Statements = [
    ...["asset.findManyByIds", "asset.findManyByNames", "dependency.findManyByIds"],
    ...["execution.findManyByIds", "workflow.findManyByIds", "workflow.findManyByVersions"],
  ];
  let named: readonly Representation[] = [];

  beforeAll(async () => {
    // Those of one type and key are not beside each other.
    const all = await api.store.asTenant("thousand", (repositories) => storeEach(repositories, 160));
    const mixed = all.map((_, index) => all[(index * 377) % all.length] as Representation);
    named = [...mixed, ...Array.from({ length: 1000 - all.length }, () => asset({ id: UNKNOWN_ID }))];
  });

  it("of all types and keys take as many statements as one of each", async () => {
    const client = api.asTenant("thousand");
    const few = await api.statements.during(() => ask(client, named.slice(0, 40)));
    const many = await api.statements.during(() => ask(client, named));
    expect(named).toHaveLength(1000);
    expect(many.toSorted()).toEqual(Statements);
    expect(few.toSorted()).toEqual(Statements);
  });

  it("are answered in their order, each by its type and key", async () => {
    const found = await ask(api.asTenant("thousand"), named);
    expect(found).toHaveLength(1000);
    found.forEach((entity, index) => {
      const expected = named[index]?.id === UNKNOWN_ID ? null : expect.objectContaining(named[index] ?? {});
      expect(entity).toEqual(expected);
    });
    expect(found.filter((entity) => entity !== null)).toHaveLength(959);
  });

  it("of another tenant's rows are null, by the same statements", async () => {
    const sent = await api.statements.during(async () => {
      expect(await ask(api.newTenant(), named)).toEqual(named.map(() => null));
    });
    expect(sent.toSorted()).toEqual(Statements);
  });

  it("and one more are refused before anything is read", async () => {
    const client = api.asTenant("thousand");
    const sent = await api.statements.during(async () => {
      const answer = await client.send(ENTITIES, { representations: [...named, asset({ name: "x" })] });
      expect(answer).toMatchObject({
        status: 400,
        data: undefined,
        errors: [
          {
            message: "A list has 1001 representations, more than 1000 (MAX_ENTITIES_PER_LOOKUP).",
            extensions: { code: "LIMIT_EXCEEDED" },
          },
        ],
      });
    });
    expect(sent).toEqual([]);
  });
});

it("what hangs on entities takes no more statements for many than for few", async () => {
  const document = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
    ... on Asset { id downstream { nodes { downstream { name } } } workflows { totalCount } }
    ... on Execution { id workflow { name } }
  } }`;
  const statementsFor = async (count: number) => {
    const tenant = api.newTenant();
    const all = await api.store.asTenant(tenant.tenantId, (repositories) => storeEach(repositories, count));
    return api.statements.during(() => ask(tenant, all, document));
  };
  const [few, many] = [await statementsFor(2), await statementsFor(20)];
  expect([...new Set(many)].sort()).toEqual([...new Set(few)].sort());
  // What is found by one key may come before what is found by the other.
  for (const name of many) expect(many.filter((each) => each === name).length, name).toBeLessThanOrEqual(2);
});

describe("a lineage of 500 nodes, joined with another subgraph", () => {
  const Walk = `query ($id: ID!) {
    lineage(assetId: $id, maxDepth: 5) { nodes { depth asset { __typename id name } } }
  }`;
  interface Walked {
    readonly lineage: { readonly nodes: readonly { readonly asset: Entity & { readonly name: string } }[] };
  }

  it.each([
    ["id", "asset.findManyByIds"],
    ["name", "asset.findManyByNames"],
  ] as const)("takes two statements to be walked, and one to come back by %s", async (key, statement) => {
    const { tenantId, idOf } = await storeShape(api.store, hub(500));
    const client = api.asTenant(tenantId);
    let walked: Walked["lineage"]["nodes"] = [];
    const there = await api.statements.during(async () => {
      walked = (await client.query<Walked>(Walk, { id: idOf(0) })).lineage.nodes;
    });
    expect(walked).toHaveLength(500);
    expect(there).toEqual(["lineage.walk", "asset.findManyByIds"]);
    // What a gateway hands on from the other subgraph, such as the assets that a dashboard reads.
    const named = walked.map(({ asset: found }) => asset({ [key]: found[key] }));
    const back = await api.statements.during(async () => {
      expect(idsOf(await ask(client, named))).toEqual(walked.map(({ asset: found }) => found.id));
    });
    expect(back).toEqual([statement]);
  });
});

describe("a key", () => {
  it("of names is the tenant's own object before a global one", async () => {
    const tenant = api.newTenant();
    const names = [newAsset().name, newAsset().name];
    const [shadowed, global] = await Promise.all(names.map((name) => createAsset(api.system, { name })));
    const own = await createAsset(tenant, { name: names[0] });
    const both = names.map((name) => asset({ name }));
    expect(idsOf(await ask(tenant, both))).toEqual([own.id, global?.id]);
    expect(idsOf(await ask(api.system, both))).toEqual([shadowed?.id, global?.id]);
    expect(idsOf(await ask(api.nobody, both))).toEqual([shadowed?.id, global?.id]);
    expect(idsOf(await ask(tenant, [asset({ id: shadowed?.id })]))).toEqual([shadowed?.id]);
  });

  it("of a name and a version is of the tenant's own workflow, whatever versions it has", async () => {
    const tenant = api.newTenant();
    const { name } = await createWorkflow(api.system);
    const second = await createWorkflowVersion(api.system, { name });
    const versions = [1, 2, 3].map((version) => workflow({ name, version }));
    expect(idsOf(await ask(tenant, versions))).toEqual([expect.any(String), second.id, null]);
    const own = await createWorkflow(tenant, { name });
    expect(idsOf(await ask(tenant, versions))).toEqual([own.id, null, null]);
    expect(idsOf(await ask(tenant, [workflow({ id: second.id })]))).toEqual([second.id]);
  });

  it("counts before those after it, and what is in no key does not count", async () => {
    const tenant = api.newTenant();
    const [one, other] = [await createAsset(tenant), await createAsset(tenant)];
    const named = [
      asset({ id: one.id, name: other.name, owner: 1 }),
      asset({ id: null, name: other.name }),
      asset({ id: one.id.toUpperCase(), constructor: null }),
    ];
    expect(idsOf(await ask(tenant, named))).toEqual([one.id, other.id, one.id]);
  });

  it("may be written into the document, or be a variable there", async () => {
    const tenant = api.newTenant();
    const { id, name } = await createAsset(tenant);
    const document = `query ($name: String!) {
      _entities(representations: [{ __typename: "Asset", name: $name }, { __typename: "Asset", id: "${id}" }]) {
        ... on Asset { id }
      }
    }`;
    expect(await tenant.query(document, { name })).toEqual({ _entities: [{ id }, { id }] });
  });
});

describe("a bad representation is refused in its place, and the others are answered:", () => {
  const Types = "must be one of Asset, AssetDependency, Execution, Workflow";
  const cases: readonly (readonly [what: string, representation: unknown, path: InputPath, rule: string])[] =
    [
      ["text", "Asset", [], "must be an object"],
      ["a number", 1, [], "must be an object"],
      ["a list", [asset({ id: UNKNOWN_ID })], [], "must be an object"],
      ["no type", { id: UNKNOWN_ID }, ["__typename"], Types],
      ["no such type", { __typename: "Dashboard", id: UNKNOWN_ID }, ["__typename"], Types],
      ["a type that is none", { __typename: ["Asset"], id: UNKNOWN_ID }, ["__typename"], Types],
      ["a type that is no entity", { __typename: "Query" }, ["__typename"], Types],
      ["a name that every object has", { __typename: "constructor" }, ["__typename"], Types],
      ["no key", asset({}), [], "must have id, or name"],
      ["a key of nothing", asset({ id: null, name: null }), [], "must have id, or name"],
      ["a part of a key", workflow({ name: "x" }), [], "must have id, or name and version"],
      ["another type's key", { __typename: "Execution", name: "x" }, [], "must have id"],
      ["a number as an id", asset({ id: 1 }), ["id"], "must be a UUID"],
      ["an object as a name", asset({ name: { toString: "x" } }), ["name"], "must be a string"],
      ["a long name", asset({ name: "x".repeat(256) }), ["name"], "must be at most 255 characters"],
      ["a version 0", workflow({ name: "x", version: 0 }), ["version"], "must be at least 1"],
      ["half a version", workflow({ name: "x", version: 1.5 }), ["version"], "must be a whole number"],
      ["a version in words", workflow({ name: "x", version: "1" }), ["version"], "must be a whole number"],
      [
        "a huge version",
        workflow({ name: "x", version: 2 ** 31 }),
        ["version"],
        "must be at most 2147483647",
      ],
      ...BAD_IDS.map(([what, id]) => [`${what} as an id`, asset({ id }), ["id"], "must be a UUID"] as const),
      ...BAD_LABELS.map(
        ([what, name]) => [`${what} in a name`, asset({ name }), ["name"], expect.any(String)] as const,
      ),
    ];

  it.each(cases)("%s", async (_, representation, path, rule) => {
    const tenant = api.newTenant();
    const { id } = await createAsset(tenant);
    const { status, data, errors } = await tenant.send(ENTITIES, {
      representations: [asset({ id }), representation, asset({ id })],
    });
    expect({ status, data }).toMatchObject({ status: 200, data: { _entities: [{ id }, null, { id }] } });
    expect(errors).toMatchObject([
      {
        path: ["_entities", 1],
        extensions: { code: "BAD_USER_INPUT", inputPath: ["representations", 1, ...path] },
      },
    ]);
    const place = ["representations[1]", ...path].join(".");
    expect(errors[0]?.message).toEqual(
      typeof rule === "string" ? `${place} ${rule}` : expect.stringContaining(place),
    );
  });

  it("and asks the database nothing", async () => {
    const sent = await api.statements.during(async () => {
      const { errors } = await api
        .newTenant()
        .send(ENTITIES, { representations: cases.map(([, representation]) => representation) });
      expect(errors).toHaveLength(cases.length);
    });
    expect(sent).toEqual([]);
  });
});

it.each([
  ["none at all", undefined],
  ["null", null],
  ["a list with null", [null]],
])("representations that are %s are refused whole", async (_, representations) => {
  const { data, errors } = await api.newTenant().send(ENTITIES, { representations });
  expect(data).toBeUndefined();
  expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", inputPath: expect.anything() } }]);
});

it("what lies deep within a representation is passed over", async () => {
  const tenant = api.newTenant();
  const { id } = await createAsset(tenant);
  const nested = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  const body = JSON.stringify({
    query: ENTITIES,
    variables: { representations: [asset({ id, more: "DEEP" })] },
  }).replace('"DEEP"', nested);
  const response = await api.fetch("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", "x-tenant-id": tenant.tenantId },
    body,
  });
  expect(await response.json()).toMatchObject({ data: { _entities: [{ id }] } });
});
