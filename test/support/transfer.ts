import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { exportTenant } from "../../src/transfer/export.ts";
import { createHeader } from "../../src/transfer/format.ts";
import { checkImport, type ImportSummary, importTenant } from "../../src/transfer/import.ts";
import { removeTenant } from "../../src/transfer/remove.ts";
import type { Steps } from "../../src/transfer/steps.ts";
import { storedRows, TABLES } from "./owner.ts";
import type { TestStorage } from "./storage.ts";

export const UNWATCHED: Steps = { check: () => undefined, tell: () => undefined };

/** Moves tenants as the commands do, with text in place of files. */
export interface Transfer {
  exported(tenant: string, steps?: Steps, betweenPieces?: () => Promise<unknown>): Promise<string[]>;
  imported(tenant: string, lines: readonly string[], steps?: Steps): Promise<ImportSummary>;
  /** Only looks whether it could be imported. */
  checked(tenant: string, lines: readonly string[]): Promise<ImportSummary>;
  removed(tenant: string, steps?: Steps): Promise<ReadonlyMap<string, number>>;
  /** Writes a file that goes with the test file. */
  file(content: string | Buffer): string;
}

export function prepareTransfer(storage: TestStorage): Transfer {
  const folder = mkdtempSync(join(tmpdir(), "servo-transfer-"));
  let files = 0;
  let opened: Database | undefined;
  afterAll(() => rmSync(folder, { recursive: true }));

  const database = () => {
    opened ??= storage.openDatabase();
    return opened;
  };
  const file: Transfer["file"] = (content) => {
    files += 1;
    const path = join(folder, `${files}.jsonl`);
    writeFileSync(path, content);
    return path;
  };
  const fileOf = (lines: readonly string[]) => file(lines.map((line) => `${line}\n`).join(""));

  return {
    file,
    async exported(tenant, steps = UNWATCHED, betweenPieces = async () => undefined) {
      const connection = database().connect({ ownTenant: tenant, actor: "test" }, { access: "read" });
      let text = "";
      try {
        for await (const piece of exportTenant(connection, createHeader(tenant, "test"), steps)) {
          text += piece;
          await betweenPieces();
        }
      } finally {
        await connection.rollback();
      }
      return text.trimEnd().split("\n");
    },
    async imported(tenant, lines, steps = UNWATCHED) {
      const path = fileOf(lines);
      const expected = await checkImport(database(), tenant, path, UNWATCHED);
      return importTenant(database(), tenant, path, expected, steps);
    },
    checked: (tenant, lines) => checkImport(database(), tenant, fileOf(lines), UNWATCHED),
    removed: (tenant, steps = UNWATCHED) => removeTenant(database(), tenant, steps),
  };
}

/** Everything that is stored of a tenant, column by column, as one value a table; its own id left out. */
export async function storedDigest(
  { database }: Pick<TestStorage, "database">,
  tenant: string | null,
): Promise<unknown> {
  const stored = tenant ?? "~global";
  const digests = TABLES.map(
    (table) => `(SELECT coalesce(jsonb_agg(rows.row ORDER BY rows.row::text), '[]') FROM (
      SELECT (SELECT jsonb_object_agg(key, CASE WHEN value = to_jsonb('${stored}'::text) AND key LIKE '%tenant_id'
        THEN '"own"' ELSE value END) FROM jsonb_each(to_jsonb(${table}))) AS row
      FROM ${table} WHERE tenant_id = $1) AS rows) AS ${table}`,
  );
  const [row] = await storedRows(database, `SELECT ${digests.join(", ")}`, [stored]);
  return row;
}
