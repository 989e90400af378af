import { buildCatalogue, type ServerUrls } from "../lineage/catalogue/build.ts";
import { TENANT } from "../lineage/catalogue/gadgets.ts";
import { quantile } from "../lineage/measure.ts";
import { ClientProcess } from "../neighbour/client.ts";
import { byIdQuestion } from "../neighbour/run.ts";
import { type Service, startService } from "../neighbour/service.ts";

export interface BenchOptions {
  readonly server: ServerUrls;
  /** Variables of the configuration whose cost is wanted. */
  readonly settings: Readonly<Record<string, string>>;
  readonly rounds: number;
  /** How long one server is asked in a round. */
  readonly seconds: number;
  readonly onProgress: (what: string) => void;
}

/** What a server did while it was asked. */
export interface Pace {
  /** Processor time of all its threads, in microseconds for each answer. */
  readonly cpuMicroseconds: number;
  /** Milliseconds until half of the answers, and 95% of them, were there. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly failed: Readonly<Record<string, number>>;
}

/** Two servers, one after the other. */
export interface Round {
  /** As the server is without the settings. */
  readonly without: Pace;
  readonly with: Pace;
}

const PER_SECOND = 100;
/** On a machine that is busy with other things nobody is refused, or there would be less to count. */
const PATIENT = { TENANT_MAX_WAITING: "100000" };

/**
 * Asks two servers on one database for an asset by its id, 100 times a second, in turns: one as it is, one with settings. Each
 * round begins with the other one, so that what slows the machine slows both.
 */
export async function runSettingBench(options: BenchOptions): Promise<Round[]> {
  const { server, settings, rounds, seconds, onProgress } = options;
  onProgress("making the catalogue");
  const catalogue = await buildCatalogue(server, { size: 1000, hubEdges: 0, gadgets: [] });
  const client = new ClientProcess();
  const services: Service[] = [];
  try {
    for (const given of [{}, settings])
      services.push(await startService(catalogue.applicationUrl, { ...PATIENT, ...given }));
    const [without, withSettings] = services as [Service, Service];
    const ask = (service: Service) => paceOf(service, client, seconds);
    for (const service of services) await ask(service);
    const told: Round[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      onProgress(`round ${round} of ${rounds}`);
      const first = round % 2 === 0 ? without : withSettings;
      const second = first === without ? withSettings : without;
      const [one, other] = [await ask(first), await ask(second)];
      told.push(first === without ? { without: one, with: other } : { without: other, with: one });
    }
    return told;
  } finally {
    client.stop();
    for (const service of services) await service.stop();
    await catalogue.drop();
  }
}

async function paceOf(service: Service, client: ClientProcess, seconds: number): Promise<Pace> {
  const question = await byIdQuestion(service.url, TENANT);
  await service.watch();
  const tally = await client.tell({ do: "probe", question, perSecond: PER_SECOND, seconds });
  const { cpuSeconds } = await service.watch();
  const { samples, failed } = tally;
  const [p50Ms = 0, p95Ms = 0] = [0.5, 0.95].map((part) => quantile(samples, part));
  return { cpuMicroseconds: (cpuSeconds * 1e6) / samples.length, p50Ms, p95Ms, failed };
}
