import type { TestDatabase } from "../../setup/database.ts";
import { UNKNOWN_ID } from "../factories.ts";
import { OWNERS, type Owner, stagedRows } from "../isolation/rows.ts";
import { Stage } from "../isolation/stage.ts";
import { alterDatabase, storedRows, TABLES, type Table } from "../owner.ts";

/** The tenant whose rows nobody may change: it is only asked by GET, which cannot write. */
export const READER: Owner = "tenant-b";

const rowsOf = (tables: readonly Table[], owners: readonly Owner[]) =>
  owners.flatMap((owner) => tables.flatMap((table) => stagedRows(owner)[table]));

const idsOf = (...tables: Table[]) => rowsOf(tables, ["tenant-a", "~global"]).map(({ id }) => String(id));

/** Ids of what a tenant may see, by what they are ids of. */
export const VISIBLE_IDS = {
  asset: idsOf("assets"),
  workflow: idsOf("workflows"),
  execution: idsOf("executions"),
  dependency: idsOf("asset_dependencies"),
} as const;

/** Ids of everybody's rows of every kind, and of none. */
export const ALL_IDS: readonly string[] = [
  ...rowsOf(["assets", "workflows", "executions", "asset_dependencies"], OWNERS).map(({ id }) => String(id)),
  UNKNOWN_ID,
  UNKNOWN_ID.toUpperCase(),
  "~global",
];

export const NAMES: readonly string[] = rowsOf(["assets", "workflows"], OWNERS).map(({ name }) =>
  String(name),
);

/** Makes the catalogue as it was at the begin: small, and with the same ids every time. */
export async function resetCatalogue(database: TestDatabase): Promise<void> {
  await alterDatabase(database, `TRUNCATE ${TABLES.join(", ")}`);
  const stage = await Stage.open(database);
  await stage.close();
}

/** All that is stored of the {@link READER}, but what goes with a global asset: that it once depended on it. */
export function readersRows(database: TestDatabase): Promise<object[]> {
  const tables = TABLES.map(
    (table) => `SELECT '${table}' AS "table", to_jsonb(${table}) AS row FROM ${table} WHERE tenant_id = $1`,
  );
  return storedRows(
    database,
    `SELECT * FROM (${tables.join(" UNION ALL ")}) AS stored
     WHERE "table" <> 'asset_dependency_history' OR row ->> 'upstream_tenant_id' = $1
     ORDER BY 1, 2`,
    [READER],
  );
}
