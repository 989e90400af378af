import type { ImportedCatalogue } from "../../src/importers/dbt/catalogue.ts";
import {
  dbtActor,
  type ImportSummary,
  importDbtCatalogue,
  type OnProgress,
} from "../../src/importers/dbt/import.ts";
import { readDbtManifest } from "../../src/importers/dbt/manifest.ts";
import { createRepositories } from "../../src/modules/repositories.ts";
import { type DbtManifestOptions, dbtManifest } from "./dbt-manifest.ts";
import { storedRows } from "./owner.ts";
import type { Party, TestStorage } from "./storage.ts";

/** Imports for a tenant as the command does: a manifest, or a catalogue that no manifest would give. */
export async function importDbt(
  storage: TestStorage,
  { id }: Party,
  manifest: DbtManifestOptions | ImportedCatalogue,
  onProgress?: OnProgress,
): Promise<ImportSummary> {
  const catalogue = "skipped" in manifest ? manifest : readDbtManifest(dbtManifest(manifest));
  const binding = { ownTenant: id, actor: dbtActor(catalogue.project) };
  return storage
    .openDatabase()
    .transaction(binding, { access: "write" }, (connection) =>
      importDbtCatalogue(createRepositories(connection), catalogue, onProgress),
    );
}

/** Every row of a tenant with its version (`xmin`), which changes whenever the row is written, even as it was. */
export async function versionsOf({ database }: TestStorage, { id }: Party) {
  const rows = <Row extends object>(table: string, key: string) =>
    storedRows<Row & Record<string, unknown>>(
      database,
      `SELECT xmin::text AS version, * FROM ${table} WHERE tenant_id = $1 ORDER BY ${key}`,
      [id],
    );
  return {
    assets: await rows("assets", "id"),
    tags: await rows("asset_tags", "asset_id, tag"),
    dependencies: await rows<{ last_seen_at: Date }>("asset_dependencies", "id"),
    past: await rows("asset_dependency_history", "id, valid_from"),
  };
}

/** The names of a tenant's own assets, and its edges as `upstream -> downstream`, in order. */
export async function storedCatalogue({ database }: TestStorage, { id }: Party) {
  const assets = await storedRows<{ name: string }>(
    database,
    'SELECT name FROM assets WHERE tenant_id = $1 ORDER BY name COLLATE "C"',
    [id],
  );
  const edges = await storedRows<{ edge: string }>(
    database,
    `SELECT upstream.name || ' -> ' || downstream.name AS edge
       FROM asset_dependencies AS edge
       JOIN assets AS upstream ON (upstream.tenant_id, upstream.id) = (edge.upstream_tenant_id, edge.upstream_asset_id)
       JOIN assets AS downstream ON (downstream.tenant_id, downstream.id) = (edge.tenant_id, edge.downstream_asset_id)
      WHERE edge.tenant_id = $1 ORDER BY edge`,
    [id],
  );
  return { assets: assets.map(({ name }) => name), edges: edges.map(({ edge }) => edge) };
}
