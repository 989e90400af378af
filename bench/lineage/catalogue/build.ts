import pg from "pg";
import { runMigrations } from "../../../src/db/migrations.ts";
import { bulkLoad } from "./bulk-load.ts";
import { type Gadget, hubs, smallGadgets, TENANT } from "./gadgets.ts";
import { CREATE_BENCH_ID } from "./ids.ts";
import { layered } from "./layers.ts";

/** Where catalogues are made. */
export interface ServerUrls {
  /** A role that may create databases and roles. */
  readonly ownerUrl: string;
  /** The application's login, which is made if it is not there. */
  readonly applicationUrl: string;
}

export interface CatalogueOptions {
  /** Assets beside the gadgets. */
  readonly size: number;
  /** Edges of each hub; 0 for none. */
  readonly hubEdges: number;
  /** Graphs beside the layers. Default: those of the lineage benchmark. */
  readonly gadgets?: readonly Gadget[];
}

/** A database that is filled. */
export interface Catalogue {
  /** `1m`, as in `--sizes`. */
  readonly label: string;
  readonly size: number;
  readonly applicationUrl: string;
  readonly gadgets: readonly Gadget[];
  /** An asset of the lowest layer. */
  readonly leafId: string;
  readonly assets: number;
  readonly edges: number;
  readonly megabytes: number;
  /** How long it took to make. */
  readonly seconds: number;
  /** When nothing is connected to it any more. */
  drop(): Promise<void>;
}

export async function buildCatalogue(server: ServerUrls, options: CatalogueOptions): Promise<Catalogue> {
  const started = performance.now();
  const label = labelOf(options.size);
  const name = `bench_lineage_${label}_${process.pid}`;
  await withClient(server.ownerUrl, (owner) => owner.query(`CREATE DATABASE ${name}`));
  const drop = async () => {
    await withClient(server.ownerUrl, (owner) => owner.query(`DROP DATABASE ${name}`));
  };
  try {
    const ownerUrl = withDatabase(server.ownerUrl, name);
    await migrate(ownerUrl, new URL(server.applicationUrl));
    const { gadgets = [...smallGadgets(), ...(options.hubEdges > 0 ? hubs(options.hubEdges) : [])] } =
      options;
    const counts = await withClient(ownerUrl, async (owner) => {
      await owner.query(CREATE_BENCH_ID);
      await bulkLoad(owner, () => fill(owner, options.size, gadgets));
      return countRows(owner);
    });
    return {
      label,
      size: options.size,
      applicationUrl: withDatabase(server.applicationUrl, name),
      gadgets,
      leafId: layered.leafId(options.size),
      ...counts,
      seconds: (performance.now() - started) / 1000,
      drop,
    };
  } catch (error) {
    await drop();
    throw error;
  }
}

/** `10k`, `1m`. */
function labelOf(size: number): string {
  if (size % 1_000_000 === 0) return `${size / 1_000_000}m`;
  return size % 1000 === 0 ? `${size / 1000}k` : String(size);
}

async function migrate(ownerUrl: string, { username, password }: URL): Promise<void> {
  const pool = new pg.Pool({ connectionString: ownerUrl, max: 2 });
  try {
    const [user, secret] = [username, password].map(decodeURIComponent);
    await runMigrations(pool, { applicationLogin: { user: user ?? "", password: secret } });
  } finally {
    await pool.end();
  }
}

async function fill(owner: pg.Client, size: number, gadgets: readonly Gadget[]): Promise<void> {
  const assets = gadgets.map(
    ({ assets: count, space, tenantOf = `'${TENANT}'` }) =>
      `SELECT ${tenantOf} AS tenant, ${space} AS space, n::bigint AS n FROM generate_series(0, ${count - 1}) AS n`,
  );
  for (const rows of [layered.assets(size), ...assets]) {
    await owner.query(`
      INSERT INTO assets (tenant_id, id, name, name_search, asset_type, owner, created_at, created_by, updated_by)
      SELECT tenant, pg_temp.bench_id(space, n), name, name, (ARRAY['table', 'view', 'file', 'model'])[1 + n % 4],
        'team-' || n % 50, '2026-01-01'::timestamptz + n * interval '1 second', 'bench', 'bench'
      FROM (${rows}) AS asset, LATERAL (SELECT 'asset.' || space || '.' || n AS name) AS named`);
  }
  let first = 0;
  for (const rows of [...layered.edges(size), ...gadgets.map(edgesOf)]) {
    const { rowCount } = await owner.query(`
      INSERT INTO asset_dependencies (tenant_id, id, upstream_tenant_id, upstream_asset_id, downstream_asset_id,
        dependency_type, created_by, updated_by)
      SELECT tenant, pg_temp.bench_id(99, place), upstream_tenant, u, d, type, 'bench', 'bench'
      FROM (SELECT ${first} + row_number() OVER () AS place, edge.* FROM (${rows}) AS edge) AS edge`);
    first += rowCount ?? 0;
  }
}

function edgesOf({ edges, space, tenantOf = `'${TENANT}'` }: Gadget): string {
  const tenant = (end: string) => `(SELECT ${tenantOf} FROM (SELECT edge.${end} AS n) AS asset)`;
  return `
    SELECT ${tenant("d")} AS tenant, ${tenant("u")} AS upstream_tenant, pg_temp.bench_id(${space}, u) AS u,
      pg_temp.bench_id(${space}, d) AS d, 'data' AS type
    FROM (${edges}) AS edge`;
}

async function countRows(owner: pg.Client) {
  const { rows } = await owner.query<{ assets: number; edges: number; megabytes: number }>(`
    SELECT assets.reltuples::float AS assets, edges.reltuples::float AS edges,
      (pg_database_size(current_database()) / 1048576)::int AS megabytes
    FROM pg_class AS assets, pg_class AS edges
    WHERE assets.oid = 'assets'::regclass AND edges.oid = 'asset_dependencies'::regclass`);
  const [counts] = rows;
  if (counts === undefined) throw new Error("the tables are not there");
  return counts;
}

/** A client of its own for some work. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function withDatabase(connectionString: string, name: string): string {
  const url = new URL(connectionString);
  url.pathname = name;
  return url.href;
}
