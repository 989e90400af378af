import { and, eq } from "drizzle-orm";
import { isOneOf } from "../db/predicates.ts";
import { GLOBAL_TENANT } from "../db/tenant.ts";
import type { TenantDatabase } from "../db/tenant-database.ts";
import { NotFoundError } from "../errors.ts";
import { assets } from "../modules/asset/asset.table.ts";
import { workflows } from "../modules/workflow/workflow.table.ts";
import type { References, Referents } from "./kind.ts";
import type { AssetReference, WorkflowReference } from "./rows.ts";

/**
 * Looks up what rows refer to, in one statement for each kind of reference.
 * @param tenantId whose rows they are
 * @param own whether to look for what is the tenant's own, too; otherwise it is taken to come with the same file
 */
export async function findReferents(
  db: TenantDatabase,
  tenantId: string,
  meant: References,
  own: boolean,
): Promise<Referents> {
  const globalAssets = new Map<string, string>();
  const globalWorkflows = new Map<string, string>();
  const ownIds = new Set<string>();

  const assetNames = namesOf(meant.assets);
  if (assetNames.length > 0) {
    const found = await db
      .select({ id: assets.id, name: assets.name })
      .from(assets)
      .where(and(eq(assets.tenantId, GLOBAL_TENANT), isOneOf(assets.name, "text", assetNames)));
    for (const { id, name } of found) globalAssets.set(name, id);
  }
  const workflowNames = namesOf(meant.workflows);
  if (workflowNames.length > 0) {
    const found = await db
      .select({ id: workflows.id, name: workflows.name, version: workflows.version })
      .from(workflows)
      .where(and(eq(workflows.tenantId, GLOBAL_TENANT), isOneOf(workflows.name, "text", workflowNames)));
    for (const { id, name, version } of found) globalWorkflows.set(`${version} ${name}`, id);
  }
  for (const [table, references] of [
    [assets, meant.assets] as const,
    [workflows, meant.workflows] as const,
  ]) {
    const ids = own ? idsOf(references) : [];
    if (ids.length === 0) continue;
    const found = await db
      .select({ id: table.id })
      .from(table)
      .where(and(eq(table.tenantId, tenantId), isOneOf(table.id, "uuid", ids)));
    for (const { id } of found) ownIds.add(id);
  }

  const ownReferent = (id: string, what: string) => {
    if (own && !ownIds.has(id))
      throw new NotFoundError(`the ${what} ${id} is neither in the file nor the tenant's`);
    return { tenantId, id };
  };
  const globalReferent = (id: string | undefined, what: string) => {
    if (id === undefined) throw new NotFoundError(`there is no global ${what} here`);
    return { tenantId: GLOBAL_TENANT, id };
  };
  return {
    asset: (reference) =>
      "id" in reference
        ? ownReferent(reference.id, "asset")
        : globalReferent(
            globalAssets.get(reference.globalName),
            `asset named ${JSON.stringify(reference.globalName)}`,
          ),
    workflow: (reference) =>
      "id" in reference
        ? ownReferent(reference.id, "workflow")
        : globalReferent(
            globalWorkflows.get(`${reference.version} ${reference.globalName}`),
            `workflow named ${JSON.stringify(reference.globalName)} with a version ${reference.version}`,
          ),
  };
}

function namesOf(references: readonly (AssetReference | WorkflowReference)[]): string[] {
  return [...new Set(references.flatMap((each) => ("globalName" in each ? [each.globalName] : [])))];
}

function idsOf(references: readonly (AssetReference | WorkflowReference)[]): string[] {
  return [...new Set(references.flatMap((each) => ("id" in each ? [each.id] : [])))];
}
