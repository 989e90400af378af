import { groupOwners } from "./asset-owner.ts";
import { ascending, type ImportedAsset, type ImportedCatalogue, noneSkipped } from "./catalogue.ts";
import { readDependencies } from "./dependencies.ts";
import { readAsset } from "./imported-asset.ts";
import { ManifestError } from "./manifest-error.ts";
import { readManifestShape } from "./manifest-shape.ts";
import { readManifestVersion } from "./manifest-version.ts";
import { readProjectName } from "./project-name.ts";
import { assetResources, otherResources, upstreams } from "./resources.ts";

/**
 * Reads the text of a dbt `manifest.json`.
 * @throws ManifestError, one line, if it is not JSON or not a manifest that {@link readDbtManifest} reads
 */
export function parseDbtManifest(text: string): ImportedCatalogue {
  // Some editors and shells on Windows begin a file with a byte order mark, which is not JSON (RFC 8259 §8.1).
  const json = text.replace(/^\uFEFF/, "");
  if (json.trim() === "") throw new ManifestError([], "expected a dbt manifest; found an empty file");
  return readDbtManifest(parseJson(json));
}

/**
 * Reads a dbt manifest, v7 to v12 (https://docs.getdbt.com/reference/artifacts/manifest-json): its sources, seeds,
 * snapshots, models (ephemeral ones too) and exposures as assets, and their `depends_on.nodes` as dependencies. Pure:
 * equal manifests give equal catalogues, whatever the order of the resources in them.
 * @throws ManifestError, one line that names the field and the rule
 */
export function readDbtManifest(json: unknown): ImportedCatalogue {
  const schemaVersion = readManifestVersion(json);
  const manifest = readManifestShape(json);
  const project = readProjectName(manifest);
  const skipped = noneSkipped();
  const groupOwner = groupOwners(manifest.groups);

  const assets = new Map<string, ImportedAsset>();
  const upstreamsOf = new Map<string, readonly string[]>();
  const others = new Map<string, number>();

  for (const { section, id, assetType, resource } of assetResources(manifest)) {
    if (assets.has(id)) throw new ManifestError([section, id], "the id stands in another section too");
    upstreamsOf.set(id, upstreams(resource));
    if (resource.config?.enabled === false) skipped.disabled += 1;
    else assets.set(id, readAsset(section, id, assetType, resource, groupOwner, skipped.adjusted));
  }
  for (const { id, type, link } of otherResources(manifest)) {
    if (upstreamsOf.has(id)) continue;
    upstreamsOf.set(id, upstreams(link));
    others.set(type, (others.get(type) ?? 0) + 1);
  }
  // `disabled` has a list by id, because two files may declare the same resource; one of them may even be enabled.
  for (const [id, links] of Object.entries(manifest.disabled ?? {})) {
    if (upstreamsOf.has(id)) continue;
    upstreamsOf.set(id, links.flatMap(upstreams));
    skipped.disabled += 1;
  }

  skipped.resources = Object.fromEntries([...others].sort(([left], [right]) => ascending(left, right)));
  return {
    project,
    schemaVersion,
    assets: [...assets.values()].sort((left, right) => ascending(left.name, right.name)),
    dependencies: readDependencies(new Set(assets.keys()), upstreamsOf, skipped.dependencies),
    skipped,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ManifestError([], `not JSON: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}
