import { describe, expect, it } from "vitest";
import { UNKNOWN_ID } from "../support/factories.ts";
import { type Client, prepareApi } from "../support/graphql.ts";
import {
  createAsset,
  createAssets,
  type DependencyNode,
  link,
  mutate,
  mutation,
} from "../support/graphql-operations.ts";
import { codeIn, sectionOf } from "../support/readme.ts";

const api = prepareApi();

const create = (
  client: Client,
  upstreamAssetId: string,
  downstreamAssetId: string,
  dependencyType = "DATA",
) =>
  mutate<{ dependency: DependencyNode }>(client, "createAssetDependency", {
    upstreamAssetId,
    downstreamAssetId,
    dependencyType,
  }).then(({ dependency }) => dependency);

async function twoAssets(client: Client): Promise<readonly [string, string]> {
  return [(await createAsset(client)).id, (await createAsset(client)).id];
}

/** How many dependencies lead to an asset. */
const upstreamCount = (client: Client, id: string) =>
  client
    .query<{ asset: { upstream: { totalCount: number } } }>(
      "query ($id: ID!) { asset(id: $id) { upstream { totalCount } } }",
      { id },
    )
    .then(({ asset }) => asset.upstream.totalCount);

describe("createAssetDependency", () => {
  it("shows what was stored, and so do both assets", async () => {
    const tenant = api.newTenant();
    const [upstream, downstream] = await twoAssets(tenant);
    const dependency = await create(tenant, upstream, downstream, "METADATA");
    expect(dependency).toEqual({
      id: expect.any(String),
      upstream: { id: upstream },
      downstream: { id: downstream },
      dependencyType: "METADATA",
      sources: ["api"],
      lastSeenAt: expect.any(String),
      validFrom: expect.any(String),
      createdAt: expect.any(String),
    });
    const { id } = dependency;
    const sides = `query ($upstream: ID!, $downstream: ID!) {
      upstream: asset(id: $upstream) { upstream { nodes { id } } downstream { nodes { id } } }
      downstream: asset(id: $downstream) { upstream { nodes { id } } downstream { nodes { id } } }
    }`;
    expect(await tenant.query(sides, { upstream, downstream })).toEqual({
      upstream: { upstream: { nodes: [] }, downstream: { nodes: [{ id }] } },
      downstream: { upstream: { nodes: [{ id }] }, downstream: { nodes: [] } },
    });
  });

  it("makes each type between the same assets once", async () => {
    const tenant = api.newTenant();
    const [upstream, downstream] = await twoAssets(tenant);
    for (const dependencyType of ["DATA", "METADATA", "CONTROL"]) {
      await create(tenant, upstream, downstream, dependencyType);
      const error = await tenant.refusal(mutation("createAssetDependency"), {
        input: { upstreamAssetId: upstream, downstreamAssetId: downstream, dependencyType },
      });
      expect(error).toMatchObject({
        message: "A dependency of this type between these assets exists already.",
        extensions: { code: "CONFLICT" },
      });
    }
    expect(await upstreamCount(tenant, downstream)).toBe(3);
  });

  it("may close a cycle, but not with one asset alone", async () => {
    const tenant = api.newTenant();
    const [one, two] = await twoAssets(tenant);
    await create(tenant, one, two);
    await create(tenant, two, one);
    const error = await tenant.refusal(mutation("createAssetDependency"), {
      input: { upstreamAssetId: one, downstreamAssetId: one.toUpperCase(), dependencyType: "DATA" },
    });
    expect(error).toMatchObject({
      message: "input.downstreamAssetId must not be the upstream asset itself",
      extensions: { code: "BAD_USER_INPUT", inputPath: ["input", "downstreamAssetId"] },
    });
  });

  it.each(["upstreamAssetId", "downstreamAssetId"])("needs the asset of %s", async (end) => {
    const tenant = api.newTenant();
    const [upstreamAssetId, downstreamAssetId] = await twoAssets(tenant);
    const input = { upstreamAssetId, downstreamAssetId, dependencyType: "DATA", [end]: UNKNOWN_ID };
    expect(await tenant.refusal(mutation("createAssetDependency"), { input })).toMatchObject({
      message: `No asset has the id ${UNKNOWN_ID}.`,
      extensions: { code: "NOT_FOUND" },
    });
  });
});

it("deleteAssetDependency deletes it once, and leaves the assets", async () => {
  const tenant = api.newTenant();
  const [upstream, downstream] = await twoAssets(tenant);
  const { id } = await create(tenant, upstream, downstream);
  expect(await mutate(tenant, "deleteAssetDependency", { id })).toEqual({ deletedId: id, dependency: null });
  expect(await upstreamCount(tenant, downstream)).toBe(0);
  expect(await tenant.refusal(mutation("deleteAssetDependency"), { input: { id } })).toMatchObject({
    message: `No dependency has the id ${id}.`,
    extensions: { code: "NOT_FOUND" },
  });
});

describe("the sources of a dependency", () => {
  it("are added by createAssetDependency, and withdrawn by deleteAssetDependency until none is left", async () => {
    const tenant = api.newTenant();
    const [upstreamAssetId, downstreamAssetId] = await twoAssets(tenant);
    const input = { upstreamAssetId, downstreamAssetId, dependencyType: "DATA" };
    const made = await create(tenant, upstreamAssetId, downstreamAssetId);
    const { dependency } = await mutate<{ dependency: DependencyNode }>(tenant, "createAssetDependency", {
      ...input,
      source: "dbt:shop",
    });
    expect(dependency).toMatchObject({ id: made.id, sources: ["api", "dbt:shop"] });
    expect(
      await tenant.refusal(mutation("createAssetDependency"), { input: { ...input, source: "dbt:shop" } }),
    ).toMatchObject({ extensions: { code: "CONFLICT" } });

    const withdraw = { id: made.id, source: "api" };
    expect(await mutate(tenant, "deleteAssetDependency", withdraw)).toEqual({
      deletedId: null,
      dependency: { ...dependency, sources: ["dbt:shop"] },
    });
    expect(await tenant.refusal(mutation("deleteAssetDependency"), { input: withdraw })).toMatchObject({
      message: `No source "api" asserts the dependency ${made.id}.`,
      extensions: { code: "NOT_FOUND" },
    });
    expect(await upstreamCount(tenant, downstreamAssetId)).toBe(1);
    expect(
      await mutate(tenant, "deleteAssetDependency", { id: made.id.toUpperCase(), source: "dbt:shop" }),
    ).toEqual({ deletedId: made.id, dependency: null });
    expect(await upstreamCount(tenant, downstreamAssetId)).toBe(0);
  });

  it("do not keep a dependency that is deleted without naming one; null is api", async () => {
    const tenant = api.newTenant();
    const [upstreamAssetId, downstreamAssetId] = await twoAssets(tenant);
    const dependencies = [{ upstreamAssetId, downstreamAssetId, dependencyType: "DATA", source: "one" }];
    const made = await mutate<{ dependencies: readonly DependencyNode[] }>(
      tenant,
      "createAssetDependencies",
      { dependencies },
    );
    const id = made.dependencies[0]?.id;
    const { dependency } = await mutate<{ dependency: DependencyNode }>(tenant, "createAssetDependency", {
      ...dependencies[0],
      source: null,
    });
    expect(dependency).toMatchObject({ id, sources: ["one", "api"] });
    expect(await mutate(tenant, "deleteAssetDependency", { id, source: null })).toEqual({
      deletedId: id,
      dependency: null,
    });
  });
});

describe("replaceUpstreams", () => {
  it("makes, keeps and ends, and shows what the source asserts now", async () => {
    const tenant = api.newTenant();
    const assets = await createAssets(tenant, ["down", "up_a", "up_b", "up_c"]);
    const [down = "", a = "", b = "", c = ""] = assets.map(({ id }) => id);
    const replace = (source: string | undefined, ...ids: string[]) =>
      mutate<{ dependencies: readonly DependencyNode[] }>(tenant, "replaceUpstreams", {
        assetId: down,
        upstream: ids.map((assetId) => ({ assetId, dependencyType: "DATA" })),
        ...(source === undefined ? {} : { source }),
      });
    expect(await replace("one", b, a)).toMatchObject({
      asset: { id: down, name: "down" },
      dependencies: [
        { upstream: { id: b }, downstream: { id: down }, sources: ["one"] },
        { upstream: { id: a }, downstream: { id: down }, sources: ["one"] },
      ],
      createdCount: 2,
      endedCount: 0,
    });
    await replace(undefined, a);
    expect(await replace("one", c)).toMatchObject({
      dependencies: [{ upstream: { id: c } }],
      createdCount: 1,
      endedCount: 1,
    });
    expect(await upstreamCount(tenant, down)).toBe(2);
    expect(await replace("one")).toMatchObject({ dependencies: [], createdCount: 0, endedCount: 1 });
    expect(await upstreamCount(tenant, down)).toBe(1);
  });

  it("works as README.md shows", async () => {
    const tenant = api.newTenant();
    const assets = await createAssets(tenant, ["report", "orders"]);
    const [assetId = "", upstreamId = ""] = assets.map(({ id }) => id);
    const example = codeIn(sectionOf("Reporting dependencies"), "graphql");
    const dependencies = [
      {
        upstream: { name: "orders" },
        sources: ["nightly"],
        lastSeenAt: expect.any(String),
        validFrom: expect.any(String),
      },
    ];
    for (const createdCount of [1, 0]) {
      expect(await tenant.query(example, { assetId, upstreamId })).toEqual({
        replaceUpstreams: { createdCount, endedCount: 0, dependencies },
      });
    }
  });

  it("needs its assets", async () => {
    const tenant = api.newTenant();
    const { id } = await createAsset(tenant);
    const upstream = [{ assetId: UNKNOWN_ID, dependencyType: "DATA" }];
    for (const input of [
      { assetId: UNKNOWN_ID, upstream: [] },
      { assetId: id, upstream },
    ]) {
      expect(await tenant.refusal(mutation("replaceUpstreams"), { input })).toMatchObject({
        message: `No asset has the id ${UNKNOWN_ID}.`,
        extensions: { code: "NOT_FOUND" },
      });
    }
  });
});

describe("createAssetDependencies", () => {
  const data = (upstreamAssetId: string, downstreamAssetId: string) => ({
    upstreamAssetId,
    downstreamAssetId,
    dependencyType: "DATA",
  });

  it("shows them in the order given", async () => {
    const tenant = api.newTenant();
    const [a, b, c] = (await createAssets(tenant, ["order_a", "order_b", "order_c"])).map(({ id }) => id);
    const edges = [
      [b ?? "", c ?? ""],
      [a ?? "", c ?? ""],
      [a ?? "", b ?? ""],
    ] as const;
    const made = await link(tenant, edges);
    expect(made.map(({ upstream, downstream }) => [upstream?.id, downstream?.id])).toEqual(edges);
  });

  it("takes 1,000, and refuses 1,001 and none", async () => {
    const tenant = api.newTenant();
    const hub = await createAsset(tenant);
    const spokes = await createAssets(
      tenant,
      Array.from({ length: 1000 }, (_, index) => `spoke_${index}`),
    );
    const dependencies = spokes.map(({ id }) => data(id, hub.id));
    const tooMany = [...dependencies, data(hub.id, spokes[0]?.id ?? "")];
    for (const [wrong, rule] of [
      [tooMany, "must have at most 1000 items"],
      [[], "must have at least one item"],
    ] as const) {
      const error = await tenant.refusal(mutation("createAssetDependencies"), {
        input: { dependencies: wrong },
      });
      expect(error).toMatchObject({
        message: `input.dependencies ${rule}`,
        extensions: { code: "BAD_USER_INPUT", inputPath: ["input", "dependencies"] },
      });
    }
    expect(await upstreamCount(tenant, hub.id)).toBe(0);
    await mutate(tenant, "createAssetDependencies", { dependencies });
    expect(await upstreamCount(tenant, hub.id)).toBe(1000);
  });

  it("makes none where one cannot be made", async () => {
    const tenant = api.newTenant();
    const [hub, one, two] = (await createAssets(tenant, ["hub", "one", "two"])).map(({ id }) => id);
    const [good, other] = [data(one ?? "", hub ?? ""), data(two ?? "", hub ?? "")];
    await mutate(tenant, "createAssetDependency", other);
    const wrongs = [
      [[good, data(UNKNOWN_ID, hub ?? "")], "NOT_FOUND", `No asset has the id ${UNKNOWN_ID}.`],
      [[good, other], "CONFLICT", "A dependency of this type between these assets exists already."],
      [[good, good], "BAD_USER_INPUT", "input.dependencies[1] must not repeat"],
      [
        [good, data(hub ?? "", hub ?? "")],
        "BAD_USER_INPUT",
        "input.dependencies[1].downstreamAssetId must not be the upstream asset itself",
      ],
      [
        [good, data("x", hub ?? "")],
        "BAD_USER_INPUT",
        "input.dependencies[1].upstreamAssetId must be a UUID",
      ],
    ] as const;
    for (const [dependencies, code, message] of wrongs) {
      const error = await tenant.refusal(mutation("createAssetDependencies"), { input: { dependencies } });
      expect(error).toMatchObject({ message, extensions: { code } });
    }
    expect(await upstreamCount(tenant, hub ?? "")).toBe(1);
  });
});
