import type { JsonObject } from "../../modules/fields.ts";

/** The kinds of dbt resource that become assets; each is the `assetType` of its assets. */
export type DbtAssetType = "source" | "seed" | "snapshot" | "model" | "exposure";

/** One asset as a manifest describes it; every value fits the rules of `modules/fields.ts`. */
export interface ImportedAsset {
  /** dbt's `unique_id`: `model.<package>.<name>`, `source.<package>.<source>.<table>`, … */
  name: string;
  assetType: DbtAssetType;
  description?: string;
  owner?: string;
  /** A set, in ascending order. */
  tags: string[];
  /** `relation`, and under `dbt` what else is of use; equal manifests give equal objects, key order included. */
  properties: JsonObject;
}

/** One edge of type DATA between two assets of the catalogue, by name. */
export interface ImportedDependency {
  upstream: string;
  downstream: string;
}

/** What a manifest holds and the catalogue does not, in counts. */
export interface SkippedCounts {
  /** Resources that are not assets, by dbt's `resource_type`: `{ metric: 2, test: 73 }`. Macros and docs are not counted. */
  resources: Record<string, number>;
  /** Resources of any type that the project switches off (`enabled: false`). */
  disabled: number;
  dependencies: {
    /** Entries of one `depends_on.nodes` that repeat an earlier one. */
    duplicate: number;
    /** Entries that lead from an asset to itself. */
    self: number;
    /** Entries that lead to no asset: unknown to this manifest, disabled, or with nothing upstream of them. */
    unresolved: number;
  };
  /** In how many assets a field was shortened, repaired or left out, because its value cannot be stored as it is. */
  adjusted: { description: number; owner: number; tags: number; properties: number };
}

/** What one dbt manifest says, in this project's words. */
export interface ImportedCatalogue {
  /** The name of the dbt project whose manifest this is (its packages are part of it). */
  project: string;
  /** The N of `https://schemas.getdbt.com/dbt/manifest/vN.json`. */
  schemaVersion: number;
  /** In ascending order of name, each name once. */
  assets: ImportedAsset[];
  /** In ascending order of downstream, then upstream, each pair once; both ends are in `assets`. */
  dependencies: ImportedDependency[];
  skipped: SkippedCounts;
}

/** Nothing skipped yet. */
export function noneSkipped(): SkippedCounts {
  return {
    resources: {},
    disabled: 0,
    dependencies: { duplicate: 0, self: 0, unresolved: 0 },
    adjusted: { description: 0, owner: 0, tags: 0, properties: 0 },
  };
}

/** Ascending by UTF-16 code unit: the same on every machine, whatever its locale. */
export function ascending(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
