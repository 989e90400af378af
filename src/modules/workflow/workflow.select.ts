import { and, getTableColumns, type SQL, sql } from "drizzle-orm";
import type { z } from "zod";
import { builtPerColumnSet, columnSets } from "../../db/column-sets.ts";
import { isOneOf, isVisibleById } from "../../db/predicates.ts";
import type { TenantDatabase } from "../../db/tenant-database.ts";
import { nameMatches } from "../name-filter.ts";
import type { workflowFilter } from "./workflow.input.ts";
import { workflows } from "./workflow.table.ts";

const { nameSearch: _, ...storedColumns } = getTableColumns(workflows);

// Derived rather than stored, so that it holds again as soon as a later version is deleted.
const isLatest = sql<boolean>`NOT EXISTS (
  SELECT FROM workflows AS later
  WHERE later.tenant_id = workflows.tenant_id AND later.name = workflows.name AND later.version > workflows.version)`;

/** What is read of a workflow version. Plain words in subqueries: Drizzle drops the table of a column there. */
export const workflowColumns = {
  ...storedColumns,
  tenantId: sql<string | null>`nullif(workflows.tenant_id, '~global')`.as("shown_tenant_id"),
  isLatest: isLatest.as("is_latest"),
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

/** What {@link isVisibleById} holds for. */
export const workflowsByIds = builtPerColumnSet(
  (db, columns: typeof workflowColumns) => db.select(columns).from(workflows).where(isVisibleById(workflows)),
  "prepared custom",
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
