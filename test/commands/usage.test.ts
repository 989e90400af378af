import { describe, expect, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { type Outcome, prepareProgram } from "../support/program.ts";
import { runHere } from "../support/run-here.ts";

const test = prepareProgram();

/** Were a command to run all the same, it could not begin anything. */
const CLOSED = { DATA_DIR: "/dev/null/closed", PORT: "0" };

describe.concurrent("the program", () => {
  it.each<[string[], number, keyof Outcome, string]>([
    [["--help"], 0, "stdout", "DATABASE_URL"],
    [["serve", "--port", "1"], 2, "stderr", "unknown option '--port'"],
    [[], 2, "stderr", "Usage: servo-storage"],
  ])("%j ends it with exit code %i and says so on %s alone", async (args, code, channel, words) => {
    const { stdout, stderr, ...outcome } = await test.run(args, CLOSED);
    expect(outcome).toEqual({ code, signal: null });
    const said = { stdout, stderr };
    expect(said).toEqual({ stdout: "", stderr: "", [channel]: expect.stringContaining(words) });
  });
});

describe("the command line", () => {
  it.each([
    [["--help"], ["serve", "migrate", "import", "DATABASE_URL", "PORT"]],
    [
      ["serve", "--help"],
      ["GraphQL", "DATABASE_URL", "DATA_DIR", "PORT"],
    ],
    [
      ["migrate", "--help"],
      ["application role", "--status", "DATABASE_OWNER_URL"],
    ],
    [["import", "--help"], ["dbt"]],
    [
      ["import", "dbt", "--help"],
      ["manifest.json", "--tenant <id>"],
    ],
    [
      ["purge", "--help"],
      ["--tenant <id...>", "--system", "--older-than <age>", "--state", "--batch", "--dry-run"],
    ],
    [
      ["tenant", "--help"],
      ["export", "import", "delete"],
    ],
    [["help", "serve"], ["GraphQL"]],
  ])("%s explains on standard output", async (args, words) => {
    const { code, stdout, stderr } = await runHere(args, CLOSED);
    expect([code, stderr]).toEqual([0, ""]);
    for (const word of words) expect(stdout).toContain(word);
  });

  it("--version tells the package's version", async () => {
    expect(await runHere(["--version"], CLOSED)).toMatchObject({
      code: 0,
      stdout: `${packageJson.version}\n`,
    });
  });

  it.each([
    [["sevre"], "unknown command 'sevre'"],
    [["serve", "now"], "too many arguments"],
    [["serve", "--port", "1"], "unknown option '--port'"],
    [["import", "csv"], "unknown command 'csv'"],
    [["purge", "--tenant", "acme"], "required option '--older-than <age>' not specified"],
    [["tenant", "delete"], "missing required argument 'id'"],
    [["import", "dbt", "--tenant", "acme"], "missing required argument 'manifest.json'"],
    [["import", "dbt", "manifest.json"], "required option '--tenant <id>' not specified"],
    [["import", "dbt", "manifest.json", "--tenant"], "option '--tenant <id>' argument missing"],
  ])("%s is refused with exit code 2", async (args, complaint) => {
    const { code, stdout, stderr } = await runHere(args, CLOSED);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(complaint);
  });

  it.each([[[]], [["import"]], [["tenant"]]])(
    "%j, with no command, shows the help and exit code 2",
    async (args) => {
      const { code, stdout, stderr } = await runHere(args, CLOSED);
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toContain("Usage: servo-storage");
    },
  );
});
