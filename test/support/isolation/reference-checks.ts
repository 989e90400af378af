import type { Table } from "../owner.ts";
import { type Check, describe, outcomeCheck } from "./check.ts";
import {
  idOf,
  insertOf,
  NO_ID,
  newRow,
  OWNERS,
  type Owner,
  type Row,
  type Statement,
  stagedRows,
} from "./rows.ts";
import { actorOf, type Outcome, rowsOf } from "./stage.ts";

/** Columns that refer to another row. */
interface Reference {
  readonly table: Table;
  readonly to: "asset" | "workflow";
  readonly idColumn: string;
  /** The column that says whose row is meant; without one it is the row's own tenant's. */
  readonly tenantColumn?: string;
}

const REFERENCES: readonly Reference[] = [
  { table: "asset_tags", to: "asset", idColumn: "asset_id" },
  { table: "workflow_assets", to: "workflow", idColumn: "workflow_id" },
  { table: "workflow_assets", to: "asset", idColumn: "asset_id", tenantColumn: "asset_tenant_id" },
  { table: "executions", to: "workflow", idColumn: "workflow_id", tenantColumn: "workflow_tenant_id" },
  {
    table: "asset_dependencies",
    to: "asset",
    idColumn: "upstream_asset_id",
    tenantColumn: "upstream_tenant_id",
  },
  { table: "asset_dependencies", to: "asset", idColumn: "downstream_asset_id" },
  {
    table: "asset_dependency_history",
    to: "asset",
    idColumn: "upstream_asset_id",
    tenantColumn: "upstream_tenant_id",
  },
  { table: "asset_dependency_history", to: "asset", idColumn: "downstream_asset_id" },
];

/** References stay in their tenant or lead up to a global row; any other is refused as one to nothing is. */
export const REFERRING: readonly Check[] = REFERENCES.flatMap((reference) =>
  OWNERS.flatMap((owner) => [
    ...(reference.tenantColumn === undefined ? [] : [refersToGlobal(reference, owner)]),
    ...OWNERS.filter((other) => other !== owner).flatMap((other) =>
      // Where a column says whose row is meant, it may say so rightly, or pretend.
      (reference.tenantColumn === undefined ? [undefined] : [...OWNERS, null])
        .filter((said) => !(said === "~global" && other === "~global"))
        .map((said) => refersToNothing(reference, owner, other, said)),
    ),
  ]),
);

/** A global row that tenants depend on stays, whatever the system does, and the refusal names nobody. */
export const USED_GLOBALS: readonly Check[] = (
  [
    ["assets", "assetWithEdges", "asset_dependencies"],
    ["assets", "assetWithLinks", "workflow_assets"],
    ["workflows", "workflowWithExecutions", "executions"],
  ] as const
).map(([table, subject, dependents]) => {
  const name = `the system cannot delete a global row of ${table} that tenants' rows of ${dependents} hang on`;
  return {
    name,
    table: dependents,
    async violations(stage) {
      const id = idOf("~global", subject);
      const outcome = await stage.attempt(actorOf("~global"), {
        text: `DELETE FROM ${table} WHERE id = $1`,
        values: [id],
      });
      const namesOne = /tenant-[ab]|0000000[01]-/.test(describe(outcome));
      const holds = outcome.refused && outcome.code === "23503" && !namesOne;
      return holds ? [] : [`${name}: ${describe(outcome)}`];
    },
  };
});

/** What tenants' edges have been does not keep a global row, because that would tell of the tenants. */
export const FORMERLY_USED_GLOBALS: readonly Check[] = [
  outcomeCheck(
    "the system can delete a global row of assets that tenants' rows of asset_dependency_history alone hang on",
    "asset_dependency_history",
    actorOf("~global"),
    { text: "DELETE FROM assets WHERE id = $1", values: [idOf("~global", "assetWithPastEdges")] },
    "1 rows",
  ),
];

function refersToGlobal(reference: Reference, owner: Owner): Check {
  const { table, to } = reference;
  return outcomeCheck(
    `a row of ${actorOf(owner).name}'s in ${table} can refer to a global ${to}`,
    table,
    actorOf(owner),
    insertOf(table, referring(reference, newRow(table, owner), idOf("~global", to), "~global")),
    "1 rows",
  );
}

/** Of a row that the owner may not refer to, it learns nothing: the refusal is that of a row that is not there. */
function refersToNothing(
  reference: Reference,
  owner: Owner,
  other: Owner,
  said: Owner | null | undefined,
): Check {
  const { table, to, tenantColumn } = reference;
  const as =
    said === undefined ? "" : ` as ${said === null ? "nobody's" : rowsOf(said).replace(" rows", "")}`;
  const name = `a row of ${actorOf(owner).name}'s in ${table} cannot refer to one of ${rowsOf(other)} as its ${to}${as}`;
  return {
    name,
    table,
    async violations(stage) {
      const found: string[] = [];
      const attempt = async (statementFor: (id: string) => Statement) => {
        const foreign = await stage.attempt(actorOf(owner), statementFor(idOf(other, to)));
        const absent = await stage.attempt(actorOf(owner), statementFor(NO_ID));
        if (!foreign.refused || withoutIds(foreign) !== withoutIds(absent)) {
          found.push(`${name}: ${describe(foreign)}; where there is none: ${describe(absent)}`);
        }
      };
      await attempt((id) => insertOf(table, referring(reference, newRow(table, owner), id, said)));
      await attempt((id) => changeOf(reference, owner, id, said));
      if (tenantColumn === undefined) return found;
      // The column that says whose row is meant, changed alone.
      const outcome = await stage.attempt(actorOf(owner), {
        text: `UPDATE ${table} SET ${tenantColumn} = $1`,
        values: [other],
      });
      return outcome.refused ? found : [...found, `${name}: ${describe(outcome)}`];
    },
  };
}

function referring(
  { idColumn, tenantColumn }: Reference,
  row: Row,
  id: string,
  tenant: Owner | null | undefined,
): Row {
  const whose = tenantColumn === undefined || tenant === undefined ? {} : { [tenantColumn]: tenant };
  return { ...row, ...whose, [idColumn]: id };
}

function changeOf(
  { table, idColumn, tenantColumn }: Reference,
  owner: Owner,
  id: string,
  tenant: Owner | null | undefined,
): Statement {
  const current = stagedRows(owner)[table][0]?.[idColumn] ?? null;
  const whose = tenantColumn === undefined || tenant === undefined ? [] : [[tenantColumn, tenant] as const];
  const set = [[idColumn, id] as const, ...whose].map(([column], index) => `${column} = $${index + 2}`);
  return {
    text: `UPDATE ${table} SET ${set.join(", ")} WHERE ${idColumn} = $1`,
    values: [current, id, ...whose.map(([, value]) => value)],
  };
}

function withoutIds(outcome: Outcome): string {
  return describe(outcome).replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<id>");
}
