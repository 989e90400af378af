import { get, graphql, pick, type Subjects, type Workload } from "./question.ts";
import { byDepth, type Nodes, type Row, renamed } from "./rows.ts";

const LINEAGE = `query Lineage($id: ID!, $depth: Int!) {
  lineage(assetId: $id, direction: UPSTREAM, maxDepth: $depth, maxNodes: 1000) {
    nodes { depth asset { id name assetType owner } } } }`;
const LINEAGE_FUNCTION = `query Lineage($id: UUID!, $depth: Int!) {
  lineage: benchLineageList(root: $id, maxDepth: $depth) { depth assetId name assetType owner } }`;
const canonicalLineage = {
  ours: ({ data }: { data: { lineage: Nodes<{ depth: number; asset: Row }> } }) =>
    byDepth(data.lineage.nodes.map(({ depth, asset }) => ({ depth, ...asset }))),
  "hand-written": byDepth,
  PostGraphile: ({ data }: { data: { lineage: Row[] } }) =>
    byDepth(data.lineage.map(({ assetId: id, ...row }) => ({ id, ...row }))),
};
const lineage = (
  title: string,
  about: (n: number, subjects: Subjects) => { id: string; depth: number },
): Workload => ({
  title,
  asks: {
    ours: graphql(LINEAGE, about),
    "hand-written": get("lineage", (n, subjects) => {
      const { id, depth } = about(n, subjects);
      return { id, depth: String(depth) };
    }),
    PostGraphile: graphql(LINEAGE_FUNCTION, about),
  },
  canonical: canonicalLineage,
});

const ofDepth4 = (n: number, { rootIds }: Subjects) => ({ id: pick(rootIds, n), depth: 4 });

/** The fields of one step up, and beneath them those of the next. */
const nested = (depth: number): string => `rowId name assetType owner
  ${depth === 0 ? "" : `assetDependenciesByTenantIdAndDownstreamAssetId { nodes { assetByUpstreamTenantIdAndUpstreamAssetId { ${nested(depth - 1)} } } }`}`;

interface NestedAsset extends Row {
  readonly assetDependenciesByTenantIdAndDownstreamAssetId?: Nodes<{
    readonly assetByUpstreamTenantIdAndUpstreamAssetId: NestedAsset;
  }>;
}

/** Each asset of a tree once, at its least depth. */
function flattened(root: NestedAsset): Row[] {
  const found = new Map<unknown, Row>();
  let level = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    for (const { assetDependenciesByTenantIdAndDownstreamAssetId: _, ...asset } of level)
      if (!found.has(asset.rowId)) found.set(asset.rowId, renamed({ ...asset, depth }));
    level = level.flatMap((asset) =>
      (asset.assetDependenciesByTenantIdAndDownstreamAssetId?.nodes ?? []).map(
        (edge) => edge.assetByUpstreamTenantIdAndUpstreamAssetId,
      ),
    );
  }
  return byDepth([...found.values()]);
}

export const LINEAGES = {
  lineage: lineage("lineage: depth 4, about 80 assets, 4 fields (PostGraphile: a function)", ofDepth4),
  "lineage as relations": {
    ...lineage("the same (PostGraphile: nested relations)", ofDepth4),
    asks: {
      ...lineage("", ofDepth4).asks,
      PostGraphile: graphql(
        `query Nested($tenant: String!, $id: UUID!) { assetByTenantIdAndRowId(tenantId: $tenant, rowId: $id) { ${nested(4)} } }`,
        (n, subjects) => ({ tenant: subjects.tenant, id: pick(subjects.rootIds, n) }),
      ),
    },
    canonical: {
      ...canonicalLineage,
      PostGraphile: ({ data }: { data: { assetByTenantIdAndRowId: NestedAsset } }) =>
        flattened(data.assetByTenantIdAndRowId),
    },
  },
  "lineage of 1,000": lineage("lineage: 1,000 assets, 4 fields", (_, { rootOf1000 }) => ({
    id: rootOf1000,
    depth: 20,
  })),
} as const satisfies Record<string, Workload>;
