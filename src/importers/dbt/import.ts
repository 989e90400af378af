import { MAX_BULK_ROWS } from "../../modules/fields.ts";
import type { Repositories } from "../../modules/repositories.ts";
import { ascending, type ImportedAsset, type ImportedCatalogue } from "./catalogue.ts";

/** What an import did to a tenant's catalogue. */
export interface ImportSummary {
  readonly assets: { created: number; updated: number; unchanged: number; removed: number };
  readonly dependencies: { created: number; unchanged: number; removed: number };
  /** Assets that the manifest no longer has and that something else uses, by name: they stay. */
  readonly kept: readonly string[];
}

/** Told after each step: what is being stored, and how much of it is done. */
export type OnProgress = (step: string, done: number, total: number) => void;

/** The principal of a dbt project's imports: what it made is what a later import of the project may remove. */
export function dbtActor(project: string): string {
  return `dbt:${project}`;
}

/**
 * Brings a tenant's catalogue in line with a dbt manifest, within the caller's transaction, whose actor must be
 * {@link dbtActor}. A second run of the same manifest changes nothing. What an earlier import of the project made and
 * the manifest no longer has is removed, unless a dependency or a workflow of somebody else uses it.
 */
export async function importDbtCatalogue(
  repositories: Repositories,
  { project, assets, dependencies }: ImportedCatalogue,
  onProgress: OnProgress = () => undefined,
): Promise<ImportSummary> {
  const actor = dbtActor(project);
  const upserted = await upsertAssets(repositories, assets, onProgress);
  const edges = await storeDependencies(repositories, actor, dependencies, upserted.ids, onProgress);
  const gone = await removeAssets(repositories, actor, new Set(assets.map(({ name }) => name)));
  onProgress("removed assets", gone.removed, gone.removed);
  const { ids: _, ...counts } = upserted;
  return { assets: { ...counts, removed: gone.removed }, dependencies: edges, kept: gone.kept };
}

async function upsertAssets(
  { assets }: Repositories,
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
  return result;
}

async function storeDependencies(
  { dependencies }: Repositories,
  actor: string,
  wanted: ImportedCatalogue["dependencies"],
  ids: ReadonlyMap<string, string>,
  onProgress: OnProgress,
) {
  const edges = wanted.map(({ upstream, downstream }) => ({
    upstreamAssetId: ids.get(upstream) ?? "",
    downstreamAssetId: ids.get(downstream) ?? "",
    dependencyType: "data" as const,
  }));
  const wantedKeys = new Set(edges.map(edgeKey));
  const stored = await dependencies.listTo([
    ...new Set(edges.map(({ downstreamAssetId }) => downstreamAssetId)),
  ]);
  const storedKeys = new Set(stored.map(edgeKey));
  const missing = edges.filter((edge) => !storedKeys.has(edgeKey(edge)));
  let created = 0;
  for (const chunk of chunks(missing)) {
    created += (await dependencies.insertMany(chunk)).length;
    onProgress("dependencies", created, missing.length);
  }
  const obsolete = (await dependencies.listCreatedBy(actor)).filter((edge) => !wantedKeys.has(edgeKey(edge)));
  await dependencies.removeMany(obsolete.map(({ id }) => id));
  return { created, unchanged: edges.length - created, removed: obsolete.length };
}

/** After the project's own obsolete edges are gone: an edge that is left belongs to somebody who uses the asset. */
async function removeAssets(
  { assets, dependencies, workflows }: Repositories,
  actor: string,
  wanted: Set<string>,
) {
  const obsolete = (await assets.listCreatedBy(actor)).filter(({ name }) => !wanted.has(name));
  const ids = obsolete.map(({ id }) => id);
  const uses = [
    await dependencies.countsByAsset("upstream", ids),
    await dependencies.countsByAsset("downstream", ids),
    await workflows.countsByAsset(ids),
  ];
  const isUsed = (id: string) => uses.some((counts) => counts.has(id));
  const unused = ids.filter((id) => !isUsed(id));
  await assets.removeMany(unused);
  const kept = obsolete.filter(({ id }) => isUsed(id)).map(({ name }) => name);
  return { removed: unused.length, kept: kept.sort(ascending) };
}

function edgeKey(edge: {
  readonly upstreamAssetId: string;
  readonly downstreamAssetId: string;
  readonly dependencyType: string;
}): string {
  return `${edge.upstreamAssetId} ${edge.downstreamAssetId} ${edge.dependencyType}`;
}

function* chunks<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += MAX_BULK_ROWS)
    yield items.slice(start, start + MAX_BULK_ROWS);
}
