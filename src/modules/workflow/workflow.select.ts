import { and, getTableColumns, type SQL, sql } from "drizzle-orm";
import type { z } from "zod";
import { builtPerColumnSet, columnSets } from "../../db/column-sets.ts";
import { isOneOf } from "../../db/predicates.ts";
import { selectByIds } from "../../db/rows-by-ids.ts";
import type { TenantDatabase } from "../../db/tenant-database.ts";
import { nameMatches } from "../name-filter.ts";
import type { workflowFilter } from "./workflow.input.ts";
import { workflows } from "./workflow.table.ts";

const { nameSearch: _, ...storedColumns } = getTableColumns(workflows);

// Derived rather than stored, so that it holds again as soon as a later version is deleted.
const isLatest = sql`NOT EXISTS (
  SELECT FROM workflows AS later
  WHERE later.tenant_id = workflows.tenant_id AND later.name = workflows.name AND later.version > workflows.version)`;

// The same of a row that is found already. As the first in an order it is looked up in the index of names and versions, also by
// a plan that was made for a tenant that has no workflows.
const isFoundLatest = sql<boolean>`(
  SELECT later.version FROM workflows AS later
  WHERE later.tenant_id = workflows.tenant_id AND later.name = workflows.name AND later.version > workflows.version
  ORDER BY later.version LIMIT 1) IS NULL`;

/** What is read of a workflow version. Plain words in subqueries: Drizzle drops the table of a column there. */
export const workflowColumns = {
  ...storedColumns,
  tenantId: sql<string | null>`nullif(workflows.tenant_id, '~global')`.as("shown_tenant_id"),
  isLatest: isFoundLatest.as("is_latest"),
};

/** Those of them that are read for fields that are asked for. */
export const workflowColumnsFor = columnSets(workflowColumns, {
  always: ["id"],
  orderings: ["createdAt", "updatedAt", "name"],
  costly: "isLatest",
});

/** The workflow versions that `where` holds for, as they are read. */
export function selectWorkflows(db: TenantDatabase, where: SQL | undefined) {
  return db.select(workflowColumns).from(workflows).where(where);
}

/** See {@link selectByIds}. */
export const workflowsByIds = builtPerColumnSet((db, columns: typeof workflowColumns) =>
  selectByIds(db, workflows, columns),
);

/**
 * One version of a workflow as it is read: `tenantId` is null on a global one. Where a page or ids are read for fields that are
 * asked for, it has no others.
 */
export type Workflow = Awaited<ReturnType<typeof selectWorkflows>>[number];

/** The condition of a filter on a row of `workflows`. */
export function workflowMatches({
  name,
  owners,
  tags,
  latestOnly,
}: z.output<typeof workflowFilter>): SQL | undefined {
  return and(
    nameMatches(workflows, name),
    owners ? isOneOf(workflows.owner, "text", owners) : undefined,
    tags?.any ? sql`${workflows.tags} && ${sql.param([...tags.any])}::text[]` : undefined,
    tags?.all ? sql`${workflows.tags} @> ${sql.param([...tags.all])}::text[]` : undefined,
    latestOnly === true ? isLatest : undefined,
  );
}
