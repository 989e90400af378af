import { GLOBAL_TENANT } from "../../src/db/tenant.ts";
import { buildCatalogue, type Catalogue, type ServerUrls } from "../lineage/catalogue/build.ts";
import { largestWalk } from "../lineage/catalogue/gadgets.ts";
import { quantile } from "../lineage/measure.ts";
import { ClientProcess, type Question, type Tally } from "./client.ts";
import { type Service, startService, type Watched } from "./service.ts";

/** How long, in seconds and rounds, and how hard. */
export interface Effort {
  /** Of all who press. */
  readonly connections: number;
  readonly rounds: number;
  readonly quiet: number;
  /** Under load before the measurement begins. */
  readonly settle: number;
  readonly noisy: number;
  /** How long to wait at most until what was pressed for has come to its end. */
  readonly calm: number;
}

export interface BenchOptions {
  readonly server: ServerUrls;
  readonly effort: Effort;
  /** Variables of the server's configuration. */
  readonly settings: Readonly<Record<string, string>>;
  readonly onProgress: (what: string) => void;
}

/** One phase as the quiet tenant has seen it, and what the others got meanwhile. */
export interface Phase {
  readonly load: string;
  readonly round: number;
  readonly asked: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly failed: Tally["failed"];
  readonly server: Watched;
  /** What those who press got; null in quiet. */
  readonly pressed: Tally | null;
}

/** Those who press. */
interface Load {
  readonly name: string;
  readonly questions: (url: string) => readonly Question[];
}

const HEAVY = "main";
const QUIET = "other-1";
const MANY = Array.from({ length: 8 }, (_, index) => `other-${index + 2}`);
const PER_SECOND = 100;
/** The spaces of the largest walks' ids: of one tenant, and of nobody, which all tenants may walk. */
const [OWN_SPACE, SHARED_SPACE] = [10, 11];

const WALK = /* GraphQL */ `
  query Walk($assetId: ID!, $maxNodes: Int!, $maxEdges: Int!) {
    lineage(assetId: $assetId, direction: UPSTREAM, maxDepth: 1000, maxNodes: $maxNodes, maxEdges: $maxEdges) {
      completeness
      nodes { depth asset { id name assetType owner tags } }
      edges { upstream { id } downstream { id } dependencyType }
    }
  }`;
const BY_ID = "query ById($id: ID!) { asset(id: $id) { id name assetType owner } }";

/** Measures one tenant's by-id latency alone and beside others that walk. */
export async function runNeighbourBench(options: BenchOptions): Promise<Phase[]> {
  const { server, effort, onProgress } = options;
  onProgress("making the catalogue");
  const walks = [largestWalk(HEAVY, OWN_SPACE), largestWalk(GLOBAL_TENANT, SHARED_SPACE)];
  const catalogue = await buildCatalogue(server, { size: 1000, hubEdges: 0, gadgets: walks });
  const service = await startService(catalogue.applicationUrl, options.settings);
  const clients = { probe: new ClientProcess(), press: new ClientProcess() };
  try {
    const [one, ...others] = loadsOn(catalogue, effort);
    const bench = { service, clients, effort, probe: await byIdQuestion(service.url, QUIET) };
    await checkWalk(one, service.url);
    await measure(bench, 0, null);
    const phases: Phase[] = [];
    for (let round = 1; round <= effort.rounds; round += 1) {
      onProgress(`round ${round} of ${effort.rounds}`);
      phases.push(await measure(bench, round, null), await measure(bench, round, one ?? null));
    }
    for (const load of others) {
      onProgress(load.name);
      phases.push(
        await measure(bench, effort.rounds + 1, null),
        await measure(bench, effort.rounds + 1, load),
      );
    }
    phases.push(await measure(bench, effort.rounds + 1, null));
    return phases;
  } finally {
    clients.probe.stop();
    clients.press.stop();
    await service.stop();
    await catalogue.drop();
  }
}

function loadsOn({ gadgets: [own, shared] }: Catalogue, { connections }: Effort): Load[] {
  const largest = walkBody(own?.rootId, 10_000, 100_000);
  const largestShared = walkBody(shared?.rootId, 10_000, 100_000);
  const byDefault = walkBody(own?.rootId, 500, 10_000);
  const small = walkBody(own?.rootId, 100, 1000);
  return [
    {
      name: `one tenant, largest walks, ${connections} connections`,
      questions: (url) => [{ url, tenant: HEAVY, body: largest }],
    },
    {
      name: `8 tenants, largest walks, ${connections / MANY.length} connections each`,
      questions: (url) => MANY.map((tenant) => ({ url, tenant, body: largestShared })),
    },
    {
      name: `one tenant, walks of 500 nodes, ${connections} connections`,
      questions: (url) => [{ url, tenant: HEAVY, body: byDefault }],
    },
    {
      name: `one tenant, walks of 100 nodes, ${connections} connections`,
      questions: (url) => [{ url, tenant: HEAVY, body: small }],
    },
  ];
}

interface Bench {
  readonly service: Service;
  readonly clients: { readonly probe: ClientProcess; readonly press: ClientProcess };
  readonly effort: Effort;
  readonly probe: Question;
}

async function measure(
  { service, clients, effort, probe }: Bench,
  round: number,
  load: Load | null,
): Promise<Phase> {
  const ask = (seconds: number) =>
    clients.probe.tell({ do: "probe", question: probe, perSecond: PER_SECOND, seconds });
  if (load === null) await untilCalm(ask, effort.calm);
  else {
    const [questions, { connections }] = [load.questions(service.url), effort];
    await clients.press.tell({ do: "press", questions, connections });
    await ask(effort.settle);
  }
  await service.watch();
  const { samples, failed } = await ask(load === null ? effort.quiet : effort.noisy);
  const server = await service.watch();
  const pressed = load === null ? null : await clients.press.tell({ do: "rest" });
  const [p50Ms = 0, p95Ms = 0, p99Ms = 0] = [0.5, 0.95, 0.99].map((part) => quantile(samples, part));
  return {
    ...{ load: load?.name ?? "quiet", round, asked: samples.length, p50Ms, p95Ms, p99Ms, failed },
    ...{ server, pressed },
  };
}

/** What was pressed for may still run. */
async function untilCalm(ask: (seconds: number) => Promise<Tally>, seconds: number): Promise<void> {
  for (let tries = 0; tries < seconds; tries += 1) {
    const { samples } = await ask(1);
    if (quantile(samples, 0.95) < 30) return;
  }
}

/** The body that asks for the lineage of an asset. */
export function walkBody(assetId: string | undefined, maxNodes: number, maxEdges: number): string {
  return JSON.stringify({ query: WALK, variables: { assetId, maxNodes, maxEdges } });
}

/** Asks for one asset by its id, as a tenant that has or sees some. */
export async function byIdQuestion(url: string, tenant: string): Promise<Question> {
  const body = JSON.stringify({ query: "{ assets(first: 1) { nodes { id } } }" });
  const { data } = (await post({ url, tenant, body })) as {
    data: { assets: { nodes: { id: string }[] } };
  };
  const variables = { id: data.assets.nodes[0]?.id };
  return { url, tenant, body: JSON.stringify({ query: BY_ID, variables }) };
}

/** The largest walk must be one: or what is measured is something else. */
async function checkWalk(load: Load | undefined, url: string): Promise<void> {
  const [question] = load?.questions(url) ?? [];
  if (question === undefined) throw new Error("there is nothing to walk");
  const answer = (await post(question)) as { data?: { lineage: { nodes: object[] } | null } };
  const nodes = answer.data?.lineage?.nodes.length;
  if (nodes !== 10_000)
    throw new Error(`the largest walk has ${nodes} nodes: ${JSON.stringify(answer).slice(0, 500)}`);
}

async function post({ url, tenant, body }: Question): Promise<unknown> {
  const headers = { "content-type": "application/json", "x-tenant-id": tenant };
  return (await fetch(`${url}/graphql`, { method: "POST", headers, body })).json();
}
