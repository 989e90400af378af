import { deepStrictEqual } from "node:assert/strict";
import type pg from "pg";

const TABLES = ["assets", "asset_dependencies"];

interface Made {
  readonly name: string;
  readonly drop: string;
  readonly make: string;
}

/**
 * Runs `load` as the owner while the tables of assets and edges have no keys, no indexes and no forced policies, and puts
 * all of them back as they were, with fresh statistics.
 */
export async function bulkLoad(owner: pg.Client, load: () => Promise<void>): Promise<void> {
  const [keys, indexes, references] = await definitions(owner);
  const run = async (statements: readonly string[]) => {
    for (const statement of statements) await owner.query(statement);
  };
  // VACUUM marks no page all-visible whose last commit is not flushed yet, and walks would look into the table.
  await owner.query(
    "SET synchronous_commit = on; SET maintenance_work_mem = '512MB'; SET work_mem = '256MB'",
  );
  await run([
    ...TABLES.map((table) => `ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`),
    ...[...references, ...indexes, ...keys].map(({ drop }) => drop),
  ]);
  await load();
  await run([
    ...[...keys, ...indexes].map(({ make }) => make),
    // With statistics the references are checked by a hash join.
    ...TABLES.map((table) => `VACUUM (FREEZE, ANALYZE) ${table}`),
    ...references.map(({ make }) => make),
    ...TABLES.map((table) => `ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`),
  ]);
  deepStrictEqual(await definitions(owner), [keys, indexes, references]);
}

async function definitions(owner: pg.Client): Promise<[keys: Made[], indexes: Made[], references: Made[]]> {
  const constraints = (where: string) => `
    SELECT conname AS name,
      format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
      format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS make
    FROM pg_constraint WHERE ${where} ORDER BY conname`;
  const rows = async (statement: string) => (await owner.query<Made>(statement, [TABLES])).rows;
  return [
    await rows(constraints("contype IN ('p', 'u') AND conrelid = ANY ($1::regclass[])")),
    await rows(`
      SELECT indexrelid::regclass::text AS name,
        format('DROP INDEX %s', indexrelid::regclass) AS drop, pg_get_indexdef(indexrelid) AS make
      FROM pg_index
      WHERE indrelid = ANY ($1::regclass[])
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))
      ORDER BY 1`),
    await rows(
      constraints("contype = 'f' AND (conrelid = ANY ($1::regclass[]) OR confrelid = ANY ($1::regclass[]))"),
    ),
  ];
}
