import { and, asc, eq, sql } from "drizzle-orm";
import { givenOwner, givenRow, givenRows, selectInto } from "../../db/inserts.ts";
import { isOneOf } from "../../db/predicates.ts";
import type { TenantConnection } from "../../db/tenant-connection.ts";
import { builtInsert, type TenantDatabase } from "../../db/tenant-database.ts";
import { tenantsOfAssets } from "../asset/asset.references.ts";
import { type AssetRole, workflowAssets } from "./workflow.table.ts";

/** An asset that a workflow version touches. */
export interface WorkflowAsset {
  readonly workflowId: string;
  readonly assetId: string;
  readonly role: AssetRole;
  /** Its place in the order that the author gave, from 0. */
  readonly position: number;
}

/** The assets of workflow versions, in the order of their positions. */
export function selectLinks(
  db: TenantDatabase,
  { readableTenants }: TenantConnection,
  workflowIds: readonly string[],
): Promise<WorkflowAsset[]> {
  const { workflowId, assetId, role, position } = workflowAssets;
  return db
    .select({ workflowId, assetId, role, position })
    .from(workflowAssets)
    .where(
      and(
        isOneOf(workflowAssets.tenantId, "text", readableTenants),
        isOneOf(workflowAssets.workflowId, "uuid", workflowIds),
      ),
    )
    .orderBy(asc(workflowAssets.workflowId), asc(workflowAssets.position));
}

/** A link that may be stored: the asset is visible, and its stored tenant known. */
export interface ResolvedLink {
  readonly assetId: string;
  readonly assetTenantId: string;
  readonly role: AssetRole;
}

/**
 * Looks the assets of links up. Comes before the first write, so that a refusal leaves nothing behind.
 * @throws NotFoundError for an asset that this connection cannot see
 */
export async function resolveLinks(
  db: TenantDatabase,
  connection: TenantConnection,
  links: readonly { readonly assetId: string; readonly role: AssetRole }[],
): Promise<ResolvedLink[]> {
  if (links.length === 0) return [];
  const ids = links.map(({ assetId }) => assetId);
  const tenants = await tenantsOfAssets(db, connection, ids);
  return links.map(({ assetId, role }) => ({
    assetId,
    role,
    assetTenantId: tenants.get(assetId) ?? connection.writableTenant,
  }));
}

const rows = givenRows(workflowAssets, ["role", "assetTenantId", "assetId", "position"]);
const linksInsert = builtInsert((db) => {
  const filling = { ...rows.values, ...givenOwner, ...givenRow("workflowId") };
  return db.insert(workflowAssets).select(selectInto(workflowAssets, filling, rows.from));
});

/** Stores the assets of a workflow version that has none. */
export async function insertLinks(
  db: TenantDatabase,
  { writableTenant: tenantId, actor }: TenantConnection,
  workflowId: string,
  links: readonly ResolvedLink[],
): Promise<void> {
  if (links.length === 0) return;
  const given = links.map((link, position) => Object.assign({}, link, { position }));
  await db.run(linksInsert, { rows: JSON.stringify(given), tenantId, workflowId, actor });
}

/** Stores the assets of a workflow version in place of those that it has. */
export async function replaceLinks(
  db: TenantDatabase,
  connection: TenantConnection,
  workflowId: string,
  links: readonly ResolvedLink[],
): Promise<void> {
  await db
    .delete(workflowAssets)
    .where(
      and(eq(workflowAssets.tenantId, connection.writableTenant), eq(workflowAssets.workflowId, workflowId)),
    );
  await insertLinks(db, connection, workflowId, links);
}

/** Takes the assets of one own version over to another. */
export async function copyLinks(
  db: TenantDatabase,
  { writableTenant, actor }: TenantConnection,
  from: string,
  to: string,
): Promise<void> {
  await db.execute(sql`
    INSERT INTO workflow_assets
      (tenant_id, workflow_id, role, asset_tenant_id, asset_id, position, created_by, updated_by)
    SELECT tenant_id, ${to}::uuid, role, asset_tenant_id, asset_id, position, ${actor}, ${actor}
    FROM workflow_assets WHERE tenant_id = ${writableTenant} AND workflow_id = ${from}::uuid`);
}
