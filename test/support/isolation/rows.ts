import type { Table } from "../owner.ts";

/** Whose rows the stage has: two tenants' and global ones. */
export const OWNERS = ["tenant-a", "tenant-b", "~global"] as const;
export type Owner = (typeof OWNERS)[number];

const SUBJECTS = [
  "asset",
  "otherAsset",
  "spareAsset",
  "workflow",
  "spareWorkflow",
  "execution",
  "executionOfGlobal",
  "edge",
  "edgeFromGlobal",
  "pastEdge",
  "pastEdgeFromGlobal",
  "new",
  // Global rows on which nothing hangs but one kind of tenants' rows.
  "assetWithEdges",
  "assetWithPastEdges",
  "assetWithLinks",
  "workflowWithExecutions",
] as const;
type Subject = (typeof SUBJECTS)[number];

/** A UUID that no row on the stage has. */
export const NO_ID = "ffffffff-0000-7000-8000-ffffffffffff";

export type Value = string | number | null;
export type Row = Readonly<Record<string, Value>>;

export interface Statement {
  readonly text: string;
  readonly values: readonly Value[];
}

export function idOf(owner: Owner, subject: Subject): string {
  const number = String(SUBJECTS.indexOf(subject)).padStart(12, "0");
  return `0000000${OWNERS.indexOf(owner)}-0000-7000-8000-${number}`;
}

const author = { created_by: "stage", updated_by: "stage" };

function asset(owner: Owner, subject: Subject): Row {
  // Names differ between the owners, so that no taken name hides what a policy lets through.
  const name = `${subject} of ${owner}`;
  return {
    tenant_id: owner,
    id: idOf(owner, subject),
    name,
    name_search: name,
    asset_type: "table",
    ...author,
  };
}

function workflow(owner: Owner, subject: Subject): Row {
  const name = `${subject} of ${owner}`;
  return { tenant_id: owner, id: idOf(owner, subject), name, name_search: name, version: 1, ...author };
}

function execution(owner: Owner, subject: Subject, of: Owner, workflowSubject: Subject): Row {
  const reference = { workflow_tenant_id: of, workflow_id: idOf(of, workflowSubject) };
  return { tenant_id: owner, id: idOf(owner, subject), ...reference, ...author };
}

function ends(owner: Owner, subject: Subject, from: Owner, upstream: Subject, downstream: Subject): Row {
  return {
    tenant_id: owner,
    id: idOf(owner, subject),
    upstream_tenant_id: from,
    upstream_asset_id: idOf(from, upstream),
    downstream_asset_id: idOf(owner, downstream),
    dependency_type: "data",
  };
}

function edge(...of: Parameters<typeof ends>): Row {
  return { ...ends(...of), ...author };
}

function pastEdge(...of: Parameters<typeof ends>): Row {
  const [begin, end] = ["2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z"];
  return { ...ends(...of), sources: "{api}", last_seen_at: begin, valid_from: begin, valid_to: end };
}

function link(
  owner: Owner,
  workflowSubject: Subject,
  of: Owner,
  assetSubject: Subject,
  position: number,
): Row {
  return {
    tenant_id: owner,
    workflow_id: idOf(owner, workflowSubject),
    role: "input",
    asset_tenant_id: of,
    asset_id: idOf(of, assetSubject),
    position,
    ...author,
  };
}

function tag(owner: Owner, assetSubject: Subject, text: string): Row {
  return { tenant_id: owner, asset_id: idOf(owner, assetSubject), tag: text, ...author };
}

/** An owner's rows on the stage, in the order they can be stored. A tenant's own hang on its own and on global rows. */
export function stagedRows(owner: Owner): Readonly<Record<Table, readonly Row[]>> {
  const global = owner === "~global";
  const onlyGlobal = (...rows: Row[]) => (global ? rows : []);
  const onlyTenants = (...rows: Row[]) => (global ? [] : rows);
  return {
    assets: [
      asset(owner, "asset"),
      asset(owner, "otherAsset"),
      ...onlyGlobal(
        asset(owner, "assetWithEdges"),
        asset(owner, "assetWithPastEdges"),
        asset(owner, "assetWithLinks"),
      ),
      asset(owner, "spareAsset"),
    ],
    asset_tags: [tag(owner, "asset", "staged")],
    workflows: [
      workflow(owner, "workflow"),
      ...onlyGlobal(workflow(owner, "workflowWithExecutions")),
      workflow(owner, "spareWorkflow"),
    ],
    workflow_assets: [
      link(owner, "workflow", owner, "asset", 0),
      ...onlyTenants(link(owner, "workflow", "~global", "assetWithLinks", 1)),
    ],
    executions: [
      execution(owner, "execution", owner, "workflow"),
      ...onlyTenants(execution(owner, "executionOfGlobal", "~global", "workflowWithExecutions")),
    ],
    asset_dependencies: [
      edge(owner, "edge", owner, "asset", "otherAsset"),
      ...onlyTenants(edge(owner, "edgeFromGlobal", "~global", "assetWithEdges", "otherAsset")),
    ],
    asset_dependency_history: [
      pastEdge(owner, "pastEdge", owner, "asset", "otherAsset"),
      ...onlyTenants(pastEdge(owner, "pastEdgeFromGlobal", "~global", "assetWithPastEdges", "otherAsset")),
    ],
  };
}

/** A row that an owner might add to the stage; everything it refers to is the owner's and there. */
export function newRow(table: Table, owner: Owner): Row {
  switch (table) {
    case "assets":
      return asset(owner, "new");
    case "asset_tags":
      return tag(owner, "spareAsset", "new");
    case "workflows":
      return workflow(owner, "new");
    case "workflow_assets":
      return link(owner, "spareWorkflow", owner, "asset", 0);
    case "executions":
      return execution(owner, "new", owner, "workflow");
    case "asset_dependencies":
      return edge(owner, "new", owner, "otherAsset", "spareAsset");
    case "asset_dependency_history":
      return pastEdge(owner, "new", owner, "otherAsset", "spareAsset");
  }
}

/** A row of an owner that nothing hangs on: what its owner can delete. */
export function looseRow(table: Table, owner: Owner): Row | undefined {
  return stagedRows(owner)[table].at(-1);
}

export function insertOf(table: Table, row: Row, suffix = ""): Statement {
  const columns = Object.keys(row);
  const places = columns.map((_, index) => `$${index + 1}`).join(", ");
  return {
    text: `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${places}) ${suffix}`,
    values: Object.values(row),
  };
}
