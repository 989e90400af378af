import type { DbtAssetType } from "./catalogue.ts";
import type { Link, Manifest, Resource } from "./manifest-shape.ts";

/** A resource that is data, and where it stands in the manifest. */
interface AssetResource {
  section: "sources" | "nodes" | "exposures";
  id: string;
  assetType: DbtAssetType;
  resource: Resource;
}

/** A resource that is not data, with dbt's `resource_type`. */
interface OtherResource {
  id: string;
  type: string;
  link: Link;
}

/** The entries of `nodes` that are data; the others are tests, analyses, operations and the like. */
const NODE_TYPES = ["model", "seed", "snapshot"] as const satisfies DbtAssetType[];

/** The sections whose resources are never data but may stand between data, with the `resource_type` of each. */
const OTHER_SECTIONS = [
  ["metrics", "metric"],
  ["semantic_models", "semantic_model"],
  ["saved_queries", "saved_query"],
  ["unit_tests", "unit_test"],
  ["functions", "function"],
] as const;

/** Everything in a manifest that becomes an asset. */
export function* assetResources(manifest: Manifest): Generator<AssetResource> {
  for (const [id, resource] of Object.entries(manifest.sources)) {
    yield { section: "sources", id, assetType: "source", resource };
  }
  for (const [id, resource] of Object.entries(manifest.nodes)) {
    const assetType = NODE_TYPES.find((type) => type === resource.resource_type);
    if (assetType !== undefined) yield { section: "nodes", id, assetType, resource };
  }
  for (const [id, resource] of Object.entries(manifest.exposures ?? {})) {
    yield { section: "exposures", id, assetType: "exposure", resource };
  }
}

/** Everything else that dbt draws in its graph. */
export function* otherResources(manifest: Manifest): Generator<OtherResource> {
  for (const [id, link] of Object.entries(manifest.nodes)) {
    const type = link.resource_type;
    if (!NODE_TYPES.some((nodeType) => nodeType === type)) yield { id, type, link };
  }
  for (const [section, type] of OTHER_SECTIONS) {
    for (const [id, link] of Object.entries(manifest[section] ?? {})) yield { id, type, link };
  }
}

/** The ids that a resource is made from. */
export function upstreams(link: Link): readonly string[] {
  return link.depends_on?.nodes ?? [];
}
