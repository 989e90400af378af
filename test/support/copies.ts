import { withClient } from "../setup/connection.ts";
import type { TestDatabase } from "../setup/database.ts";
import type { Table } from "./owner.ts";

/** Many rows of a table, made of one that is stored already. */
export interface Copies {
  readonly table: Table;
  /** The row's id; its workflow's where it has none. */
  readonly of: string;
  /** What each copy has instead, by column; its id among it. */
  readonly changes: readonly Readonly<Record<string, unknown>>[];
}

/**
 * Stores many rows quickly, as the owner for whom the policies are lifted meanwhile. Each is a copy of a row that the store
 * itself has made, so that this need not know what a row must have.
 */
export async function storeCopies({ ownerUrl }: TestDatabase, all: readonly Copies[]): Promise<void> {
  const tables = [...new Set(all.map(({ table }) => table))];
  const each = (action: string) => tables.map((table) => `ALTER TABLE ${table} ${action} ROW LEVEL SECURITY`);
  await withClient(ownerUrl, async (owner) => {
    await owner.query(["BEGIN", ...each("NO FORCE")].join("; "));
    for (const { table, of, changes } of all) {
      const key = table === "workflow_assets" ? "workflow_id" : table === "asset_tags" ? "asset_id" : "id";
      await owner.query(
        `INSERT INTO ${table}
         SELECT copy.*
         FROM ${table} AS original, jsonb_array_elements($2) AS change,
              LATERAL jsonb_populate_record(original, change) AS copy
         WHERE original.${key} = $1`,
        [of, JSON.stringify(changes)],
      );
    }
    await owner.query([...each("FORCE"), "COMMIT"].join("; "));
    await owner.query(`ANALYZE ${tables.join(", ")}`);
  });
}
