import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import { expect, it } from "vitest";
import { DEPENDENCY_TYPES, type DependencyType } from "../../../src/modules/dependency/dependency.table.ts";
import type { Repositories } from "../../../src/modules/repositories.ts";
import { storeAssets } from "../../support/factories.ts";
import { type ReferenceEdge, referenceWalk } from "../../support/lineage-reference.ts";
import { referenceEdges, referenceOutside } from "../../support/lineage-reference-edges.ts";
import { modelRuns } from "../../support/model-runs.ts";
import { present } from "../../support/present.ts";
import { prepareStorage } from "../../support/storage.ts";

const storage = prepareStorage();

const PLACES = 5;

/** Something that happens to the edge between two places, if it can. */
const events = fc.array(
  fc.record({
    kind: fc.constantFrom("assert", "withdraw", "retype", "replace", "end"),
    from: fc.nat({ max: PLACES - 1 }),
    to: fc.nat({ max: PLACES - 1 }),
    type: fc.constantFrom(...DEPENDENCY_TYPES),
    source: fc.constantFrom("api", "dbt:shop"),
  }),
  { minLength: 4, maxLength: 14 },
);

interface Happening {
  readonly kind: "assert" | "withdraw" | "retype" | "replace" | "end";
  readonly upstreamAssetId: string;
  readonly downstreamAssetId: string;
  readonly dependencyType: DependencyType;
  readonly source: string;
}

/** Does what happens, or nothing where it is refused. */
async function happen(
  { dependencies }: Repositories,
  { kind, source, ...edge }: Happening,
  known: readonly ReferenceEdge[],
): Promise<void> {
  const [id] = known
    .filter(
      ({ upstream, downstream }) =>
        upstream === edge.upstreamAssetId && downstream === edge.downstreamAssetId,
    )
    .map((each) => each.id);
  if (kind === "assert") await dependencies.assertMany([{ ...edge, source }]);
  if (kind === "replace") {
    const { downstreamAssetId, upstreamAssetId, dependencyType } = edge;
    const upstream = [{ assetId: upstreamAssetId, dependencyType }];
    await dependencies.replaceUpstreams({ assetId: downstreamAssetId, upstream, source });
  }
  if (id === undefined) return;
  if (kind === "end") await dependencies.remove(id);
  if (kind === "withdraw") await dependencies.withdraw(id, source);
  if (kind === "retype") await dependencies.update(id, { dependencyType: edge.dependencyType });
}

it("as of any moment a lineage is what plain walks over the edges of that moment find", async () => {
  await fc.assert(
    fc.asyncProperty(events, async (all) => {
      const tenant = storage.newTenant();
      const ids = (await storeAssets(tenant, [..."abcde"])).map(({ id }) => id);
      const assets = new Map(ids.map((id) => [id, { id, assetType: "table", owner: null, tags: [] }]));
      const moments: { readonly asOf: Date; readonly edges: readonly ReferenceEdge[] }[] = [];
      let edges: readonly ReferenceEdge[] = [];
      for (const { from, to, type, ...event } of all) {
        if (from === to) continue;
        const ends = { upstreamAssetId: present(ids[from]), downstreamAssetId: present(ids[to]) };
        const happening = { ...event, ...ends, dependencyType: type };
        await tenant.run((repositories) => happen(repositories, happening, edges)).catch(() => undefined);
        const now = await tenant.run(({ dependencies }) => dependencies.list({ limit: 1000 }));
        edges = now.map((each) => ({
          ...{ id: each.id, upstream: each.upstreamAssetId, downstream: each.downstreamAssetId },
          type: each.dependencyType,
        }));
        await pause(2);
        moments.push({ asOf: new Date(), edges });
        await pause(2);
      }
      for (const { asOf, edges: then } of moments) {
        for (const assetId of ids.slice(0, 2)) {
          const request = { direction: "both", maxDepth: 3, maxNodes: 4 } as const;
          const expected = present(referenceWalk({ assets, edges: then }, assetId, request));
          await tenant.run(async ({ lineage }) => {
            const found = present(await lineage.find({ assetId, asOf, ...request }));
            expect(found.completeness).toBe(expected.completeness);
            expect(found.nodes.map(({ assetId: id, ...depths }) => ({ id, ...depths }))).toEqual(
              expected.nodes,
            );
            const between = present((await lineage.findEdges([found]))[0]).edges;
            expect(between.map(({ id }) => id)).toEqual(referenceEdges(expected).map(({ id }) => id));
            const outside = present((await lineage.findOutside([found], "downstream"))[0]);
            expect([...outside].sort()).toEqual(referenceOutside(expected, "downstream").sort());
            for (const details of await lineage.findEdgeDetails(between)) {
              const { validFrom, validTo } = present(details);
              expect(validFrom.getTime()).toBeLessThanOrEqual(asOf.getTime());
              if (validTo !== null) expect(validTo.getTime()).toBeGreaterThan(asOf.getTime());
            }
          });
        }
      }
    }),
    { numRuns: modelRuns(40) },
  );
}, 120_000);
