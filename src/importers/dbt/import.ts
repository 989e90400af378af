import { actor as actorField, MAX_BULK_ROWS } from "../../modules/fields.ts";
import type { Repositories } from "../../modules/repositories.ts";
import type { ImportedAsset, ImportedCatalogue } from "./catalogue.ts";
import { ManifestError } from "./manifest-error.ts";

/** What an import did to a tenant's catalogue. */
export interface ImportSummary {
  readonly assets: { created: number; updated: number; unchanged: number; removed: number };
  readonly dependencies: { created: number; unchanged: number; removed: number };
  /** Assets that the manifest no longer has and that something else uses, by name: they stay. */
  readonly kept: readonly string[];
}

/** Told after each step: what is being stored, and how much of it is done. */
export type OnProgress = (step: string, done: number, total: number) => void;

/** What the names of all such principals begin with. No tenant, and so no principal of a request, can bear one. */
const DBT = "~dbt:";

/**
 * The principal of a dbt project's imports, which also is what they claim their assets as; the source of their dependencies
 * is the same without the sign that makes it nobody's name.
 * @throws ManifestError for a project name that is too long to be kept
 */
export function dbtActor(project: string): string {
  const parsed = actorField.safeParse(`${DBT}${project}`);
  if (parsed.success) return parsed.data;
  throw new ManifestError(["metadata", "project_name"], parsed.error.issues[0]?.message ?? "is not valid");
}

/**
 * Brings a tenant's catalogue in line with a dbt manifest, within the caller's transaction, whose actor must be
 * {@link dbtActor}. A second run of the same manifest changes nothing. What imports made and the manifest no longer has
 * is removed, unless another project's manifest has it, or a dependency or a workflow of somebody else uses it.
 */
export async function importDbtCatalogue(
  repositories: Repositories,
  { project, assets, dependencies }: ImportedCatalogue,
  onProgress: OnProgress = () => undefined,
): Promise<ImportSummary> {
  const actor = dbtActor(project);
  const upserted = await upsertAssets(repositories, actor, assets, onProgress);
  const edges = await storeDependencies(repositories, project, dependencies, upserted.ids, onProgress);
  const gone = await removeAssets(repositories, actor, [...upserted.ids.values()]);
  onProgress("removed assets", gone.removed, gone.removed);
  const { ids: _, ...counts } = upserted;
  return { assets: { ...counts, removed: gone.removed }, dependencies: edges, kept: gone.kept };
}

async function upsertAssets(
  { assets }: Repositories,
  actor: string,
  wanted: readonly ImportedAsset[],
  onProgress: OnProgress,
) {
  const result = { ids: new Map<string, string>(), created: 0, updated: 0, unchanged: 0 };
  for (const chunk of chunks(wanted)) {
    // All that a manifest knows is given, so that what it no longer says is cleared.
    const items = chunk.map(({ description = null, owner = null, ...asset }) => ({
      ...asset,
      description,
      owner,
    }));
    const stored = await assets.upsertMany(items);
    for (const { name, id } of stored.assets) result.ids.set(name, id);
    result.created += stored.created;
    result.updated += stored.updated;
    result.unchanged += stored.unchanged;
    onProgress("assets", result.ids.size, wanted.length);
  }
  await assets.claim(actor, [...result.ids.values()]);
  return result;
}

async function storeDependencies(
  { dependencies }: Repositories,
  project: string,
  wanted: ImportedCatalogue["dependencies"],
  assetIds: ReadonlyMap<string, string>,
  onProgress: OnProgress,
) {
  const source = `dbt:${project}`;
  const held: string[] = [];
  let created = 0;
  for (const chunk of chunks(wanted)) {
    const edges = chunk.map(({ upstream, downstream }) => ({
      upstreamAssetId: assetIds.get(upstream) ?? "",
      downstreamAssetId: assetIds.get(downstream) ?? "",
      dependencyType: "data" as const,
      source,
    }));
    const asserted = await dependencies.assertMany(edges);
    for (const { id } of asserted.dependencies) held.push(id);
    created += asserted.created;
    onProgress("dependencies", held.length, wanted.length);
  }
  const removed = await dependencies.release(source, held);
  return { created, unchanged: wanted.length - created, removed };
}

/** After the project's own obsolete edges are gone: an edge that is left belongs to somebody who uses the asset. */
async function removeAssets(
  { assets, dependencies, workflows }: Repositories,
  actor: string,
  held: readonly string[],
) {
  const released = (await assets.release(actor, held)).filter(({ createdBy }) => createdBy.startsWith(DBT));
  const ids = released.map(({ id }) => id);
  const uses = [
    await dependencies.countsByAsset("upstream", ids),
    await dependencies.countsByAsset("downstream", ids),
    await workflows.countsByAsset(ids),
  ];
  const obsolete = released.filter(
    ({ id, importedBy }) => importedBy.length === 0 && !uses.some((counts) => counts.has(id)),
  );
  const gone = new Set(obsolete.map(({ id }) => id));
  await assets.removeMany([...gone]);
  return { removed: gone.size, kept: released.filter(({ id }) => !gone.has(id)).map(({ name }) => name) };
}

function* chunks<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += MAX_BULK_ROWS)
    yield items.slice(start, start + MAX_BULK_ROWS);
}
