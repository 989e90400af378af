import fc from "fast-check";
import { expect, it } from "vitest";
import { newAsset } from "../support/factories.ts";
import { prepareApi } from "../support/graphql.ts";
import {
  type ReferenceLineage,
  type ReferenceRequest,
  referenceLineage,
} from "../support/lineage-reference.ts";
import { present } from "../support/present.ts";
import type { Party } from "../support/storage.ts";

const api = prepareApi();

const OWNERS = ["global", "one", "two"] as const;
type Owner = (typeof OWNERS)[number];

/** Assets by their owners, and edges between them by index; those that no owner could make are left out later. */
const graphs = fc.array(fc.constantFrom<Owner>(...OWNERS), { minLength: 1, maxLength: 9 }).chain((owners) => {
  const index = fc.nat({ max: owners.length - 1 });
  const edge = fc.tuple(index, index, fc.constantFrom("data" as const, "control" as const));
  return fc.record({
    owners: fc.constant(owners),
    edges: fc.uniqueArray(edge, { maxLength: 22, selector: (each) => each.join() }),
    requests: fc.array(
      fc.record({
        root: index,
        direction: fc.constantFrom("UPSTREAM" as const, "DOWNSTREAM" as const, "BOTH" as const),
        maxDepth: fc.nat({ max: 6 }),
        maxNodes: fc.integer({ min: 1, max: 10 }),
      }),
      { minLength: 3, maxLength: 6 },
    ),
  });
});

interface Found {
  readonly completeness: string;
  readonly nodes: readonly {
    readonly asset: { readonly id: string } | null;
    readonly depth: number;
    readonly upstreamDepth: number | null;
    readonly downstreamDepth: number | null;
  }[];
  readonly edges: readonly { readonly id: string }[];
}

const FIELDS = "completeness nodes { depth upstreamDepth downstreamDepth asset { id } } edges { id }";

it("a lineage is what plain breadth-first walks over the visible edges find", async () => {
  await fc.assert(
    fc.asyncProperty(graphs, async ({ owners, edges, requests }) => {
      const parties: Readonly<Record<Owner, Party>> = {
        global: api.store.system,
        one: api.store.newTenant(),
        two: api.store.newTenant(),
      };
      const ids = await storeAssets(parties, owners);
      const dependencies = await storeEdges(parties, owners, ids, edges);
      for (const viewer of OWNERS) {
        const visible = dependencies.filter(({ owner }) => owner === viewer || owner === "global");
        const asked = requests.map((request) => ({ ...request, root: present(ids[request.root]) }));
        const found = await ask(parties[viewer].id, asked);
        for (const [index, request] of requests.entries()) {
          const owner = owners[request.root];
          const lineage = found[index];
          if (owner !== viewer && owner !== "global") expect(lineage).toBeNull();
          else expectSame(present(lineage), referenceLineage(visible, present(asked[index])));
        }
      }
    }),
    { numRuns: 200 },
  );
}, 120_000);

/** Their ids, in the order given. */
async function storeAssets(parties: Readonly<Record<Owner, Party>>, owners: readonly Owner[]) {
  const ids: string[] = [];
  for (const owner of OWNERS) {
    const indexes = owners.flatMap((each, index) => (each === owner ? [index] : []));
    if (indexes.length === 0) continue;
    const stored = await parties[owner].run(({ assets }) => assets.upsertMany(indexes.map(() => newAsset())));
    stored.assets.forEach(({ id }, position) => {
      ids[present(indexes[position])] = id;
    });
  }
  return ids;
}

async function storeEdges(
  parties: Readonly<Record<Owner, Party>>,
  owners: readonly Owner[],
  ids: readonly string[],
  edges: readonly (readonly [from: number, to: number, type: "data" | "control"])[],
) {
  const stored: { owner: Owner; id: string; upstream: string; downstream: string }[] = [];
  for (const owner of OWNERS) {
    // An edge is its downstream asset's owner's, and may come from a global asset.
    const own = edges.filter(
      ([from, to]) => from !== to && owners[to] === owner && [owner, "global"].includes(owners[from] ?? ""),
    );
    if (own.length === 0) continue;
    const made = await parties[owner].run(({ dependencies }) =>
      dependencies.insertMany(
        own.map(([from, to, dependencyType]) => ({
          upstreamAssetId: present(ids[from]),
          downstreamAssetId: present(ids[to]),
          dependencyType,
        })),
      ),
    );
    for (const { id, upstreamAssetId, downstreamAssetId } of made) {
      stored.push({ owner, id, upstream: upstreamAssetId, downstream: downstreamAssetId });
    }
  }
  return stored;
}

/** All lineages in one operation. */
async function ask(tenantId: string | null, requests: readonly ReferenceRequest[]) {
  const client = tenantId === null ? api.system : api.asTenant(tenantId);
  const fields = requests.map(
    ({ root, direction, maxDepth, maxNodes }, index) => `
      l${index}: lineage(assetId: "${root}", direction: ${direction}, maxDepth: ${maxDepth}, maxNodes: ${maxNodes}) {
        ${FIELDS}
      }`,
  );
  const data = await client.query<Record<string, Found | null>>(`{ ${fields.join("")} }`);
  return requests.map((_, index) => data[`l${index}`]);
}

function expectSame(found: Found, expected: ReferenceLineage): void {
  const nodes = found.nodes.map(({ asset, ...depths }) => ({ ...depths, id: asset?.id }));
  const edges = found.edges.map(({ id }) => id).sort();
  expect({ completeness: found.completeness, edges }).toEqual({
    completeness: expected.completeness,
    edges: expected.edges,
  });
  expect(nodes.map(({ id, depth }) => ({ id, depth }))).toEqual(
    expected.nodes.map(({ id, depth }) => ({ id, depth })),
  );
  for (const [index, { upstreamDepth, downstreamDepth }] of nodes.entries()) {
    const { upstreamDepth: up, downstreamDepth: down } = present(expected.nodes[index]);
    // A walk that the budget cut may not have come by a node that the other walk found.
    const cut = expected.completeness === "NODE_LIMITED";
    expect(cut && upstreamDepth === null ? up : upstreamDepth).toBe(up);
    expect(cut && downstreamDepth === null ? down : downstreamDepth).toBe(down);
  }
}
