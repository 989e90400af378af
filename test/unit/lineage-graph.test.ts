import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEPENDENCY_TYPES } from "../../src/modules/dependency/dependency.table.ts";
import { bridge } from "../../src/modules/lineage/bridges.ts";
import { adjacency, strongComponents } from "../../src/modules/lineage/graph.ts";
import { shortestPaths } from "../../src/modules/lineage/paths.ts";
import { nearestFailed, staleNodes } from "../../src/modules/lineage/staleness.ts";
import { distancesFrom, neighbours, type ReferenceEdge } from "../support/lineage-reference.ts";
import { referenceCycles, referenceEdges } from "../support/lineage-reference-edges.ts";
import { referencePaths } from "../support/lineage-reference-paths.ts";

const RUNS = { numRuns: 3000 };
const MOST = 9;

/** Nodes 0, 1, … whose names, of one digit each, are in the same order. */
const graphs = fc.integer({ min: 1, max: MOST }).chain((size) => {
  const node = fc.nat({ max: size - 1 });
  return fc.record({
    size: fc.constant(size),
    pairs: fc
      .uniqueArray(fc.tuple(node, node, fc.constantFrom(...DEPENDENCY_TYPES)), {
        maxLength: 24,
        selector: (pair) => pair.join(),
      })
      .map((pairs) => pairs.filter(([from, to]) => from !== to)),
    some: fc.subarray(Array.from({ length: size }, (_, index) => index)),
    times: fc.array(fc.option(fc.nat({ max: 4 })), { minLength: size, maxLength: size }),
    from: node,
    to: node,
  });
});

type Pair = readonly [from: number, to: number, type: ReferenceEdge["type"]];

const edgesOf = (pairs: readonly Pair[]): ReferenceEdge[] =>
  pairs.map(([from, to, type], id) => ({ id: `${id}`, upstream: `${from}`, downstream: `${to}`, type }));

const plain = (pairs: readonly Pair[]) => pairs.map(([from, to]) => [from, to] as const);

const nodesOf = (indexes: readonly number[]) =>
  indexes.map((index) => ({ id: `${index}`, depth: 0, upstreamDepth: 0, downstreamDepth: 0 }));

const all = (size: number) => Array.from({ length: size }, (_, index) => index);

const walkOf = (size: number, pairs: readonly Pair[], shown: readonly number[] = all(size)) => ({
  completeness: "COMPLETE" as const,
  nodes: nodesOf(shown),
  walked: nodesOf(all(size)),
  edges: edgesOf(pairs),
});

describe("of thousands of random graphs", () => {
  it("the strong components are the nodes that lead to each other", () => {
    fc.assert(
      fc.property(graphs, ({ size, pairs }) => {
        const components = strongComponents(adjacency(size, plain(pairs)));
        expect(components.flat().sort()).toEqual(all(size));
        const several = components.filter(({ length }) => length > 1).map((each) => each.sort().map(String));
        expect(several.sort()).toEqual(referenceCycles(walkOf(size, pairs)).sort());
      }),
      RUNS,
    );
  });

  it("the bridges join what only hidden nodes join, by the strongest way", () => {
    fc.assert(
      fc.property(graphs, ({ size, pairs, some }) => {
        const edges = edgesOf(pairs).map(({ upstream, downstream, type }) => ({
          upstreamAssetId: upstream,
          downstreamAssetId: downstream,
          dependencyType: type,
        }));
        const found = bridge(edges, new Set(some.map(String)));
        const told = found.bridges.map((each) => [
          each.upstreamAssetId,
          each.downstreamAssetId,
          each.dependencyType,
        ]);
        const expected = referenceEdges(walkOf(size, pairs, some)).filter(({ id }) => id === null);
        expect(found.complete).toBe(true);
        expect(told.sort()).toEqual(
          expected.map((each) => [each.upstream, each.downstream, each.type]).sort(),
        );
      }),
      RUNS,
    );
  });

  it("the shortest paths are the first of all there are", () => {
    fc.assert(
      fc.property(graphs, fc.integer({ min: 1, max: 11 }), ({ size, pairs, from, to }, first) => {
        const found = shortestPaths(adjacency(size, plain(pairs)), from, to, first);
        const assets = new Map(
          all(size).map((id) => [`${id}`, { id: `${id}`, assetType: "", owner: null, tags: [] }]),
        );
        const expected = referencePaths(
          { assets, edges: edgesOf(pairs) },
          { from: `${from}`, to: `${to}`, first },
        );
        expect(found.complete).toBe(true);
        expect(found.paths.map((path) => path.map(String))).toEqual(expected?.paths);
      }),
      RUNS,
    );
  });

  it("a node is stale where something above it was built later", () => {
    fc.assert(
      fc.property(graphs, ({ size, pairs, times: builtAt }) => {
        const above = neighbours(edgesOf(pairs), "upstream");
        const expected = all(size).map((node) => {
          const own = builtAt[node] ?? Number.POSITIVE_INFINITY;
          return [...distancesFrom(`${node}`, above).keys()].some((id) => (builtAt[Number(id)] ?? 0) > own);
        });
        expect(staleNodes({ edges: plain(pairs), builtAt })).toEqual(expected);
      }),
      RUNS,
    );
  });

  it("the nearest failed node above another is the smallest of the nearest", () => {
    fc.assert(
      fc.property(graphs, ({ size, pairs, some: failed }) => {
        const above = neighbours(edgesOf(pairs), "upstream");
        const expected = all(size).map((node) => {
          const distances = distancesFrom(`${node}`, above);
          const others = failed.filter((each) => each !== node && distances.has(`${each}`));
          const distance = (each: number) => distances.get(`${each}`) ?? 0;
          return others.sort((a, b) => distance(a) - distance(b) || a - b)[0] ?? null;
        });
        expect(nearestFailed(size, plain(pairs), failed)).toEqual(expected);
      }),
      RUNS,
    );
  });
});
