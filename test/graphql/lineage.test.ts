import { describe, expect, it } from "vitest";
import { UNKNOWN_ID } from "../support/factories.ts";
import { type Client, prepareApi } from "../support/graphql.ts";
import { createAsset, createAssets, link, mutate } from "../support/graphql-operations.ts";
import { present } from "../support/present.ts";

const api = prepareApi();

interface Lineage {
  readonly direction: string;
  readonly completeness: string;
  readonly nodeCount: number;
  readonly edgeCount: number;
  readonly maxDepthReached: number;
  readonly root: { readonly name: string } | null;
  readonly nodes: readonly {
    readonly depth: number;
    readonly upstreamDepth: number | null;
    readonly downstreamDepth: number | null;
    readonly asset: { readonly id: string; readonly name: string } | null;
  }[];
  readonly edges: readonly {
    readonly id: string;
    readonly upstream: { readonly name: string } | null;
    readonly downstream: { readonly name: string } | null;
    readonly dependencyType: string;
  }[];
}

async function lineage(client: Client, assetId: string, request: object = {}): Promise<Lineage | null> {
  const data = await client.query<{ lineage: Lineage | null }>(
    `query ($assetId: ID!, $direction: LineageDirection! = BOTH, $maxDepth: Int! = 5, $maxNodes: Int! = 500) {
      lineage(assetId: $assetId, direction: $direction, maxDepth: $maxDepth, maxNodes: $maxNodes) {
        direction completeness nodeCount edgeCount maxDepthReached root { name }
        nodes { depth upstreamDepth downstreamDepth asset { id name } }
        edges { id upstream { name } downstream { name } dependencyType }
      }
    }`,
    { assetId, ...request },
  );
  return data.lineage;
}

/** A lineage as text: `name:depth …` and `upstream>downstream …`. */
async function walk(client: Client, assetId: string, request: object = {}) {
  const { nodes, edges, nodeCount, edgeCount, maxDepthReached, completeness } = present(
    await lineage(client, assetId, request),
  );
  expect([nodeCount, edgeCount]).toEqual([nodes.length, edges.length]);
  expect(maxDepthReached).toBe(Math.max(...nodes.map(({ depth }) => depth)));
  return {
    nodes: nodes.map(({ asset, depth }) => `${asset?.name}:${depth}`).join(" "),
    edges: edges
      .map(({ upstream, downstream }) => `${upstream?.name}>${downstream?.name}`)
      .toSorted()
      .join(" "),
    completeness,
  };
}

/** Assets of a tenant's own, named by the letters of edges such as `a>b`, in the order of the letters. */
async function graph(client: Client, text: string): Promise<Readonly<Record<string, string>>> {
  const edges = text.split(" ").map((edge) => edge.split(">"));
  const names = [...new Set(edges.flat())].sort();
  const ids = Object.fromEntries((await createAssets(client, names)).map(({ name, id }) => [name, id]));
  await link(
    client,
    edges.map(([from = "", to = ""]) => [ids[from] ?? "", ids[to] ?? ""]),
  );
  return ids;
}

describe("lineage", () => {
  it("walks both ways 5 deep unless asked otherwise", async () => {
    const tenant = api.newTenant();
    const { g } = await graph(tenant, "a>b b>c c>d d>e e>f f>g g>h h>i i>j j>k k>l l>m");
    const data = await tenant.query(
      `query ($g: ID!) {
        lineage(assetId: $g) { direction completeness root { name } nodes { asset { name } } }
      }`,
      { g },
    );
    expect(data).toEqual({
      lineage: {
        direction: "BOTH",
        completeness: "DEPTH_LIMITED",
        root: { name: "g" },
        nodes: [..."gfheidjckbl"].map((name) => ({ asset: { name } })),
      },
    });
  });

  it("walks upstream, downstream or both, and both is not the neighbourhood", async () => {
    const tenant = api.newTenant();
    const { c = "" } = await graph(tenant, "a>b b>c c>d d>e x>d b>y");
    expect(await walk(tenant, c, { direction: "UPSTREAM" })).toEqual({
      nodes: "c:0 b:1 a:2",
      edges: "a>b b>c",
      completeness: "COMPLETE",
    });
    expect(await walk(tenant, c, { direction: "DOWNSTREAM" })).toEqual({
      nodes: "c:0 d:1 e:2",
      edges: "c>d d>e",
      completeness: "COMPLETE",
    });
    expect(await walk(tenant, c)).toEqual({
      nodes: "c:0 b:1 d:1 a:2 e:2",
      edges: "a>b b>c c>d d>e",
      completeness: "COMPLETE",
    });
  });

  it("shows each asset once at its shortest depth, and each edge once", async () => {
    const tenant = api.newTenant();
    const { a = "", b = "", d = "" } = await graph(tenant, "a>b a>c b>d c>d d>e a>e");
    await mutate(tenant, "createAssetDependency", {
      upstreamAssetId: a,
      downstreamAssetId: b,
      dependencyType: "CONTROL",
    });
    expect(await walk(tenant, a, { direction: "DOWNSTREAM" })).toEqual({
      nodes: "a:0 b:1 c:1 e:1 d:2",
      edges: "a>b a>b a>c a>e b>d c>d d>e",
      completeness: "COMPLETE",
    });
    const between = present(await lineage(tenant, d, { direction: "UPSTREAM" }));
    expect(between.edges.map(({ dependencyType }) => dependencyType).sort()).toEqual([
      "CONTROL",
      "DATA",
      "DATA",
      "DATA",
      "DATA",
    ]);
  });

  it("ends in cycles, and tells both distances", async () => {
    const tenant = api.newTenant();
    const { a = "" } = await graph(tenant, "a>b b>c c>a c>d");
    expect(await walk(tenant, a)).toEqual({
      nodes: "a:0 b:1 c:1 d:3",
      edges: "a>b b>c c>a c>d",
      completeness: "COMPLETE",
    });
    const { nodes } = present(await lineage(tenant, a));
    expect(
      nodes.map(({ asset, upstreamDepth, downstreamDepth }) => [asset?.name, upstreamDepth, downstreamDepth]),
    ).toEqual([
      ["a", 0, 0],
      ["b", 2, 1],
      ["c", 1, 2],
      ["d", null, 3],
    ]);
  });

  it("of 40 stacked diamonds is not lost in their 2^40 paths", async () => {
    const tenant = api.newTenant();
    const edges = Array.from(
      { length: 40 },
      (_, n) => `t${n}>l${n} t${n}>r${n} l${n}>t${n + 1} r${n}>t${n + 1}`,
    );
    const ids = await graph(tenant, edges.join(" "));
    const whole = { direction: "DOWNSTREAM", maxDepth: 100 };
    expect(await lineage(tenant, ids.t0 ?? "", whole)).toMatchObject({
      nodeCount: 121,
      edgeCount: 160,
      maxDepthReached: 80,
      completeness: "COMPLETE",
    });
  });

  it("says DEPTH_LIMITED where something lies deeper", async () => {
    const tenant = api.newTenant();
    const { a = "", d = "" } = await graph(tenant, "a>b b>c c>d");
    const down = (maxDepth: number) => walk(tenant, a, { direction: "DOWNSTREAM", maxDepth });
    expect(await down(0)).toEqual({ nodes: "a:0", edges: "", completeness: "DEPTH_LIMITED" });
    expect(await down(2)).toEqual({ nodes: "a:0 b:1 c:2", edges: "a>b b>c", completeness: "DEPTH_LIMITED" });
    expect((await down(3)).completeness).toBe("COMPLETE");
    expect(await walk(tenant, d, { direction: "DOWNSTREAM", maxDepth: 0 })).toEqual({
      nodes: "d:0",
      edges: "",
      completeness: "COMPLETE",
    });
  });

  it("says NODE_LIMITED where the budget cuts, keeps the nearest, and only edges between them", async () => {
    const tenant = api.newTenant();
    const { a = "", e = "" } = await graph(tenant, "a>b a>c a>d b>e c>e e>f");
    const down = (maxNodes: number) => walk(tenant, a, { direction: "DOWNSTREAM", maxNodes });
    expect(await down(1)).toEqual({ nodes: "a:0", edges: "", completeness: "NODE_LIMITED" });
    expect(await down(3)).toEqual({ nodes: "a:0 b:1 c:1", edges: "a>b a>c", completeness: "NODE_LIMITED" });
    expect(await down(5)).toMatchObject({ nodes: "a:0 b:1 c:1 d:1 e:2", completeness: "NODE_LIMITED" });
    expect(await down(6)).toMatchObject({ completeness: "COMPLETE" });
    expect(await walk(tenant, e, { maxNodes: 4 })).toEqual({
      nodes: "e:0 b:1 c:1 f:1",
      edges: "b>e c>e e>f",
      completeness: "NODE_LIMITED",
    });
    expect(await walk(tenant, e, { maxDepth: 1, maxNodes: 4 })).toMatchObject({
      completeness: "DEPTH_LIMITED",
    });
  });

  it("is null for an asset that does not exist, and for another tenant's", async () => {
    const [tenant, other] = [api.newTenant(), api.newTenant()];
    const { a = "" } = await graph(other, "a>b");
    for (const client of [tenant, api.system, api.nobody]) {
      expect(await lineage(client, UNKNOWN_ID)).toBeNull();
      expect(await lineage(client, a)).toBeNull();
    }
  });

  it("passes global assets, and shows of what hangs on them only the tenant's own and what is global", async () => {
    const [tenant, other] = [api.newTenant(), api.newTenant()];
    const { u = "", v = "" } = await graph(api.system, "u>v v>w");
    const [mine, next] = [
      await createAsset(tenant, { name: "mine" }),
      await createAsset(tenant, { name: "next" }),
    ];
    const theirs = await createAsset(other, { name: "theirs" });
    await link(tenant, [
      [v, mine.id],
      [mine.id, next.id],
    ]);
    await link(other, [[v, theirs.id]]);
    expect(await walk(tenant, next.id)).toEqual({
      nodes: "next:0 mine:1 v:2 u:3",
      edges: "mine>next u>v v>mine",
      completeness: "COMPLETE",
    });
    expect(await walk(tenant, u, { direction: "DOWNSTREAM" })).toEqual({
      nodes: "u:0 v:1 w:2 mine:2 next:3",
      edges: "mine>next u>v v>mine v>w",
      completeness: "COMPLETE",
    });
    expect(await walk(other, u)).toMatchObject({ nodes: "u:0 v:1 w:2 theirs:2" });
    for (const client of [api.system, api.nobody]) {
      expect(await walk(client, u)).toEqual({
        nodes: "u:0 v:1 w:2",
        edges: "u>v v>w",
        completeness: "COMPLETE",
      });
    }
  });

  it("shows what was linked and unlinked at once", async () => {
    const tenant = api.newTenant();
    const { a = "", c = "" } = await graph(tenant, "a>b b>c");
    const [edge] = await link(tenant, [[a, c]]);
    expect(await walk(tenant, c)).toMatchObject({ nodes: "c:0 a:1 b:1" });
    await mutate(tenant, "deleteAssetDependency", { id: present(edge).id });
    expect(await walk(tenant, c)).toMatchObject({ nodes: "c:0 b:1 a:2" });
  });

  it.each([
    [{ assetId: "x" }, "assetId must be a UUID", "assetId"],
    [{ maxDepth: -1 }, "maxDepth must be a whole number from 0 to 1000", "maxDepth"],
    [{ maxDepth: 1001 }, "maxDepth must be a whole number from 0 to 1000", "maxDepth"],
    [{ maxNodes: 0 }, "maxNodes must be a whole number from 1 to 10000", "maxNodes"],
    [{ maxNodes: 10_001 }, "maxNodes must be a whole number from 1 to 10000", "maxNodes"],
  ])("refuses %j", async (wrong, message, field) => {
    const error = await api.newTenant().refusal(
      `query ($assetId: ID!, $maxDepth: Int! = 5, $maxNodes: Int! = 5) {
        lineage(assetId: $assetId, maxDepth: $maxDepth, maxNodes: $maxNodes) { nodeCount }
      }`,
      { assetId: UNKNOWN_ID, ...wrong },
    );
    expect(error).toMatchObject({
      message,
      path: ["lineage"],
      extensions: { code: "BAD_USER_INPUT", inputPath: [field] },
    });
  });
});
