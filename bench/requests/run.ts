import { isDeepStrictEqual } from "node:util";
import type { ServerUrls } from "../lineage/catalogue/build.ts";
import { quantile } from "../lineage/measure.ts";
import { buildRequestCatalogue, type RequestCatalogue } from "./catalogue.ts";
import { type Contestant, startContestant } from "./contestants.ts";
import { cpuSeconds, residentMegabytes } from "./cpu.ts";
import { type Asked, LoadProcess } from "./load.ts";
import { findPgbench, pgbenchRate, STATEMENTS } from "./pgbench.ts";
import { CONTESTANTS, type ContestantName, type Question, type Subjects, type Workload } from "./question.ts";
import { questionOf, WORKLOADS, type WorkloadName } from "./workloads.ts";

/** How long and how often. */
export interface Effort {
  readonly rounds: number;
  /** Of each contestant before a workload. */
  readonly warmUpSeconds: number;
  /** Whether all workloads are asked before the first is measured, since a server is compiled for all that it is asked. */
  readonly warmsUpByAll: boolean;
  readonly seconds: number;
}

export interface BenchOptions {
  readonly server: ServerUrls;
  /** The process number of PostgreSQL's postmaster, where its CPU is to be told. */
  readonly postmaster: number | undefined;
  readonly size: number;
  readonly connections: number;
  readonly effort: Effort;
  /** Default: all. */
  readonly workloads: readonly WorkloadName[];
  readonly contestants: readonly ContestantName[];
  /** Variables of our server's configuration. */
  readonly settings: Readonly<Record<string, string>>;
  readonly onProgress: (what: string) => void;
}

/** One contestant in one round of a workload. */
export interface Round extends Asked {
  /** CPU milliseconds a request, of the server and of PostgreSQL. */
  readonly serverMs: number | null;
  readonly databaseMs: number | null;
}

export interface WorkloadReport {
  readonly workload: WorkloadName;
  readonly title: string;
  readonly rounds: Readonly<Partial<Record<ContestantName, readonly Round[]>>>;
  /** The statement alone, a second. */
  readonly pgbench: readonly number[];
}

export interface Report {
  readonly catalogue: Pick<RequestCatalogue, "assets" | "edges" | "megabytes">;
  readonly connections: number;
  readonly workloads: readonly WorkloadReport[];
  /** By id at 80% of each contestant's own rate. */
  readonly steady: Readonly<Partial<Record<ContestantName, Round>>>;
  /** By id, ours, by connections. */
  readonly byConnections: readonly { readonly connections: number; readonly round: Round }[];
  readonly startedMs: Readonly<Partial<Record<ContestantName, number>>>;
  /** After 64 connections of the mixed load. */
  readonly megabytes: Readonly<Partial<Record<ContestantName, number | null>>>;
}

const MIXED_CONNECTIONS = 64;
const SWEEP = [1, 8, 32, 64, 200];

export async function runBench(options: BenchOptions): Promise<Report> {
  const { server, size, onProgress } = options;
  onProgress(`making a catalogue of ${size} assets`);
  const catalogue = await buildRequestCatalogue(server, size);
  try {
    return await new Bench(catalogue, options).run();
  } finally {
    await catalogue.drop();
  }
}

class Bench {
  readonly #catalogue: RequestCatalogue;
  readonly #options: BenchOptions;
  readonly #client = new LoadProcess();
  readonly #contestants: Contestant[] = [];
  #subjects: Subjects;
  /** The number of the next question of each kind to each, so that no write is repeated. */
  readonly #next = new Map<string, number>();

  constructor(catalogue: RequestCatalogue, options: BenchOptions) {
    this.#catalogue = catalogue;
    this.#options = options;
    const nowhere = { ours: "", "hand-written": "", PostGraphile: "" };
    this.#subjects = { ...catalogue.subjects, deepAfter: nowhere };
  }

  async run(): Promise<Report> {
    const { workloads, connections, effort, onProgress } = this.#options;
    try {
      await this.#start();
      this.#subjects = { ...this.#subjects, deepAfter: await this.#findDeepPages() };
      for (const name of workloads) if (name !== "mixed") await this.#compare(name);
      for (const name of effort.warmsUpByAll ? workloads : []) await this.#warmUp(name);
      const reports: WorkloadReport[] = [];
      for (const name of workloads) reports.push(await this.#measure(name));
      const megabytes = await this.#each(async ({ pid }) => (await residentMegabytes(pid)) ?? null);
      onProgress("by id at 80%");
      const steady = await this.#steady(reports.find(({ workload }) => workload === "by id"));
      const { assets, edges, megabytes: stored } = this.#catalogue;
      return {
        catalogue: { assets, edges, megabytes: stored },
        connections,
        workloads: reports,
        steady,
        byConnections: await this.#sweep(),
        startedMs: await this.#each(async ({ startedMs }) => startedMs),
        megabytes,
      };
    } finally {
      this.#client.stop();
      for (const contestant of this.#contestants) await contestant.stop();
    }
  }

  async #start(): Promise<void> {
    const { contestants, settings, onProgress } = this.#options;
    for (const name of contestants) {
      onProgress(`starting ${name}`);
      const isAnswering = async (url: string) => {
        const { status, text } = await ask(url, questionOf("by id", name, 0, this.#subjects));
        return status === 200 && text.includes(this.#subjects.assetIds[0] ?? "?");
      };
      const { applicationUrl } = this.#catalogue;
      this.#contestants.push(await startContestant({ name, applicationUrl, settings, isAnswering }));
    }
  }

  /** Each pages in its own way until it has come to the deep page. */
  async #findDeepPages(): Promise<Subjects["deepAfter"]> {
    const rows = (this.#subjects.deepPage - 1) * 50;
    const found: Record<ContestantName, string> = { ours: "", "hand-written": "", PostGraphile: "" };
    const { tenant } = this.#subjects;
    const page = {
      ours: "query Deep($after: String, $first: Int!) { page: assets(first: $first, after: $after, filter: { scope: OWN }) { pageInfo { endCursor } nodes { id createdAt } } }",
      PostGraphile: `query Deep($after: Cursor, $first: Int!) { page: allAssets(first: $first, after: $after, condition: { tenantId: "${tenant}" }, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) { pageInfo { endCursor } } }`,
    };
    for (const { name, url } of this.#contestants) {
      if (name === "hand-written") continue;
      let after: string | null = null;
      for (let left = rows; left > 0; left -= 1000) {
        const variables: object = { after, first: Math.min(left, 1000) };
        const body = JSON.stringify({ query: page[name], variables });
        const { text } = await ask(url, { method: "POST", path: "/graphql", tenant, body });
        const { data } = JSON.parse(text);
        if (data.page.pageInfo.endCursor === null) break;
        after = data.page.pageInfo.endCursor as string;
        if (name === "ours") found["hand-written"] = JSON.stringify(data.page.nodes.at(-1));
      }
      found[name] = after ?? "";
    }
    return found;
  }

  /** @throws Error where two contestants do not answer the same */
  async #compare(name: Exclude<WorkloadName, "mixed">): Promise<void> {
    const { canonical }: Workload = WORKLOADS[name];
    if (canonical === undefined) return;
    for (const n of [0, 1, 2]) {
      const answers = await Promise.all(
        this.#contestants.map(async (contestant) => {
          const { status, text } = await ask(
            contestant.url,
            questionOf(name, contestant.name, n, this.#subjects),
          );
          if (status !== 200 || text.includes('"errors"'))
            throw new Error(`${contestant.name}, ${name}: ${status} ${text.slice(0, 500)}`);
          return canonical[contestant.name](JSON.parse(text) as never);
        }),
      );
      const odd = answers.findIndex((answer) => !isDeepStrictEqual(answer, answers[0]));
      if (odd !== -1) {
        const [first, other] = [answers[0], answers[odd]].map((each) => JSON.stringify(each).slice(0, 2000));
        throw new Error(`${name}: ${this.#contestants[odd]?.name} answers otherwise:\n${first}\n${other}`);
      }
    }
  }

  async #warmUp(workload: WorkloadName): Promise<void> {
    const how = {
      connections: this.#connectionsFor(workload),
      seconds: this.#options.effort.warmUpSeconds,
    };
    this.#options.onProgress(`${workload}: warming up`);
    for (const contestant of this.#contestants) await this.#ask(contestant, workload, how);
  }

  #connectionsFor(workload: WorkloadName): number {
    return workload === "mixed" ? MIXED_CONNECTIONS : this.#options.connections;
  }

  async #measure(workload: WorkloadName): Promise<WorkloadReport> {
    const { effort, onProgress } = this.#options;
    const connections = this.#connectionsFor(workload);
    onProgress(workload);
    const rounds: Partial<Record<ContestantName, Round[]>> = {};
    const pgbench: number[] = [];
    const program = workload in STATEMENTS ? await findPgbench() : undefined;
    await this.#warmUp(workload);
    for (let round = 0; round < effort.rounds; round += 1) {
      for (const contestant of this.#contestants) {
        const asked = await this.#ask(contestant, workload, { connections, seconds: effort.seconds });
        rounds[contestant.name] = [...(rounds[contestant.name] ?? []), asked];
      }
      if (program !== undefined)
        pgbench.push(
          await pgbenchRate(program, this.#catalogue.applicationUrl, {
            workload,
            subjects: this.#subjects,
            connections: 10,
            seconds: Math.max(1, Math.round(effort.seconds)),
          }),
        );
    }
    const title =
      workload === "mixed"
        ? "mixed: 80% reads, 15% lineage, 5% writes, 8 tenants"
        : WORKLOADS[workload].title;
    return { workload, title, rounds, pgbench };
  }

  async #ask(
    contestant: Contestant,
    workload: WorkloadName,
    how: { connections: number; seconds: number; rate?: number },
  ): Promise<Round> {
    const { postmaster } = this.#options;
    const { name, url, pid } = contestant;
    const key = `${workload} ${name}`;
    // The contestants share the tenants of the mixed load, and so must not make the same rows.
    const first = workload === "mixed" ? CONTESTANTS.indexOf(name) * 1e8 : 0;
    const from = this.#next.get(key) ?? first;
    const used = () =>
      Promise.all([cpuSeconds(pid), postmaster === undefined ? undefined : cpuSeconds(postmaster)]);
    const [server, database] = await used();
    const asked = await this.#client.tell({
      contestant: name,
      url,
      workload,
      subjects: this.#subjects,
      from,
      ...how,
    });
    const [serverAfter, databaseAfter] = await used();
    this.#next.set(key, from + asked.answered + asked.failed + 2 * how.connections);
    if (asked.failed > 0) this.#options.onProgress(`${key}: ${asked.failed} failed: ${asked.firstFailure}`);
    const each = (before: number | undefined, after: number | undefined) =>
      before === undefined || after === undefined ? null : ((after - before) * 1000) / asked.answered;
    return { ...asked, serverMs: each(server, serverAfter), databaseMs: each(database, databaseAfter) };
  }

  async #steady(report: WorkloadReport | undefined): Promise<Report["steady"]> {
    const { connections, effort } = this.#options;
    return this.#each(async (contestant) => {
      const rounds = report?.rounds[contestant.name] ?? [];
      const rate = Math.round(
        0.8 *
          quantile(
            rounds.map(({ perSecond }) => perSecond),
            0.5,
          ),
      );
      return this.#ask(contestant, "by id", { connections, seconds: 3 * effort.seconds, rate });
    });
  }

  async #sweep(): Promise<Report["byConnections"]> {
    const ours = this.#contestants.find(({ name }) => name === "ours");
    const found: { connections: number; round: Round }[] = [];
    for (const connections of ours === undefined ? [] : SWEEP) {
      this.#options.onProgress(`by id from ${connections} connections`);
      if (ours !== undefined)
        found.push({
          connections,
          round: await this.#ask(ours, "by id", { connections, seconds: this.#options.effort.seconds }),
        });
    }
    return found;
  }

  async #each<T>(work: (contestant: Contestant) => Promise<T>): Promise<Partial<Record<ContestantName, T>>> {
    const found: Partial<Record<ContestantName, T>> = {};
    for (const contestant of this.#contestants) found[contestant.name] = await work(contestant);
    return found;
  }
}

async function ask(url: string, { method, path, tenant, body }: Question) {
  const headers = { "content-type": "application/json", "x-tenant-id": tenant };
  const response = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  return { status: response.status, text: await response.text() };
}
