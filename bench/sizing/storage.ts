import pg from "pg";
import { CREATE_BENCH_ID } from "../lineage/catalogue/ids.ts";

/** What one kind of row takes, with its indexes and what hangs on it. */
export interface RowSize {
  readonly kind: string;
  readonly rows: number;
  readonly bytesPerRow: number;
}

interface Filling {
  readonly kind: string;
  readonly tables: readonly string[];
  /** How many of so many assets' worth. */
  readonly count: (assets: number) => number;
  /** Takes the number of rows. */
  readonly statements: readonly string[];
}

const WHO = "'load', 'load'";

/** Rows as a catalogue has them; ids come in order of time, as the product makes them. */
const FILLINGS: readonly Filling[] = [
  {
    kind: "asset, with three tags",
    tables: ["assets", "asset_tags"],
    count: (assets) => assets,
    statements: [
      `INSERT INTO assets (tenant_id, id, name, name_search, asset_type, owner, description, properties, created_by, updated_by)
       SELECT 'main', pg_temp.bench_id(21, n), name, name, 'table', 'team-' || n % 50,
         'What the team keeps of its customers, by day and by region, number ' || n,
         jsonb_build_object('schema', 'warehouse', 'columns', n % 100, 'format', 'parquet'), ${WHO}
       FROM generate_series(1, $1) AS n, LATERAL (SELECT 'warehouse.sales.customers_by_region_' || n AS name) AS named`,
      `INSERT INTO asset_tags (tenant_id, tag, asset_id, created_by, updated_by)
       SELECT 'main', tag, pg_temp.bench_id(21, n), ${WHO}
       FROM generate_series(1, $1) AS n, unnest(ARRAY['pii', 'daily', 'tier-' || n % 5]) AS tag`,
    ],
  },
  {
    kind: "dependency",
    tables: ["asset_dependencies"],
    count: (assets) => 2 * (assets - 2),
    statements: [
      `INSERT INTO asset_dependencies (tenant_id, id, upstream_tenant_id, upstream_asset_id, downstream_asset_id,
         dependency_type, created_by, updated_by)
       SELECT 'main', pg_temp.bench_id(22, n), 'main', pg_temp.bench_id(21, (n + 1) / 2),
         pg_temp.bench_id(21, (n + 1) / 2 + 1 + n % 2), 'data', ${WHO}
       FROM generate_series(1, $1) AS n`,
    ],
  },
  {
    kind: "span of a dependency that has ended",
    tables: ["asset_dependency_history"],
    count: (assets) => assets - 1,
    statements: [
      `INSERT INTO asset_dependency_history (tenant_id, id, upstream_tenant_id, upstream_asset_id, downstream_asset_id,
         dependency_type, sources, last_seen_at, valid_from, valid_to)
       SELECT 'main', pg_temp.bench_id(23, n), 'main', pg_temp.bench_id(21, n), pg_temp.bench_id(21, n + 1), 'data',
         '{api}', now(), now() - interval '1 day', now()
       FROM generate_series(1, $1) AS n`,
    ],
  },
  {
    kind: "version of a workflow, with three assets",
    tables: ["workflows", "workflow_assets"],
    count: (assets) => Math.floor(assets / 10),
    statements: [
      `INSERT INTO workflows (tenant_id, id, name, name_search, version, owner, description, created_by, updated_by)
       SELECT 'main', pg_temp.bench_id(24, n), name, name, 1, 'team-' || n % 50, 'What runs every night', ${WHO}
       FROM generate_series(1, $1) AS n, LATERAL (SELECT 'nightly.customers_by_region_' || n AS name) AS named`,
      `INSERT INTO workflow_assets (tenant_id, workflow_id, role, asset_tenant_id, asset_id, position, created_by, updated_by)
       SELECT 'main', pg_temp.bench_id(24, n), 'input', 'main', pg_temp.bench_id(21, n + place), place, ${WHO}
       FROM generate_series(1, $1) AS n, generate_series(0, 2) AS place`,
    ],
  },
  {
    kind: "execution",
    tables: ["executions"],
    count: (assets) => 2 * assets,
    statements: [
      `INSERT INTO executions (tenant_id, id, workflow_tenant_id, workflow_id, state, idempotency_key, started_at,
         completed_at, created_by, updated_by)
       SELECT 'main', pg_temp.bench_id(25, n), 'main', pg_temp.bench_id(24, 1 + n % 10), 'succeeded',
         'scheduled-2026-01-31-' || n, now(), now(), ${WHO}
       FROM generate_series(1, $1) AS n`,
    ],
  },
];

/**
 * Fills a catalogue further, and weighs what it has been filled with.
 * @param ownerUrl of the role that owns the tables
 */
export async function weighRows(ownerUrl: string, assets: number): Promise<RowSize[]> {
  const owner = new pg.Client(ownerUrl);
  await owner.connect();
  try {
    await owner.query(CREATE_BENCH_ID);
    const sizes: RowSize[] = [];
    for (const { kind, tables, count, statements } of FILLINGS) {
      const rows = count(assets);
      for (const table of tables) await owner.query(`ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`);
      const before = await weigh(owner, tables);
      for (const statement of statements) await owner.query(statement, [rows]);
      sizes.push({ kind, rows, bytesPerRow: ((await weigh(owner, tables)) - before) / rows });
    }
    return sizes;
  } finally {
    await owner.end();
  }
}

/** In bytes, once there is nothing left to clean up. */
async function weigh(owner: pg.Client, tables: readonly string[]): Promise<number> {
  for (const table of tables) await owner.query(`VACUUM (ANALYZE) ${table}`);
  const { rows } = await owner.query<{ bytes: string }>(
    "SELECT sum(pg_total_relation_size(name::regclass)) AS bytes FROM unnest($1::text[]) AS name",
    [tables],
  );
  return Number(rows[0]?.bytes);
}
