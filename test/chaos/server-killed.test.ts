import { expect } from "vitest";
import { prepareProgram } from "../support/program.ts";
import { eventually } from "./support/eventually.ts";
import { fault } from "./support/fault.ts";
import { codesOf, startLoad } from "./support/load.ts";
import { preparePostgres } from "./support/postgres.ts";

const postgres = preparePostgres();
const test = prepareProgram();

fault("kill -9 of the server under write load", { short: 3, long: 50 }, async (times, report) => {
  for (let n = 0; n < times; n += 1) {
    const { url, program } = await test.serve({ DATABASE_URL: postgres.applicationUrl });
    const load = startLoad({
      urlOf: () => url,
      clients: 4,
      turn: (client) => client.send("{ assets { totalCount } }"),
    });
    await eventually(() => expect(load.exchanges().length).toBeGreaterThan(100));
    await load.stop();
    report.injected();
    report.saw("answers", load.exchanges().length);
    expect(codesOf(load.exchanges())).toEqual({ OK: load.exchanges().length });
    await program.end("SIGKILL");
    await postgres.stop("immediate");
    await postgres.start();
  }
});
