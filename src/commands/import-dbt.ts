import { readFile } from "node:fs/promises";
import type { Logger } from "pino";
import type { Config } from "../config.ts";
import { parseTenantId } from "../db/tenant.ts";
import type { ImportedCatalogue } from "../importers/dbt/catalogue.ts";
import { dbtActor, type ImportSummary, importDbtCatalogue } from "../importers/dbt/import.ts";
import { parseDbtManifest } from "../importers/dbt/manifest.ts";
import { createRepositories } from "../modules/repositories.ts";
import { connectForCommand } from "./connect.ts";
import { asUsage, UsageError } from "./usage-error.ts";

/**
 * Imports a dbt manifest for a tenant, whole or not at all. The file is read and checked before the database is touched.
 * @throws UsageError in one line, for a file that cannot be read or is no manifest, or a malformed tenant id
 */
export async function importDbt(file: string, tenant: string, config: Config, logger: Logger): Promise<void> {
  const tenantId = asUsage("", () => parseTenantId(tenant, "--tenant"));
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file}: cannot be read (${error.code ?? error.message})`);
  });
  const { catalogue, actor } = asUsage(`${file}: `, () => {
    const read = parseDbtManifest(text);
    return { catalogue: read, actor: dbtActor(read.project) };
  });
  const { database, close } = await connectForCommand(config, logger);
  try {
    const binding = { ownTenant: tenantId, actor };
    const summary = await database.transaction(binding, { access: "write" }, (connection) =>
      importDbtCatalogue(createRepositories(connection), catalogue, (step, done, total) =>
        process.stderr.write(`${step}: ${done} of ${total}\n`),
      ),
    );
    process.stdout.write(describe(tenantId, catalogue, summary));
  } finally {
    await close();
  }
}

function describe(tenantId: string, { project, skipped }: ImportedCatalogue, summary: ImportSummary): string {
  const { assets, dependencies, kept } = summary;
  const left = Object.entries({ ...skipped.resources, disabled: skipped.disabled }).filter(
    ([, count]) => count > 0,
  );
  const adjusted = Object.entries(skipped.adjusted).filter(([, count]) => count > 0);
  const list = (entries: [string, number][]) => entries.map(([what, count]) => `${count} ${what}`).join(", ");
  return [
    `Imported the dbt project ${project} for the tenant ${tenantId}.`,
    `  assets        ${assets.created} created, ${assets.updated} updated, ${assets.unchanged} unchanged, ${assets.removed} removed`,
    `  dependencies  ${dependencies.created} created, ${dependencies.unchanged} unchanged, ${dependencies.removed} removed`,
    ...(left.length > 0 ? [`  left out      ${list(left)}`] : []),
    ...(adjusted.length > 0
      ? [`  adjusted      ${list(adjusted)} (too long or not storable as it was)`]
      : []),
    ...(skipped.dependencies.unresolved > 0
      ? [`  unresolved    ${skipped.dependencies.unresolved} dependencies on something that is no asset`]
      : []),
    ...kept.map((name) => `  kept          ${name}: no longer in the manifest, but still used`),
    "",
  ].join("\n");
}
