import type pg from "pg";
import { buildCatalogue, type Catalogue, type ServerUrls, withClient } from "../lineage/catalogue/build.ts";
import { smallGadgets, TENANT } from "../lineage/catalogue/gadgets.ts";
import { CONTESTANTS, type ContestantName, type Subjects, type Writer } from "./question.ts";

/** A catalogue with all that the questions need, and what they are about. */
export interface RequestCatalogue {
  readonly applicationUrl: string;
  readonly assets: number;
  readonly edges: number;
  readonly megabytes: number;
  /** But where the deep pages begin, which only the contestants can tell. */
  readonly subjects: Omit<Subjects, "deepAfter">;
  drop(): Promise<void>;
}

/** Assets of each tenant that writes. */
const WRITER_ASSETS = 3000;
/** Of a catalogue that has so many. */
const DEEPEST_PAGE = 1000;
const CROWD = Array.from({ length: 8 }, (_, index) => `other-${index + 1}`);
const writerName = (contestant: ContestantName) => `writes-${contestant}`;

export async function buildRequestCatalogue(server: ServerUrls, size: number): Promise<RequestCatalogue> {
  const gadget = smallGadgets().find(({ reach }) => reach === 1000);
  if (gadget === undefined) throw new Error("there is no graph of 1,000 assets");
  const catalogue = await buildCatalogue(server, { size, hubEdges: 0, gadgets: [gadget] });
  try {
    await withClient(ownerUrlOf(server, catalogue), fill);
    const found = await withClient(catalogue.applicationUrl, findSubjects);
    const subjects = { ...found, rootOf1000: gadget.rootId };
    const { applicationUrl, assets, edges, megabytes, drop } = catalogue;
    return {
      applicationUrl,
      assets,
      edges,
      megabytes,
      subjects,
      drop,
    };
  } catch (error) {
    await catalogue.drop();
    throw error;
  }
}

function ownerUrlOf(server: ServerUrls, { applicationUrl }: Catalogue): string {
  const url = new URL(server.ownerUrl);
  url.pathname = new URL(applicationUrl).pathname;
  return url.href;
}

/** Tags, workflows, runs, tenants that write, and what PostGraphile is given to be at its best. */
async function fill(owner: pg.Client): Promise<void> {
  const tables = ["assets", "asset_tags", "workflows", "executions", "asset_dependencies"];
  const each = async (statementOf: (table: string) => string) => {
    for (const table of tables) await owner.query(statementOf(table));
  };
  await each((table) => `ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`);
  const writers = CONTESTANTS.map(writerName);
  await owner.query(
    `INSERT INTO assets (tenant_id, id, name, name_search, asset_type, owner, created_by, updated_by)
     SELECT tenant, gen_random_uuid(), 'asset.' || n, 'asset.' || n, 'table', 'bench', 'bench', 'bench'
     FROM unnest($1::text[]) AS tenant, generate_series(1, ${WRITER_ASSETS}) AS n`,
    [writers],
  );
  await owner.query(
    `INSERT INTO asset_tags (tenant_id, asset_id, tag, created_by, updated_by)
     SELECT tenant_id, id, tag, 'bench', 'bench' FROM assets, unnest(ARRAY['daily', 'pii', owner]) AS tag
     WHERE tenant_id <> '~global'`,
  );
  await owner.query(
    `INSERT INTO workflows (tenant_id, id, name, name_search, version, created_by, updated_by)
     SELECT tenant, gen_random_uuid(), 'workflow.' || n, 'workflow.' || n, 1, 'bench', 'bench'
     FROM unnest($1::text[]) AS tenant, generate_series(1, 100) AS n`,
    [[TENANT, ...CROWD, ...writers]],
  );
  await owner.query(
    `INSERT INTO executions (tenant_id, id, workflow_tenant_id, workflow_id, state, created_at, created_by, updated_by)
     SELECT tenant_id, gen_random_uuid(), tenant_id, id, (ARRAY['succeeded', 'failed', 'running'])[1 + n % 3],
       '2026-01-01'::timestamptz + n * interval '1 minute' + version * interval '1 second', 'bench', 'bench'
     FROM workflows, generate_series(1, 200) AS n`,
  );
  await each((table) => `ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`);
  await owner.query(FOR_POSTGRAPHILE);
  // VACUUM takes no part in a transaction, so one statement each.
  await each((table) => `VACUUM (ANALYZE) ${table}`);
}

/** Two functions, each the shortest way to an answer that its relations cannot give, or not as fast. */
const FOR_POSTGRAPHILE = `
  CREATE SCHEMA bench;
  GRANT USAGE ON SCHEMA bench TO servo_app;
  CREATE FUNCTION bench.lineage(root uuid, max_depth int)
    RETURNS TABLE (depth int, asset_id uuid, name text, asset_type text, owner text) LANGUAGE sql STABLE AS $$
      WITH RECURSIVE walk (id, depth) AS (
        SELECT root, 0
        UNION
        SELECT edge.upstream_asset_id, walk.depth + 1
        FROM walk JOIN public.asset_dependencies AS edge ON edge.downstream_asset_id = walk.id
        WHERE walk.depth < max_depth
      ), node AS (SELECT id, min(depth) AS depth FROM walk GROUP BY id)
      SELECT node.depth, assets.id, assets.name, assets.asset_type, assets.owner
      FROM node JOIN public.assets
        ON assets.tenant_id = ANY (ARRAY[current_setting('app.current_tenant'), '~global']) AND assets.id = node.id
    $$;
  COMMENT ON FUNCTION bench.lineage IS E'@behavior +queryField:resource:list -queryField:resource:connection';
  CREATE FUNCTION bench.create_dependencies(edges json) RETURNS int LANGUAGE sql VOLATILE AS $$
    WITH made AS (
      INSERT INTO public.asset_dependencies (tenant_id, id, upstream_tenant_id, upstream_asset_id, downstream_asset_id,
        dependency_type, created_by, updated_by)
      SELECT tenant, id, tenant, "upstreamAssetId", "downstreamAssetId", lower("dependencyType"), tenant, tenant
      FROM json_to_recordset(edges) AS edge(id uuid, "upstreamAssetId" uuid, "downstreamAssetId" uuid, "dependencyType" text),
        current_setting('app.current_tenant') AS tenant
      RETURNING id
    )
    SELECT count(*)::int FROM made
  $$;
  GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA bench TO servo_app`;

/** As the application: the owner sees no row at all. */
async function findSubjects(client: pg.Client): Promise<Omit<Subjects, "deepAfter" | "rootOf1000">> {
  const idsOf = async (tenant: string, statement: string) => {
    await client.query("SELECT set_config('app.current_tenant', $1, false)", [tenant]);
    const { rows } = await client.query<{ id: string }>(statement, [tenant]);
    return rows.map(({ id }) => id);
  };
  const some = "SELECT id FROM assets WHERE tenant_id = $1 ORDER BY md5(id::text) LIMIT";
  const leaves = `
    SELECT id FROM assets WHERE tenant_id = $1 AND name LIKE 'asset.0.%'
      AND NOT EXISTS (SELECT FROM asset_dependencies WHERE tenant_id = $1 AND upstream_asset_id = assets.id)
    ORDER BY md5(id::text) LIMIT 500`;
  const workflow = "SELECT id FROM workflows WHERE tenant_id = $1 ORDER BY name LIMIT 1";
  const member = async (tenant: string, statement: string): Promise<Writer> => {
    const [workflowId = ""] = await idsOf(tenant, workflow);
    return { tenant, workflowId, assetIds: await idsOf(tenant, statement) };
  };
  const writerOf = (name: ContestantName) => member(writerName(name), `${some} ${WRITER_ASSETS}`);
  const [rows] = await idsOf(TENANT, "SELECT count(*) AS id FROM assets WHERE tenant_id = $1");
  const crowd: Writer[] = [];
  for (const tenant of CROWD) crowd.push(await member(tenant, leaves));
  return {
    tenant: TENANT,
    deepPage: Math.min(DEEPEST_PAGE, Math.floor(Number(rows) / 50)),
    assetIds: await idsOf(TENANT, `${some} 1000`),
    rootIds: await idsOf(TENANT, leaves),
    writers: {
      ours: await writerOf("ours"),
      "hand-written": await writerOf("hand-written"),
      PostGraphile: await writerOf("PostGraphile"),
    },
    crowd,
  };
}
