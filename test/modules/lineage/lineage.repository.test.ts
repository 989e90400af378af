import { describe, expect, it } from "vitest";
import type { LineageRequest } from "../../../src/modules/lineage/lineage.input.ts";
import { storeAsset, storeAssets, UNKNOWN_ID } from "../../support/factories.ts";
import { present } from "../../support/present.ts";
import { type Party, prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

/** A graph of a tenant's own: each edge as `a>b`, names of one letter. */
async function graph(...edges: string[]) {
  const tenant = storage.newTenant();
  const names = [...new Set(edges.flatMap((edge) => edge.split(">")))];
  const stored = await storeAssets(tenant, names);
  const ids = new Map(stored.map(({ name, id }) => [name, id]));
  await tenant.run(({ dependencies }) =>
    dependencies.insertMany(
      edges.map((edge) => {
        const [up, down] = edge.split(">").map((name) => present(ids.get(name)));
        return { upstreamAssetId: present(up), downstreamAssetId: present(down), dependencyType: "data" };
      }),
    ),
  );
  return { tenant, ids, names: new Map([...ids].map(([name, id]) => [id, name])) };
}

type Graph = Awaited<ReturnType<typeof graph>>;

/** The walk as text: the names of each depth, then how whole it is. */
async function walk(
  { tenant, ids, names }: Graph,
  root: string,
  request: Omit<LineageRequest, "assetId"> = {},
) {
  return tenant.run(async ({ lineage }) => {
    const found = present(await lineage.find({ assetId: present(ids.get(root)), ...request }));
    const levels: string[] = [];
    for (const { assetId, depth } of found.nodes) {
      levels[depth] = [...(levels[depth] ?? ""), present(names.get(assetId))].toSorted().join("");
    }
    const [answer] = await lineage.findEdges([found]);
    const edges = present(answer).edges.map(
      (edge) => `${names.get(edge.upstreamAssetId)}>${names.get(edge.downstreamAssetId)}`,
    );
    expect(found.maxDepthReached).toBe(levels.length - 1);
    return { levels: levels.join(" "), edges: edges.toSorted().join(" "), completeness: found.completeness };
  });
}

const upstream = { direction: "upstream" } as const;
const downstream = { direction: "downstream" } as const;

describe("a walk over the lineage", () => {
  it("goes upstream, downstream, or both ways", async () => {
    const chain = await graph("a>b", "b>c", "c>d", "d>e", "x>d");
    expect(await walk(chain, "c", upstream)).toEqual({
      levels: "c b a",
      edges: "a>b b>c",
      completeness: "COMPLETE",
    });
    expect(await walk(chain, "c", downstream)).toMatchObject({ levels: "c d e", edges: "c>d d>e" });
    // The union of the two walks: what else flows into a downstream asset is no part of it.
    expect(await walk(chain, "c")).toMatchObject({ levels: "c bd ae", edges: "a>b b>c c>d d>e" });
  });

  it("shows each asset once, at its shortest distance", async () => {
    const diamonds = await graph("a>b", "a>c", "b>d", "c>d", "d>e", "a>e", "e>f");
    expect(await walk(diamonds, "a", downstream)).toEqual({
      levels: "a bce df",
      edges: "a>b a>c a>e b>d c>d d>e e>f",
      completeness: "COMPLETE",
    });
  });

  it("ends in cycles", async () => {
    const cycle = await graph("a>b", "b>c", "c>a", "c>d");
    expect(await walk(cycle, "a", downstream)).toMatchObject({ levels: "a b c d", completeness: "COMPLETE" });
    expect(await walk(cycle, "b", upstream)).toMatchObject({ levels: "b a c", edges: "a>b b>c c>a" });
    const both = await cycle.tenant.run(({ lineage }) =>
      lineage.find({ assetId: present(cycle.ids.get("a")) }),
    );
    const b = both?.nodes.find(({ assetId }) => assetId === cycle.ids.get("b"));
    expect(b).toMatchObject({ depth: 1, upstreamDepth: 2, downstreamDepth: 1 });
  });

  it("of stacked diamonds takes each level once, however many paths there are", async () => {
    const letters = [..."abcdefghijklmnopqrstuvwxy"];
    const edges: string[] = [];
    for (let top = 0; top + 3 < letters.length; top += 3) {
      const [from, left, right, to] = letters.slice(top, top + 4);
      edges.push(`${from}>${left}`, `${from}>${right}`, `${left}>${to}`, `${right}>${to}`);
    }
    const stacked = await graph(...edges);
    const { levels } = await walk(stacked, "a", { ...downstream, maxDepth: 100 });
    expect(levels.split(" ")).toHaveLength(17);
    expect(levels.replaceAll(" ", "")).toHaveLength(25);
  });

  it("stops at the depth asked for, and says whether more lies beyond", async () => {
    const chain = await graph("a>b", "b>c", "c>d");
    const to = (maxDepth: number) => walk(chain, "a", { ...downstream, maxDepth });
    expect(await to(0)).toEqual({ levels: "a", edges: "", completeness: "DEPTH_LIMITED" });
    expect(await to(2)).toEqual({ levels: "a b c", edges: "a>b b>c", completeness: "DEPTH_LIMITED" });
    expect(await to(3)).toMatchObject({ levels: "a b c d", completeness: "COMPLETE" });
    expect(await walk(chain, "d", { ...downstream, maxDepth: 0 })).toMatchObject({
      completeness: "COMPLETE",
    });
  });

  it("keeps the nearest within the budget, with the edges among them", async () => {
    const fan = await graph("a>b", "a>c", "a>d", "b>e", "c>e", "e>f");
    const within = (maxNodes: number) => walk(fan, "a", { ...downstream, maxNodes });
    expect(await within(1)).toEqual({ levels: "a", edges: "", completeness: "NODE_LIMITED" });
    expect(await within(4)).toEqual({ levels: "a bcd", edges: "a>b a>c a>d", completeness: "NODE_LIMITED" });
    expect(await within(5)).toMatchObject({ levels: "a bcd e", completeness: "NODE_LIMITED" });
    expect(await within(6)).toMatchObject({ levels: "a bcd e f", completeness: "COMPLETE" });
    const some = await within(3);
    expect(some.levels).toMatch(/^a (bc|bd|cd)$/);
    expect(some.completeness).toBe("NODE_LIMITED");
    expect(await walk(fan, "e", { maxNodes: 4 })).toMatchObject({
      levels: "e bcf",
      completeness: "NODE_LIMITED",
    });
  });

  it("from an asset on its own is that asset", async () => {
    const tenant = storage.newTenant();
    const { id } = await storeAsset(tenant);
    expect(await tenant.run(({ lineage }) => lineage.find({ assetId: id.toUpperCase() }))).toEqual({
      rootId: id,
      direction: "both",
      completeness: "COMPLETE",
      nodes: [{ assetId: id, depth: 0, upstreamDepth: 0, downstreamDepth: 0 }],
      maxDepthReached: 0,
      maxEdges: 10_000,
      dependencyTypes: null,
      asOf: null,
      walkedIds: [id],
    });
  });
});

describe("a walk sees what its tenant sees", () => {
  const find = (party: Party, assetId: string) => party.run(({ lineage }) => lineage.find({ assetId }));
  const idsOf = async (party: Party, assetId: string) =>
    present(await find(party, assetId)).nodes.map((node) => node.assetId);

  it("an asset that is not there, or another tenant's, has no lineage", async () => {
    const [tenant, other] = [storage.newTenant(), storage.newTenant()];
    const foreign = await storeAsset(other);
    expect(await find(tenant, UNKNOWN_ID)).toBeNull();
    expect(await find(tenant, foreign.id)).toBeNull();
    expect(await find(storage.nobody, foreign.id)).toBeNull();
  });

  it("from a global asset it goes on into the tenant's own assets, and into no other's", async () => {
    const [tenant, other] = [storage.newTenant(), storage.newTenant()];
    const [top, shared] = [(await storeAsset(storage.system)).id, (await storeAsset(storage.system)).id];
    await storage.system.run(({ dependencies }) =>
      dependencies.insert({ upstreamAssetId: top, downstreamAssetId: shared, dependencyType: "data" }),
    );
    const ends = new Map<Party, string>();
    for (const party of [tenant, other]) {
      const { id } = await storeAsset(party);
      await party.run(({ dependencies }) =>
        dependencies.insert({ upstreamAssetId: shared, downstreamAssetId: id, dependencyType: "data" }),
      );
      ends.set(party, id);
    }
    for (const party of [tenant, other]) {
      expect(await idsOf(party, top)).toEqual([top, shared, ends.get(party)]);
      expect(await idsOf(party, present(ends.get(party)))).toEqual([ends.get(party), shared, top]);
    }
    for (const party of [storage.system, storage.nobody])
      expect(await idsOf(party, top)).toEqual([top, shared]);
  });
});
