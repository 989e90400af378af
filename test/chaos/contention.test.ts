import { expect } from "vitest";
import { query } from "../support/embedded-server.ts";
import { collectLogLines } from "../support/log-lines.ts";
import { prepareProgram } from "../support/program.ts";
import { HttpClient } from "./support/client.ts";
import { endSoundly } from "./support/end-soundly.ts";
import { fault } from "./support/fault.ts";
import { preparePostgres } from "./support/postgres.ts";
import { embed, meddle, mutate, preparePrey, TENANT } from "./support/storm.ts";

const ATTEMPTS = 5;
/** Of the API's clients, and of the library's callers. */
const WORKERS = 6;

const postgres = preparePostgres({ deadlock_timeout: "20ms" });
const test = prepareProgram();

/**
 * What the program itself sends never meets 40001, which READ COMMITTED does not know: the database raises it as one would
 * that is spread over several machines.
 */
const FAIL_TO_SERIALIZE = `
  CREATE FUNCTION fail_to_serialize() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF random() < 0.03 THEN
      RAISE EXCEPTION 'could not serialize access' USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER fail_to_serialize AFTER UPDATE ON assets FOR EACH STATEMENT EXECUTE FUNCTION fail_to_serialize();`;

const serve = () =>
  test.serve({
    ...{ DATABASE_URL: postgres.applicationUrl, RETRY_ATTEMPTS: String(ATTEMPTS) },
    TENANT_MAX_CONCURRENCY: String(WORKERS),
  });

/** The SQLSTATE of each attempt that a log tells of as having met other transactions. */
const contentionIn = (lines: readonly Readonly<Record<string, unknown>>[]) =>
  lines.filter(({ message }) => message === "Database contention").map(({ sqlstate }) => String(sqlstate));

fault(
  "deadlocks and serialisation failures in a storm",
  { short: 250, long: 10_000 },
  async (times, report) => {
    const { applicationUrl, superuserUrl, ownerUrl } = postgres;
    await query(ownerUrl, FAIL_TO_SERIALIZE);
    const { url, program } = await serve();
    const prey = await preparePrey(applicationUrl);
    const { lines, logger } = collectLogLines();
    const embedding = embed(
      applicationUrl,
      { pool: { max: WORKERS }, retry: { attempts: ATTEMPTS }, logger },
      prey,
    );
    const clients = Array.from({ length: WORKERS }, () => new HttpClient(() => url, TENANT));

    const codes = { library: [] as string[], api: [] as string[] };
    let left = times;
    const repeat = async (told: string[], work: () => Promise<string>) => {
      while (left > 0) {
        left -= 1;
        told.push(await work());
      }
    };
    await Promise.all([
      ...clients.map(() => repeat(codes.library, embedding.work)),
      ...clients.map((client) => repeat(codes.api, () => mutate(client, prey))),
      meddle(superuserUrl, prey, () => left <= 0),
    ]);
    for (const client of clients) client.close();
    await embedding.close();

    const all = [...codes.library, ...codes.api];
    const failed = all.filter((code) => code !== "OK").length;
    const met = contentionIn([...lines, ...(await endSoundly(program))]);
    for (const sqlstate of met) report.injected(1, `of ${sqlstate}`);
    report.sawAll({ operations: all.length, retries: met.length - failed, "failed at last": failed });
    report.measured(
      "% of the attempts that met others",
      (100 * met.length) / (all.length + met.length - failed),
    );
    // Of few operations, one may have been unlucky.
    expect(failed).toBeLessThanOrEqual(Math.max(1, all.length / 1000));
    const stored = codes.library.filter((code) => code === "OK").length;
    expect(await query(superuserUrl, "SELECT count(*)::int AS count FROM executions")).toEqual([
      { count: stored },
    ]);
  },
);
