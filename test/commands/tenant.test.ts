import { spawn } from "node:child_process";
import { createReadStream, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { confirmDeletion } from "../../src/commands/tenant-delete.ts";
import { UsageError } from "../../src/commands/usage-error.ts";
import { withClient } from "../setup/connection.ts";
import { packageFolder } from "../support/built-package.ts";
import { untilBlocked } from "../support/concurrency.ts";
import type { Table } from "../support/owner.ts";
import { present } from "../support/present.ts";
import { expectRefusal, type Outcome, prepareProgram, type RunningProgram } from "../support/program.ts";
import { storeGlobalRows, storeRichTenant } from "../support/rich-tenant.ts";
import { runHere } from "../support/run-here.ts";
import { prepareStorage } from "../support/storage.ts";
import { prepareTransfer, storedDigest } from "../support/transfer.ts";

const storage = prepareStorage();
const test = prepareProgram();
const transfer = prepareTransfer(storage);
let files: string;
beforeAll(async () => {
  files = test.folder();
  await storeGlobalRows(storage);
});

const environment = () => ({ DATABASE_URL: storage.database.applicationUrl });
const tenant = (...args: string[]) => test.run(["tenant", ...args], environment());
const digestOf = (id: string) => storedDigest(storage, id);
const NOTHING = () => digestOf("nobody");
async function richTenant(): Promise<string> {
  const party = storage.newTenant();
  await storeRichTenant(party);
  return party.id;
}

/** A file as `tenant export` writes it, which has tests of its own. */
async function exportOf(id: string): Promise<string> {
  const lines = await transfer.exported(id);
  return transfer.file(`${lines.join("\n")}\n`);
}

/** Runs it until it waits for a table, locked against reading or only writing, does something to it, and lets it go on. */
async function whileItWaits(
  mode: "ACCESS EXCLUSIVE" | "SHARE",
  table: Table,
  args: readonly string[],
  act: (program: RunningProgram) => Promise<unknown>,
): Promise<Outcome> {
  return withClient(storage.database.ownerUrl, async (owner) => {
    await owner.query(`BEGIN; LOCK TABLE ${table} IN ${mode} MODE`);
    const program = test.start(["tenant", ...args], environment());
    await untilBlocked(storage.database);
    await act(program);
    await owner.query("ROLLBACK");
    return program.ended;
  });
}

const kill = (program: RunningProgram) => program.end("SIGKILL");
/** An import of its standard input, which keeps what it reads in a folder of its own. */
function importInput() {
  const temporary = test.folder();
  const program = spawn(process.execPath, [join(packageFolder, "dist", "main.js"), "tenant", "import", "-"], {
    env: { PATH: process.env.PATH, TMPDIR: temporary, ...environment() },
    stdio: ["pipe", "ignore", "ignore"],
  });
  const ended = new Promise((resolve) => program.once("close", resolve));
  return { program, input: program.stdin, ended, temporary };
}

/** The process has it before what it waits for is there. */
const interrupt = async (program: RunningProgram) => {
  program.process.kill("SIGINT");
  await delay(500);
};

describe("tenant export", () => {
  it("writes the same to a file and to standard output, tells how far it is and what it wrote", async () => {
    const id = await richTenant();
    const file = join(files, "acme.jsonl");
    const toFile = await tenant("export", id, "--output", file);
    expect(toFile).toMatchObject({
      code: 0,
      stdout: `Exported the tenant ${id}: 3 assets, 2 workflow versions, 3 executions, 4 dependencies, 3 past dependencies.\n`,
    });
    expect(toFile.stderr).toMatch(/^assets: 3$/m);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const toOutput = await tenant("export", id);
    expect(toOutput.code).toBe(0);
    const rows = (text: string) => text.split("\n").slice(1);
    expect(rows(toOutput.stdout)).toEqual(rows(readFileSync(file, "utf8")));
    expect(JSON.parse(present(toOutput.stdout.split("\n")[0]))).toMatchObject({
      tenant: id,
      schema: expect.stringMatching(/^\d{4}_/),
    });
  });

  it("has nothing of what is written after it has begun", async () => {
    const id = await richTenant();
    const outcome = await whileItWaits("ACCESS EXCLUSIVE", "executions", ["export", id], () =>
      storage.asTenant(id, async ({ dependencies }) => {
        const [edge] = await dependencies.list();
        await dependencies.remove(present(edge).id);
      }),
    );
    expect(outcome.stderr).toContain("4 dependencies, 3 past dependencies");
  });

  it("says of a tenant without rows that it has nothing", async () => {
    const outcome = await tenant("export", "nobody.at.all");
    expect(outcome.stdout.trimEnd().split("\n")).toHaveLength(2);
    expect(outcome.stderr).toContain("Exported the tenant nobody.at.all: it has nothing.\n");
  });

  it("says in one line that nobody reads it any more", async () => {
    const id = await richTenant();
    const command = `"${process.execPath}" "${join(packageFolder, "dist", "main.js")}" tenant export ${id} | true; exit \${PIPESTATUS[0]}`;
    const program = spawn("bash", ["-c", command], {
      env: { PATH: process.env.PATH, ...environment() },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = new Promise((resolve) => program.once("close", resolve));
    expect(await text(program.stderr)).toMatch(
      /^servo-storage: standard output cannot be written \(EPIPE\); the export is not whole$/m,
    );
    expect(await ended).toBe(1);
  });

  it("leaves what the file was until the new one is whole, and nothing beside it", async () => {
    const id = await richTenant();
    const folder = test.folder();
    const file = join(folder, "kept.jsonl");
    writeFileSync(file, "the last export");
    const outcome = await whileItWaits(
      "ACCESS EXCLUSIVE",
      "executions",
      ["export", id, "--output", file],
      interrupt,
    );
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(outcome.stderr).toMatch(
      /^servo-storage: interrupted by SIGINT; nothing was changed; run it again$/m,
    );
    expect(readFileSync(file, "utf8")).toBe("the last export");
    expect(readdirSync(folder)).toEqual(["kept.jsonl"]);
    await whileItWaits("ACCESS EXCLUSIVE", "executions", ["export", id, "--output", file], kill);
    expect(readFileSync(file, "utf8")).toBe("the last export");
    expect((await tenant("export", id, "--output", file)).code).toBe(0);
    expect(readdirSync(folder)).toEqual(["kept.jsonl"]);
  });
});

describe("tenant import", () => {
  it("checks with --dry-run, stores, and passes over what is there", async () => {
    const id = await richTenant();
    const file = await exportOf(id);
    const copy = storage.newTenant().id;
    const dry = await tenant("import", file, "--tenant", copy, "--dry-run");
    expect(dry).toMatchObject({
      code: 0,
      stdout: [
        `Would import into the tenant ${copy}:`,
        "  assets: 3 new, 0 there already",
        "  workflow versions: 2 new, 0 there already",
        "  executions: 3 new, 0 there already",
        "  dependencies: 4 new, 0 there already",
        "  past dependencies: 3 new, 0 there already",
        "",
      ].join("\n"),
    });
    expect(await digestOf(copy)).toEqual(await NOTHING());
    const done = await tenant("import", file, "--tenant", copy);
    expect(done).toMatchObject({ code: 0, stdout: dry.stdout.replace("Would import", "Imported") });
    expect(done.stderr).toMatch(/^assets checked: 3$/m);
    expect(done.stderr).toMatch(/^assets: 3 of 3$/m);
    expect(await digestOf(copy)).toEqual(await digestOf(id));
    expect((await tenant("import", file, "--tenant", copy)).stdout).toContain(
      "assets: 0 new, 3 there already",
    );
  });

  it("takes standard input, for the tenant that the file names, and leaves no copy of it", async () => {
    const id = await richTenant();
    const file = await exportOf(id);
    const before = await digestOf(id);
    expect((await tenant("delete", id, "--yes")).code).toBe(0);
    const { input, ended, temporary } = importInput();
    createReadStream(file).pipe(input);
    expect(await ended).toBe(0);
    expect(await digestOf(id)).toEqual(before);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("ends at once on a signal while it waits for standard input", async () => {
    const { program, ended, temporary } = importInput();
    while (readdirSync(temporary).length === 0) await delay(20);
    program.kill("SIGINT");
    expect(await ended).toBe(1);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it.each<[string, Table, (program: RunningProgram) => Promise<unknown>]>([
    ["killed near the begin", "workflow_assets", kill],
    ["killed in the middle", "executions", kill],
    ["interrupted in the middle", "executions", interrupt],
    ["killed near the end", "asset_dependency_history", kill],
  ])("is whole when repeated after it was %s", async (_, table, end) => {
    const id = await richTenant();
    const file = await exportOf(id);
    const copy = storage.newTenant().id;
    // The lock lets it look, so that it waits only when it stores.
    const outcome = await whileItWaits("SHARE", table, ["import", file, "--tenant", copy], end);
    expect(outcome.code).not.toBe(0);
    expect(outcome.stdout).toBe("");
    const half = await digestOf(copy);
    expect(half).not.toEqual(await NOTHING());
    expect(half).not.toEqual(await digestOf(id));
    expect((await tenant("import", file, "--tenant", copy)).code).toBe(0);
    expect(await digestOf(copy)).toEqual(await digestOf(id));
  });

  it("stores one copy where two run at once", async () => {
    const id = await richTenant();
    const file = await exportOf(id);
    const copy = storage.newTenant().id;
    const outcomes = await Promise.all([1, 2].map(() => tenant("import", file, "--tenant", copy)));
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0]);
    expect(await digestOf(copy)).toEqual(await digestOf(id));
  });

  it("names the row that is in its way, with exit code 1", async () => {
    const id = await richTenant();
    const file = await exportOf(id);
    const other = storage.newTenant();
    await other.run(({ assets }) => assets.insert({ name: "report", assetType: "x" }));
    const outcome = await tenant("import", file, "--tenant", other.id);
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(outcome.stderr).toMatch(
      /^servo-storage: line 4: there is an asset named "report" already, under another id$/m,
    );
  });
});

describe("the system's data", () => {
  it("is exported with --system, and imported with --system alone", async () => {
    const file = join(files, "system.jsonl");
    const exported = await tenant("export", "--system", "--output", file);
    expect(exported.stdout).toMatch(/^Exported the system: 1 assets, 2 workflow versions\.$/m);
    const imported = await tenant("import", file, "--system");
    expect(imported).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Imported into the system:\n {2}assets: 0 new, 1 there already\n/),
    });
    const id = await richTenant();
    for (const [refused, line] of [
      [["import", file], /imported with --system alone$/],
      [["import", file, "--tenant", id], /imported with --system alone$/],
      [["import", await exportOf(id), "--system"], /--system is for data of the system/],
    ] as const)
      expectRefusal(await tenant(...refused), 2, line);
  });
});

describe("tenant delete", () => {
  it("tells what is gone, leaves others alone, and finds nothing when repeated", async () => {
    const [id, other] = [await richTenant(), await richTenant()];
    const others = await digestOf(other);
    const outcome = await tenant("delete", id, "--yes");
    expect(outcome).toMatchObject({
      code: 0,
      stdout: [
        `Deleted the tenant ${id}; nothing of it is left:`,
        "  executions: 3",
        "  dependencies: 4",
        "  past dependencies: 3",
        "  assets of workflows: 6",
        "  workflow versions: 2",
        "  tags: 3",
        "  assets: 3",
        "",
      ].join("\n"),
    });
    expect(outcome.stderr).toMatch(/^assets: 3$/m);
    expect(await digestOf(id)).toEqual(await NOTHING());
    expect(await digestOf(other)).toEqual(others);
    expect((await tenant("delete", id, "--yes")).stdout).toContain("  assets: 0\n");
  });

  it.each<[string, Table, (program: RunningProgram) => Promise<unknown>]>([
    ["killed in the middle", "workflow_assets", kill],
    ["interrupted in the middle", "workflow_assets", interrupt],
    ["killed near the end", "assets", kill],
  ])("leaves nothing when repeated after it was %s", async (_, table, end) => {
    const [id, other] = [await richTenant(), await richTenant()];
    const [before, others] = [await digestOf(id), await digestOf(other)];
    const outcome = await whileItWaits("SHARE", table, ["delete", id, "--yes"], end);
    expect(outcome.code).not.toBe(0);
    const half = await digestOf(id);
    expect(half).not.toEqual(before);
    expect(half).not.toEqual(await NOTHING());
    expect((await tenant("delete", id, "--yes")).code).toBe(0);
    expect(await digestOf(id)).toEqual(await NOTHING());
    expect(await digestOf(other)).toEqual(others);
  });

  it("says that somebody still writes for the tenant", async () => {
    const party = storage.newTenant();
    await storeRichTenant(party);
    const outcome = await whileItWaits("SHARE", "assets", ["delete", party.id, "--yes"], () =>
      party.run(async ({ assets, workflows }) => {
        const report = present(await assets.findByName("report"));
        await workflows.insert({ name: "late", assets: [{ assetId: report.id, role: "input" }] });
      }),
    );
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(outcome.stderr).toMatch(
      /^servo-storage: Somebody still writes for the tenant; stop that, and delete it again/m,
    );
    expect((await tenant("delete", party.id, "--yes")).code).toBe(0);
    expect(await digestOf(party.id)).toEqual(await NOTHING());
  });

  it("asks a person at a terminal, who must type the tenant's id", async () => {
    const ask = (answer: string | null) => {
      const input = Object.assign(new PassThrough(), { isTTY: true });
      const output = new PassThrough({ encoding: "utf8" });
      const asked = confirmDeletion("acme", input, output);
      if (answer === null) input.end();
      else input.write(`${answer}\n`);
      return asked.then(() => String(output.read()));
    };
    expect(await ask("acme")).toContain("Delete everything of the tenant acme for good? Type its id: ");
    for (const answer of ["", "y", "ACME", null]) await expect(ask(answer)).rejects.toThrow(UsageError);
  });
});

describe("refused in one line, with exit code 2, and without touching the database", () => {
  const write = (name: string, content: string) => {
    const file = join(files, name);
    writeFileSync(file, content);
    return file;
  };

  it.each<[string, () => string[], RegExp]>([
    ["export of the system by a name", () => ["export", "~global"], /<id> must be 1 to 128 letters/],
    ["export of nobody", () => ["export"], /<id> or --system is needed/],
    ["export of two", () => ["export", "acme", "--system"], /<id> and --system cannot both be given/],
    [
      "import for two",
      () => ["import", "x", "--tenant", "acme", "--system"],
      /--tenant and --system cannot both be given/,
    ],
    [
      "export to a device",
      () => ["export", "acme", "--output", "/dev/null"],
      /--output \/dev\/null is not a file/,
    ],
    [
      "import of a file that is not there",
      () => ["import", join(files, "absent")],
      /absent: cannot be read \(ENOENT\)/,
    ],
    ["import of a folder", () => ["import", files], /cannot be read \(EISDIR\)/],
    ["import of an empty file", () => ["import", write("empty", "")], /empty: the file is empty/],
    [
      "import of something else",
      () => ["import", write("other", '{"a":1}\n')],
      /other: line 1: format must be/,
    ],
    ["import for nobody", () => ["import", "x", "--tenant", "a b"], /--tenant must be 1 to 128/],
    ["delete of the system", () => ["delete", "~global", "--yes"], /<id> must be 1 to 128 letters/],
    ["delete without --yes, where nobody can be asked", () => ["delete", "acme"], /it needs --yes/],
  ])("%s", async (_, args, line) => {
    expectRefusal(await runHere(["tenant", ...args()], { DATA_DIR: "/dev/null/closed" }), 2, line);
  });

  it("export into a folder that is not there", async () => {
    const outcome = await tenant("export", "acme", "--output", join(files, "absent", "x.jsonl"));
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toMatch(/^servo-storage: --output .* cannot be written \(ENOENT\)$/m);
    expect(existsSync(join(files, "absent"))).toBe(false);
  });

  it("import of a file that is cut off", async () => {
    const id = await richTenant();
    const { stdout } = await tenant("export", id);
    const file = write("cut.jsonl", stdout.slice(0, -100));
    const copy = storage.newTenant().id;
    const outcome = await tenant("import", file, "--tenant", copy);
    expect(outcome).toMatchObject({ code: 2, stdout: "" });
    expect(outcome.stderr).toMatch(
      /^servo-storage: .*cut\.jsonl: line \d+: the file is cut off in the middle of this line$/m,
    );
    expect(await digestOf(copy)).toEqual(await NOTHING());
  });
});
