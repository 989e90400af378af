import { availableParallelism, cpus, loadavg } from "node:os";
import pg from "pg";
import { buildCatalogue, type Catalogue, type ServerUrls } from "./catalogue/build.ts";
import type { Effort, Figures } from "./measure.ts";
import { findPsql } from "./psql.ts";
import { type Adversary, measureAdversaries } from "./sections/adversaries.ts";
import { type CountFigures, measureBigCount } from "./sections/big-count.ts";
import { type EdgeCost, measureEdgeCost } from "./sections/edge-cost.ts";
import { measureHistory } from "./sections/history.ts";
import { measureSameAnswers, type SameAnswer } from "./sections/same-answer.ts";
import { measureWalks, type WalkCell } from "./sections/walks.ts";
import { measureWholeAnswers, type WholeAnswer } from "./sections/whole-answer.ts";

export interface BenchOptions {
  readonly server: ServerUrls;
  /** Whether the server runs on this machine, so that the memory of its processes can be read. */
  readonly isLocal: boolean;
  /** Assets of each catalogue, beside the gadgets. */
  readonly sizes: readonly number[];
  /** Edges of each hub, in the largest catalogue. */
  readonly hubEdges: number;
  readonly effort: Effort;
  /** Told what is done next. */
  readonly onProgress: (what: string) => void;
}

/** Where it was measured, by name. */
export type Environment = Readonly<Record<string, string>>;

export interface Report {
  readonly environment: Environment;
  readonly catalogues: readonly Omit<Catalogue, "applicationUrl" | "gadgets" | "drop">[];
  readonly walks: readonly WalkCell[];
  readonly sameAnswers: readonly SameAnswer[];
  readonly wholeAnswers: readonly WholeAnswer[];
  readonly bigCount: readonly CountFigures[];
  readonly adversaries: readonly Adversary[];
  readonly edgeCosts: readonly EdgeCost[];
  /** An answer before and after its edges got a past, and as of two moments. */
  readonly history: readonly Figures[];
}

/** Makes the catalogues, measures everything in them, and drops them. */
export async function runLineageBench(options: BenchOptions): Promise<Report> {
  const { server, effort, onProgress } = options;
  const sizes = options.sizes.toSorted((a, b) => a - b);
  const psql = findPsql();
  const environment = await describeEnvironment(server, psql);
  const catalogues: Catalogue[] = [];
  try {
    for (const size of sizes) {
      onProgress(`making ${size.toLocaleString("en")} assets`);
      const hubEdges = size === sizes.at(-1) ? options.hubEdges : 0;
      catalogues.push(await buildCatalogue(server, { size, hubEdges }));
    }
    const largest = catalogues.at(-1);
    if (largest === undefined) throw new Error("there is no catalogue");
    const walks: WalkCell[] = [];
    for (const catalogue of catalogues) {
      onProgress(`walks among ${catalogue.label}`);
      const isLargest = catalogue === largest;
      walks.push(...(await measureWalks(catalogue, { effort, isLargest, hasPsql: psql !== undefined })));
    }
    onProgress("the same answer in each catalogue");
    const sameAnswers = await measureSameAnswers(catalogues, effort);
    onProgress("whole answers of the API");
    const wholeAnswers = await measureWholeAnswers(largest, effort);
    onProgress("counts over most of the catalogue");
    const bigCount = await measureBigCount(largest, { effort, isLocal: options.isLocal });
    onProgress("adversaries");
    const adversaries = await measureAdversaries(largest, effort);
    onProgress("the cost of an edge");
    const edgeCosts = await measureEdgeCost(largest, effort);
    onProgress("the past");
    const history = await measureHistory(largest, effort);
    return {
      environment,
      catalogues: catalogues.map(({ applicationUrl: _, gadgets: __, drop: ___, ...shown }) => shown),
      walks,
      sameAnswers,
      wholeAnswers,
      bigCount,
      adversaries,
      edgeCosts,
      history,
    };
  } finally {
    onProgress("dropping the catalogues");
    for (const { drop } of catalogues) await drop();
  }
}

/** Settings on which the figures depend. */
const SETTINGS = [
  ...["shared_buffers", "work_mem", "hash_mem_multiplier", "effective_cache_size", "random_page_cost", "jit"],
  ...["max_parallel_workers_per_gather", "autovacuum", "fsync"],
];

async function describeEnvironment(server: ServerUrls, psql: string | undefined): Promise<Environment> {
  const client = new pg.Client(server.ownerUrl);
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string; value: string }>(
      "SELECT name, current_setting(name) AS value FROM unnest($1::text[]) AS setting(name)",
      [["server_version", ...SETTINGS]],
    );
    const [version, ...settings] = rows;
    return {
      PostgreSQL: version?.value ?? "?",
      settings: settings.map(({ name, value }) => `${name} ${value}`).join(", "),
      cores: `${availableParallelism()} (${cpus()[0]?.model ?? "?"})`,
      "load before": loadavg()
        .map((load) => load.toFixed(2))
        .join(" "),
      Node: process.version,
      psql: psql ?? "not on the PATH: its column is left out",
      date: new Date().toISOString(),
    };
  } finally {
    await client.end();
  }
}
