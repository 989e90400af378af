import { expect } from "vitest";
import { embeddedUrls, prepareProgram, type Service } from "../support/program.ts";
import { endSoundly } from "./support/end-soundly.ts";
import { fault, isLong, type Report } from "./support/fault.ts";
import { preparePostgres } from "./support/postgres.ts";
import { startWriting } from "./support/writers.ts";

const CLIENTS = 8;
/** Good answers to each client between two kills. */
const ANSWERS = isLong ? 20 : 3;
/** From its start until it takes requests, after whatever the end of the last one has left. */
const START_MS = isLong ? 5000 : 30_000;

const postgres = preparePostgres();
const test = prepareProgram();

/** Kills a server that is written to, and starts it again in the same way, again and again. */
async function killAgainAndAgain(
  times: number,
  report: Report,
  environment: Readonly<Record<string, string>>,
  superuserUrl: () => string,
): Promise<void> {
  let service: Service = await test.serve(environment);
  const { port } = new URL(service.url);
  const writing = startWriting(() => service.url, CLIENTS);
  for (let time = 0; time < times; time += 1) {
    await writing.untilServed(ANSWERS);
    expect(await service.program.end("SIGKILL")).toMatchObject({ signal: "SIGKILL" });
    report.injected();
    const started = performance.now();
    service = await test.serve({ ...environment, PORT: port });
    const startMs = performance.now() - started;
    report.measured("slowest start, ms", startMs);
    expect(startMs).toBeLessThan(START_MS);
  }
  await writing.untilServed(ANSWERS);
  await writing.end(superuserUrl(), report);
  await endSoundly(service.program);
}

fault("kill -9 of the server under write load", { short: 1, long: 50 }, (times, report) =>
  killAgainAndAgain(times, report, { DATABASE_URL: postgres.applicationUrl }, () => postgres.superuserUrl),
);

fault("kill -9 of the server with its embedded database", { short: 1, long: 50 }, (times, report) => {
  const folder = test.folder();
  return killAgainAndAgain(times, report, { DATA_DIR: folder }, () => embeddedUrls(folder).superuser);
});
