import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { buildCatalogue, type Catalogue, type ServerUrls } from "../lineage/catalogue/build.ts";
import { largestWalk } from "../lineage/catalogue/gadgets.ts";
import { ClientProcess, type Question } from "../neighbour/client.ts";
import { byIdQuestion, walkBody } from "../neighbour/run.ts";
import { type Service, startService } from "../neighbour/service.ts";
import { type RowSize, weighRows } from "./storage.ts";

export interface SizingOptions {
  readonly server: ServerUrls;
  /** Assets of the database that is weighed. */
  readonly assets: number;
  /** How long each replica is asked for one thing. */
  readonly seconds: number;
  readonly poolSizes: readonly number[];
  readonly onProgress: (what: string) => void;
}

/** What one replica takes, by how many connections it may have. */
export interface Replica {
  readonly poolMax: number;
  /** Assets by their id, asked for by 64 clients. */
  readonly answersPerSecond: number;
  /** Cores that its process kept busy meanwhile. */
  readonly cores: number;
  /** To the database, while it was asked. */
  readonly connections: number;
  /** Resident memory: when it is ready, when it has been asked for assets, and for lineages of 10,000 nodes. */
  readonly megabytes: { readonly idle: number; readonly light: number; readonly heavy: number };
  readonly failed: number;
}

export interface Sizing {
  readonly rows: readonly RowSize[];
  readonly replicas: readonly Replica[];
}

const CLIENTS = 64;
const TENANTS = Array.from({ length: 8 }, (_, index) => `other-${index + 1}`);
/** Nobody is refused, or there would be less to count. */
const PATIENT = { TENANT_MAX_WAITING: "100000" };

/** Measures what replicas take of memory, cores and connections, and weighs rows. */
export async function runSizingBench(options: SizingOptions): Promise<Sizing> {
  const { server, assets, onProgress } = options;
  onProgress("making the catalogue");
  const catalogue = await buildCatalogue(server, {
    size: 1000,
    hubEdges: 0,
    gadgets: [largestWalk("main", 10)],
  });
  const client = new ClientProcess();
  try {
    const replicas: Replica[] = [];
    for (const poolMax of options.poolSizes) {
      onProgress(`a replica with POOL_MAX=${poolMax}`);
      replicas.push(await measureReplica(poolMax, catalogue, client, options));
    }
    onProgress("weighing rows");
    return { replicas, rows: await weighRows(ownerUrlOf(server, catalogue), assets) };
  } finally {
    client.stop();
    await catalogue.drop();
  }
}

async function measureReplica(
  poolMax: number,
  catalogue: Catalogue,
  client: ClientProcess,
  { server, seconds }: SizingOptions,
): Promise<Replica> {
  const settings = { ...PATIENT, POOL_MAX: String(poolMax) };
  const service = await startService(catalogue.applicationUrl, settings);
  try {
    const idle = (await service.watch()).rssMb;
    const assets = await Promise.all(TENANTS.map((tenant) => byIdQuestion(service.url, tenant)));
    const light = await press(service, client, assets, CLIENTS, seconds, () =>
      countConnections(ownerUrlOf(server, catalogue)),
    );
    const walk = walkBody(catalogue.gadgets[0]?.rootId, 10_000, 100_000);
    const heavy = await press(
      service,
      client,
      [{ url: service.url, tenant: "main", body: walk }],
      4,
      seconds,
    );
    return {
      poolMax,
      answersPerSecond: light.answered / light.seconds,
      cores: light.cpuSeconds / light.seconds,
      connections: light.meanwhile ?? 0,
      megabytes: { idle, light: light.rssMb, heavy: heavy.rssMb },
      failed: light.failed + heavy.failed,
    };
  } finally {
    await service.stop();
  }
}

async function press(
  service: Service,
  client: ClientProcess,
  questions: readonly Question[],
  connections: number,
  seconds: number,
  look?: () => Promise<number>,
) {
  await client.tell({ do: "press", questions, connections });
  await service.watch();
  await delay((seconds * 1000) / 2);
  const meanwhile = await look?.();
  await delay((seconds * 1000) / 2);
  const { cpuSeconds, rssMb } = await service.watch();
  const { answered, failed, seconds: asked } = await client.tell({ do: "rest" });
  const failures = Object.values(failed).reduce((sum, count) => sum + count, 0);
  return { answered, failed: failures, seconds: asked, cpuSeconds, rssMb, meanwhile };
}

async function countConnections(ownerUrl: string): Promise<number> {
  const owner = new pg.Client(ownerUrl);
  await owner.connect();
  try {
    const { rows } = await owner.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_stat_activity
       WHERE datname = current_database() AND usename <> current_user`,
    );
    return rows[0]?.count ?? 0;
  } finally {
    await owner.end();
  }
}

function ownerUrlOf({ ownerUrl }: ServerUrls, { applicationUrl }: Catalogue): string {
  return Object.assign(new URL(ownerUrl), { pathname: new URL(applicationUrl).pathname }).href;
}
