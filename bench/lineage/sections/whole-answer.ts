import pg from "pg";
import { pino } from "pino";
import { createDatabase } from "../../../src/db/database.ts";
import { createProbe } from "../../../src/db/probe.ts";
import { createApp } from "../../../src/http/app.ts";
import { authenticateByHeader } from "../../../src/http/header-authentication.ts";
import { listen } from "../../../src/http/server.ts";
import { silentLogger } from "../../../src/logger.ts";
import type { Catalogue } from "../catalogue/build.ts";
import { type Gadget, TENANT } from "../catalogue/gadgets.ts";
import { type Effort, type Figures, figuresOf, measureSideBySide, quantile, type Timed } from "../measure.ts";
import { answersOf } from "./walks.ts";

/** One answer of the API, beside what its statements take in the database. */
export interface WholeAnswer {
  readonly shape: string;
  readonly nodes: number;
  readonly edges: number;
  readonly bytes: number;
  /** Each statement of the request, and the median of its milliseconds. */
  readonly statements: readonly { readonly name: string; readonly p50Ms: number }[];
  /** The statements as the request sent them, sent again over a bare connection until their rows are there. */
  readonly database: Figures;
  /** The request over HTTP, until the body is there. */
  readonly whole: Figures;
}

const QUERY = /* GraphQL */ `
  query Lineage($assetId: ID!) {
    lineage(assetId: $assetId, direction: UPSTREAM, maxDepth: 1000, maxNodes: 10000) {
      completeness
      nodes { depth asset { id } }
      edges { upstream { id } downstream { id } dependencyType }
    }
  }`;

interface Answer {
  readonly data?: {
    readonly lineage: { readonly nodes: readonly object[]; readonly edges: readonly object[] } | null;
  };
  readonly errors?: readonly object[];
}

interface Sent {
  readonly config: string | pg.QueryConfig;
  readonly values: unknown[] | undefined;
}

/** Answers of 100, 1,000 and 10,000 nodes with ids, depths and edges, through an API that serves in this process. */
export async function measureWholeAnswers(catalogue: Catalogue, effort: Effort): Promise<WholeAnswer[]> {
  const database = createDatabase(catalogue.applicationUrl, { pool: { max: 1, idleTimeoutMs: 3_600_000 } });
  const record = recordStatements(database.pool);
  const probe = createProbe(catalogue.applicationUrl, silentLogger);
  const app = createApp({
    database,
    logger: pino({ level: "silent" }),
    authenticate: authenticateByHeader,
    probe,
  });
  const server = await listen(app, { host: "127.0.0.1", port: 0 });
  const bare = new pg.Client({ connectionString: catalogue.applicationUrl, pipeline: true });
  await bare.connect();
  try {
    const answers: WholeAnswer[] = [];
    for (const gadget of answersOf(catalogue).slice(1)) {
      answers.push(await measureAnswer(gadget, { url: server.url, bare, record, effort }));
    }
    return answers;
  } finally {
    await bare.end();
    await server.close(1000);
    await probe.close();
    await database.close();
  }
}

interface Setting {
  readonly url: string;
  readonly bare: pg.Client;
  readonly record: (work: () => Promise<unknown>) => Promise<Sent[]>;
  readonly effort: Effort;
}

async function measureAnswer(gadget: Gadget, { url, bare, record, effort }: Setting): Promise<WholeAnswer> {
  const first = await ask(url, gadget.rootId);
  const sent = await record(() => ask(url, gadget.rootId));
  const times: number[][] = sent.map(() => []);
  const measured = await measureSideBySide(
    [
      { name: "database", run: () => replay(bare, sent, times) },
      { name: "whole", run: () => ask(url, gadget.rootId) },
    ],
    effort,
  );
  const [database, whole] = figuresOf(measured);
  if (database === undefined || whole === undefined) throw new Error("there are two");
  const { data, errors } = JSON.parse(first.found) as Answer;
  if (errors !== undefined || !data?.lineage) throw new Error(`the API failed: ${first.found.slice(0, 500)}`);
  return {
    shape: gadget.name,
    nodes: data.lineage.nodes.length,
    edges: data.lineage.edges.length,
    bytes: Buffer.byteLength(first.found),
    statements: sent.map(({ config }, index) => ({
      name: nameOf(typeof config === "string" ? config : config.text),
      p50Ms: quantile(times[index] ?? [], 0.5),
    })),
    database,
    whole,
  };
}

async function ask(url: string, assetId: string): Promise<Timed<string>> {
  const started = performance.now();
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-tenant-id": TENANT },
    body: JSON.stringify({ query: QUERY, variables: { assetId } }),
  });
  const found = await response.text();
  return { ms: performance.now() - started, found };
}

/** In pipeline mode, as the product's own connections are, but one statement after another. */
async function replay(
  bare: pg.Client,
  sent: readonly Sent[],
  times: readonly number[][],
): Promise<Timed<string>> {
  const started = performance.now();
  for (const [index, { config, values }] of sent.entries()) {
    const before = performance.now();
    await bare.query(config, values);
    times[index]?.push(performance.now() - before);
  }
  return { ms: performance.now() - started, found: "" };
}

/** @returns what runs some work and tells which statements it sent */
function recordStatements(pool: pg.Pool): Setting["record"] {
  let sent: Sent[] | undefined;
  pool.on("connect", (client) => {
    const query = client.query.bind(client) as (config: Sent["config"], ...more: unknown[]) => unknown;
    Object.assign(client, {
      query(config: Sent["config"], ...more: unknown[]) {
        const [values] = more;
        sent?.push({ config, values: Array.isArray(values) ? values : undefined });
        return query(config, ...more);
      },
    });
  });
  return async (work) => {
    const recorded: Sent[] = [];
    sent = recorded;
    await work();
    sent = undefined;
    return recorded;
  };
}

function nameOf(text: string): string {
  return /^\/\* ([\w.]+) \*\//.exec(text)?.[1] ?? text;
}
