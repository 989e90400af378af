import { GLOBAL_TENANT } from "../../../src/db/tenant.ts";
import { OTHER_TENANTS, TENANT } from "./gadgets.ts";
import { benchId } from "./ids.ts";

/** Where the ids of the layered assets lie. */
const SPACE = 0;
const LAYERS = 20;
/** What one dashboard is made from; wide enough that all upstream of it is most of the catalogue. */
const DASHBOARD_INPUTS = 60;
const DASHBOARD_SPACE = 1;

/** Of each hundred assets in the order of their ids, so many from `first` on are a tenant's. */
interface Share {
  readonly tenant: string;
  readonly first: number;
  readonly of100: number;
}

/** 60% one tenant's, 4% each of nine others, 4% global. */
const SHARES: readonly Share[] = [
  { tenant: TENANT, first: 0, of100: 60 },
  ...Array.from({ length: OTHER_TENANTS }, (_, index) => ({
    tenant: `other-${index + 1}`,
    first: 60 + 4 * index,
    of100: 4,
  })),
  { tenant: GLOBAL_TENANT, first: 96, of100: 4 },
];
const MAIN: Share = { tenant: TENANT, first: 0, of100: 60 };

/** The SQL of the place among all assets of a tenant's asset number `n`. */
const placeOf = ({ first, of100 }: Share, n: string) =>
  `((${n}) / ${of100} * 100 + ${first} + (${n}) % ${of100})`;

/** Assets in each of a tenant's layers. */
const widthOf = ({ of100 }: Share, size: number) => Math.floor((size * of100) / 100 / LAYERS);

/** The catalogue beside the gadgets: each tenant's assets in 20 layers, about 2.6 edges from each up to the layer above. */
export const layered = {
  /** A SELECT of `tenant`, `space` and `n` of its assets. */
  assets(size: number): string {
    const each = SHARES.map(
      (share) => `
        SELECT '${share.tenant}' AS tenant, ${SPACE} AS space, ${placeOf(share, "n")} AS n
        FROM generate_series(0, ${widthOf(share, size) * LAYERS - 1}) AS n`,
    );
    const all = each.join(" UNION ALL ");
    return `SELECT * FROM (${all} UNION ALL SELECT '${TENANT}', ${DASHBOARD_SPACE}, 0) AS assets ORDER BY space, n`;
  },

  /** SELECTs of `tenant`, `upstream_tenant`, `u`, `d` (ids) and `type` of its edges. */
  edges(size: number): string[] {
    const main = widthOf(MAIN, size);
    return [
      ...SHARES.map((share) => edgesOf(share, widthOf(share, size))),
      // One asset of 50 is made from a global one, too.
      ...SHARES.filter(({ tenant }) => tenant !== GLOBAL_TENANT).map((share) => globalEdges(share, size)),
      `SELECT DISTINCT '${TENANT}' AS tenant, '${TENANT}' AS upstream_tenant,
         pg_temp.bench_id(${SPACE}, ${placeOf(MAIN, `${(LAYERS - 1) * main}::bigint + n * ${main} / ${DASHBOARD_INPUTS}`)}) AS u,
         pg_temp.bench_id(${DASHBOARD_SPACE}, 0) AS d, 'data' AS type
       FROM generate_series(0, ${DASHBOARD_INPUTS - 1}) AS n`,
    ];
  },

  /** An asset of the lowest layer: its upstream grows by 2.6 with each step. */
  leafId(size: number): string {
    const n = widthOf(MAIN, size) * LAYERS - 1;
    return benchId(SPACE, Math.floor(n / MAIN.of100) * 100 + (n % MAIN.of100));
  },

  /** An asset that most of its tenant's catalogue is upstream of. */
  dashboardId: benchId(DASHBOARD_SPACE, 0),
  /** How deep the upstream of the dashboard goes. */
  dashboardDepth: LAYERS,
};

/** Two or three edges an asset, random in the layer above; one of 50 leads to a hub, which one asset of 1,000 is. */
function edgesOf(share: Share, width: number): string {
  const random = (seed: string) => `(hashint8extended(n, ${seed}) & 1073741823)`;
  const hubs = Math.max(1, Math.floor(width / 1000));
  return `
    SELECT '${share.tenant}' AS tenant, '${share.tenant}' AS upstream_tenant,
      pg_temp.bench_id(${SPACE}, up) AS u, pg_temp.bench_id(${SPACE}, down) AS d, type
    FROM (
      SELECT DISTINCT ${placeOf(share, "above + at")} AS up, ${placeOf(share, "n")} AS down,
        CASE n % 20 WHEN 0 THEN 'metadata' WHEN 1 THEN 'control' ELSE 'data' END AS type
      FROM (
        SELECT n, (n / ${width} - 1) * ${width} AS above,
          ${random("k")} % CASE ${random("k + 10")} % 50 WHEN 0 THEN ${hubs} ELSE ${width} END AS at
        FROM generate_series(${width}::bigint, ${width * LAYERS - 1}) AS n, generate_series(1, 3) AS k
        WHERE k < 3 OR n % 10 < 6
        OFFSET 0
      ) AS random
    ) AS edge`;
}

function globalEdges(share: Share, size: number): string {
  const globals = { tenant: GLOBAL_TENANT, first: 96, of100: 4 };
  const count = widthOf(globals, size) * LAYERS;
  return `
    SELECT '${share.tenant}' AS tenant, '${GLOBAL_TENANT}' AS upstream_tenant,
      pg_temp.bench_id(${SPACE}, ${placeOf(globals, `(hashint8extended(n, 20) & 1073741823) % ${count}`)}) AS u,
      pg_temp.bench_id(${SPACE}, ${placeOf(share, "n")}) AS d, 'data' AS type
    FROM generate_series(0::bigint, ${widthOf(share, size) * LAYERS - 1}, 50) AS n`;
}
