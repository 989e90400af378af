// A server written by hand for these questions alone: about as little as Node can do for them. Each request is one
// transaction of one prepared statement, whose three parts leave in one flight; PostgreSQL writes the JSON.
import Fastify from "fastify";
import pg from "pg";

const { DATABASE_URL, PORT = "0", POOL_MAX = "10" } = process.env;

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: Number(POOL_MAX), pipeline: true });
const app = Fastify({ logger: false, bodyLimit: 1_048_576 });

const READ = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";
const WRITE = "BEGIN";

async function run(begin, tenant, statement, values) {
  const client = await pool.connect();
  const begun = client.query(`${begin}; SET LOCAL app.current_tenant = ${client.escapeLiteral(tenant)}`);
  const answered = client.query({ ...statement, values, rowMode: "array" });
  const ended = client.query("COMMIT");
  const done = Promise.all([begun, answered, ended]).then(
    () => client.release(),
    (error) => {
      client.release(true);
      throw error;
    },
  );
  if (begin === WRITE) await done;
  else done.catch(() => undefined);
  return (await answered).rows[0]?.[0] ?? "null";
}

const READABLE = "ARRAY[$1, '~global']";
const asset = (table) =>
  `'id', ${table}.id, 'name', ${table}.name, 'assetType', ${table}.asset_type, 'owner', ${table}.owner, 'createdAt', ${table}.created_at`;
/** A page of the tenant's own, newest first. */
const newest = (table, after) => `
  SELECT * FROM ${table}
  WHERE tenant_id = $1 ${after ? "AND (created_at, id) < ($2::timestamptz, $3::uuid)" : ""}
  ORDER BY created_at DESC, id DESC LIMIT 50`;

const statements = {
  "by-id": `
    SELECT json_build_object(${asset("assets")})::text FROM assets
    WHERE tenant_id = ANY (${READABLE}) AND id = $2::uuid`,
  page: `
    SELECT json_agg(json_build_object(${asset("page")}) ORDER BY created_at DESC, id DESC)::text
    FROM (${newest("assets", false)}) AS page`,
  "deep-page": `
    SELECT json_agg(json_build_object(${asset("page")}) ORDER BY created_at DESC, id DESC)::text
    FROM (${newest("assets", true)}) AS page`,
  executions: `
    SELECT json_agg(json_build_object('id', page.id, 'state', page.state, 'createdAt', page.created_at, 'workflow',
      json_build_object('id', workflows.id, 'name', workflows.name, 'version', workflows.version))
      ORDER BY page.created_at DESC, page.id DESC)::text
    FROM (${newest("executions", false)}) AS page
    JOIN workflows ON workflows.tenant_id = page.workflow_tenant_id AND workflows.id = page.workflow_id`,
  assets: `
    SELECT json_agg(json_build_object('id', page.id, 'name', page.name, 'tags', tags.tags, 'upstream', upstream.upstream)
      ORDER BY page.created_at DESC, page.id DESC)::text
    FROM (${newest("assets", false)}) AS page
    CROSS JOIN LATERAL (
      SELECT coalesce(json_agg(tag ORDER BY tag), '[]') AS tags FROM asset_tags
      WHERE tenant_id = page.tenant_id AND asset_id = page.id
    ) AS tags
    CROSS JOIN LATERAL (
      SELECT coalesce(json_agg(json_build_object('dependencyType', upper(edge.dependency_type), 'id', up.id, 'name', up.name)), '[]') AS upstream
      FROM (
        SELECT * FROM asset_dependencies WHERE tenant_id = page.tenant_id AND downstream_asset_id = page.id
        ORDER BY created_at DESC, id DESC LIMIT 50
      ) AS edge
      JOIN assets AS up ON up.tenant_id = edge.upstream_tenant_id AND up.id = edge.upstream_asset_id
    ) AS upstream`,
  lineage: `
    WITH RECURSIVE walk (id, depth) AS (
      SELECT $2::uuid, 0
      UNION
      SELECT edge.upstream_asset_id, walk.depth + 1
      FROM walk JOIN asset_dependencies AS edge ON edge.downstream_asset_id = walk.id
      WHERE walk.depth < $3::int
    ), node AS (SELECT id, min(depth) AS depth FROM walk GROUP BY id)
    SELECT json_agg(json_build_object('depth', node.depth, 'id', assets.id, 'name', assets.name,
      'assetType', assets.asset_type, 'owner', assets.owner) ORDER BY node.depth, node.id)::text
    FROM node JOIN assets ON assets.tenant_id = ANY (${READABLE}) AND assets.id = node.id`,
  "create-asset": `
    INSERT INTO assets (tenant_id, id, name, name_search, asset_type, owner, created_by, updated_by)
    VALUES ($1, $2, $3, lower($3), $4, $5, $1, $1)
    RETURNING json_build_object(${asset("assets")})::text`,
  "create-execution": `
    WITH made AS (
      INSERT INTO executions (tenant_id, id, workflow_tenant_id, workflow_id, idempotency_key, created_by, updated_by)
      VALUES ($1, $2, $1, $3, $4, $1, $1)
      ON CONFLICT (tenant_id, workflow_tenant_id, workflow_id, idempotency_key) DO NOTHING
      RETURNING *
    ), stored AS (
      SELECT * FROM made UNION ALL
      SELECT * FROM executions
      WHERE tenant_id = $1 AND workflow_tenant_id = $1 AND workflow_id = $3 AND idempotency_key = $4
        AND NOT EXISTS (SELECT FROM made)
    )
    SELECT json_build_object('id', id, 'state', state, 'createdAt', created_at)::text FROM stored`,
  "create-dependencies": `
    WITH made AS (
      INSERT INTO asset_dependencies (tenant_id, id, upstream_tenant_id, upstream_asset_id, downstream_asset_id, dependency_type,
        created_by, updated_by)
      SELECT $1, id, $1, "upstreamAssetId", "downstreamAssetId", lower("dependencyType"), $1, $1
      FROM json_to_recordset($2::json) AS edge(id uuid, "upstreamAssetId" uuid, "downstreamAssetId" uuid, "dependencyType" text)
      RETURNING id
    )
    SELECT json_build_object('created', count(*))::text FROM made`,
};

/** @param {(query: Record<string, string>, body: unknown) => unknown[]} valuesOf */
function route(method, begin, name, valuesOf) {
  const statement = { name, text: statements[name] };
  app.route({
    method,
    url: `/${name}`,
    async handler({ headers, query, body }, reply) {
      const tenant = headers["x-tenant-id"];
      const json = await run(begin, tenant, statement, [tenant, ...valuesOf(query, body)]);
      return reply.type("application/json; charset=utf-8").send(json);
    },
  });
}

route("GET", READ, "by-id", ({ id }) => [id]);
route("GET", READ, "page", () => []);
route("GET", READ, "deep-page", ({ createdAt, id }) => [createdAt, id]);
route("GET", READ, "executions", () => []);
route("GET", READ, "assets", () => []);
route("GET", READ, "lineage", ({ id, depth }) => [id, depth]);
route("POST", WRITE, "create-asset", (_, { id, name, assetType, owner }) => [id, name, assetType, owner]);
route("POST", WRITE, "create-execution", (_, { id, workflowId, key }) => [id, workflowId, key]);
route("POST", WRITE, "create-dependencies", (_, body) => [JSON.stringify(body)]);

await app.listen({ port: Number(PORT), host: "127.0.0.1" });
process.send?.({ url: `http://127.0.0.1:${app.server.address().port}` });
