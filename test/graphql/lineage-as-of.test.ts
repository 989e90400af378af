import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type Client, prepareApi } from "../support/graphql.ts";
import { createAssets, link, mutate } from "../support/graphql-operations.ts";
import { present } from "../support/present.ts";

const api = prepareApi();

interface Edge {
  readonly id: string;
  readonly dependencyType: string;
  readonly sources: readonly string[];
  readonly validFrom: string;
  readonly validTo: string | null;
}

/** The edges of an asset on its direct upstreams. */
async function edgesAsOf(client: Client, assetId: string, asOf: string | null): Promise<readonly Edge[]> {
  const data = await client.query<{ lineage: { edges: readonly Edge[] } }>(
    `query ($assetId: ID!, $asOf: DateTime) {
      lineage(assetId: $assetId, direction: UPSTREAM, maxDepth: 1, asOf: $asOf) {
        edges { id dependencyType sources validFrom validTo }
      }
    }`,
    { assetId, asOf },
  );
  return data.lineage.edges;
}

/** A moment that everything before is past of, and nothing after. */
async function betweenTimes(): Promise<string> {
  await pause(3);
  const moment = new Date().toISOString();
  await pause(3);
  return moment;
}

const plus = (moment: string, milliseconds: number) =>
  new Date(Date.parse(moment) + milliseconds).toISOString();

/** Three assets in a row, and a moment when they still were. The middle one's way to the last is gone. */
async function broken(client: Client) {
  const [a, b, c] = (await createAssets(client, ["a", "b", "c"])).map(({ id }) => id) as [
    string,
    string,
    string,
  ];
  const [, second] = await link(client, [
    [a, b],
    [b, c],
  ]);
  const whole = await betweenTimes();
  await mutate(client, "deleteAssetDependency", { id: present(second).id });
  return { a, b, c, whole };
}

describe("as of a time", () => {
  it("an edge is there from when it was asserted until it ended, and not at the very end", async () => {
    const tenant = api.newTenant();
    const { b, c, whole } = await broken(tenant);
    const [edge] = await edgesAsOf(tenant, c, whole);
    const { validFrom, validTo } = present(edge);
    expect(await edgesAsOf(tenant, c, null)).toEqual([]);
    expect(await edgesAsOf(tenant, c, plus(validFrom, -1))).toEqual([]);
    expect(await edgesAsOf(tenant, c, validFrom)).toEqual([edge]);
    expect(await edgesAsOf(tenant, c, plus(present(validTo), -1))).toEqual([edge]);
    expect(await edgesAsOf(tenant, c, present(validTo))).toEqual([]);
    expect(await edgesAsOf(tenant, b, whole)).toMatchObject([{ validTo: null }]);
  });

  it("an edge of another type was of its former type, under the same id", async () => {
    const tenant = api.newTenant();
    const [a = "", b = ""] = (await createAssets(tenant, ["a", "b"])).map(({ id }) => id);
    const [made] = await link(tenant, [[a, b]]);
    const before = await betweenTimes();
    await api.store.asTenant(tenant.tenantId, ({ dependencies }) =>
      dependencies.update(present(made).id, { dependencyType: "control" }),
    );
    expect(await edgesAsOf(tenant, b, before)).toMatchObject([{ id: made?.id, dependencyType: "DATA" }]);
    expect(await edgesAsOf(tenant, b, null)).toMatchObject([
      { id: made?.id, dependencyType: "CONTROL", validTo: null },
    ]);
  });

  it("what ended and was asserted anew was not there in between", async () => {
    const tenant = api.newTenant();
    const [a = "", b = ""] = (await createAssets(tenant, ["a", "b"])).map(({ id }) => id);
    const [first] = await link(tenant, [[a, b]]);
    const then = await betweenTimes();
    await mutate(tenant, "deleteAssetDependency", { id: present(first).id });
    const between = await betweenTimes();
    const [second] = await link(tenant, [[a, b]]);
    expect(await edgesAsOf(tenant, b, then)).toMatchObject([{ id: first?.id }]);
    expect(await edgesAsOf(tenant, b, between)).toEqual([]);
    expect(await edgesAsOf(tenant, b, null)).toMatchObject([{ id: second?.id }]);
  });

  it("every lineage field answers", async () => {
    const tenant = api.newTenant();
    const { a, c, whole } = await broken(tenant);
    const ask = (asOf: string | null) =>
      tenant.query(
        `query ($a: ID!, $c: ID!, $asOf: DateTime) {
          lineage(assetId: $a, asOf: $asOf) {
            nodeCount completeness nodes { hasMoreDownstream asset { name } }
          }
          shallow: lineage(assetId: $a, maxDepth: 1, asOf: $asOf) { completeness nodes { hasMoreDownstream } }
          lineages(assetIds: [$c], asOf: $asOf) { nodeCount }
          asset(id: $c) { lineage(asOf: $asOf) { nodeCount } }
          lineagePaths(from: $a, to: $c, asOf: $asOf) { paths { length edges { validTo } } }
          lineageCounts(assetId: $a, asOf: $asOf) { nodeCount byAssetType { count } }
          impact(assetId: $a, asOf: $asOf) { nodeCount }
        }`,
        { a, c, asOf },
      );
    expect(await ask(whole)).toEqual({
      lineage: {
        nodeCount: 3,
        completeness: "COMPLETE",
        nodes: ["a", "b", "c"].map((name) => ({ hasMoreDownstream: false, asset: { name } })),
      },
      shallow: {
        completeness: "DEPTH_LIMITED",
        nodes: [{ hasMoreDownstream: false }, { hasMoreDownstream: true }],
      },
      lineages: [{ nodeCount: 3 }],
      asset: { lineage: { nodeCount: 3 } },
      lineagePaths: { paths: [{ length: 2, edges: [{ validTo: null }, { validTo: expect.any(String) }] }] },
      lineageCounts: { nodeCount: 3, byAssetType: [{ count: 3 }] },
      impact: { nodeCount: 2 },
    });
    expect(await ask(null)).toMatchObject({
      lineage: { nodeCount: 2, completeness: "COMPLETE" },
      shallow: {
        completeness: "COMPLETE",
        nodes: [{ hasMoreDownstream: false }, { hasMoreDownstream: false }],
      },
      lineages: [{ nodeCount: 1 }],
      asset: { lineage: { nodeCount: 1 } },
      lineagePaths: { paths: [] },
      lineageCounts: { nodeCount: 2 },
      impact: { nodeCount: 1 },
    });
  });

  it("a deleted asset is gone with its history", async () => {
    const tenant = api.newTenant();
    const { a, b, c, whole } = await broken(tenant);
    await mutate(tenant, "deleteAsset", { id: c });
    expect(await edgesAsOf(tenant, b, whole)).toHaveLength(1);
    const data = await tenant.query(
      "query ($a: ID!, $c: ID!, $asOf: DateTime) { gone: lineage(assetId: $c, asOf: $asOf) { nodeCount } left: lineage(assetId: $a, asOf: $asOf) { nodeCount completeness } }",
      { a, c, asOf: whole },
    );
    expect(data).toEqual({ gone: null, left: { nodeCount: 2, completeness: "COMPLETE" } });
  });

  it("another tenant's past on a global asset is not shown", async () => {
    const [tenant, other] = [api.newTenant(), api.newTenant()];
    const [shared = ""] = (await createAssets(api.system, ["shared past"])).map(({ id }) => id);
    const [theirs = ""] = (await createAssets(other, ["theirs"])).map(({ id }) => id);
    const [edge] = await link(other, [[shared, theirs]]);
    const then = await betweenTimes();
    await mutate(other, "deleteAssetDependency", { id: present(edge).id });
    const ask = (client: Client) =>
      client.query(
        `query ($shared: ID!, $asOf: DateTime) {
          lineage(assetId: $shared, maxDepth: 0, asOf: $asOf) {
            completeness nodes { hasMoreDownstream } edges { id }
          }
          lineageCounts(assetId: $shared, asOf: $asOf) { nodeCount }
        }`,
        { shared, asOf: then },
      );
    expect(await ask(other)).toMatchObject({
      lineage: { completeness: "DEPTH_LIMITED", nodes: [{ hasMoreDownstream: true }] },
      lineageCounts: { nodeCount: 2 },
    });
    for (const client of [tenant, api.system, api.nobody]) {
      expect(await ask(client)).toEqual({
        lineage: { completeness: "COMPLETE", nodes: [{ hasMoreDownstream: false }], edges: [] },
        lineageCounts: { nodeCount: 1 },
      });
    }
  });
});
