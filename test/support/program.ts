import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect } from "vitest";
import { buildPackage, packageFolder } from "./built-package.ts";
import { makeFolder, removeFolder, survivors } from "./embedded-server.ts";

/** How a program ended, and what it said. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Environment = Readonly<Record<string, string>>;

/** A program that runs. */
export class RunningProgram {
  readonly process: ChildProcess & { readonly pid: number };
  readonly ended: Promise<Outcome>;
  #stdout = "";
  #stderr = "";
  #over = false;

  constructor(child: ChildProcess) {
    if (child.pid === undefined) throw new Error("it cannot be run");
    this.process = Object.assign(child, { pid: child.pid });
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    this.ended = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        this.#over = true;
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  /** Waits until it says something, and answers with that. Fails if it ends without. */
  async untilItSays(what: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const over = this.#over;
      const found = what.exec(`${this.#stdout}\n${this.#stderr}`);
      if (found !== null) return found;
      if (over) throw new Error(`it never said ${what}:\n${this.#stdout}\n${this.#stderr}`);
      await delay(10);
    }
  }

  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals = "SIGTERM"): Promise<Outcome> {
    this.process.kill(signal);
    return this.ended;
  }
}

/** A program that serves. */
export interface Service {
  readonly url: string;
  readonly program: RunningProgram;
  /** The data of an answer, as the tenant `demo` unless told otherwise. Fails if it has errors. */
  graphql<Data>(query: string, tenant?: string): Promise<Data>;
}

/** The built program, for a test file's own use. */
export interface TestProgram {
  /** A temporary folder, removed after the file; then nothing may run in it any more. */
  folder(): string;
  /** @param main the program, where it is not the one that was built */
  start(args: readonly string[], environment?: Environment, main?: string): RunningProgram;
  /** Runs it to its end. */
  run(args: readonly string[], environment?: Environment, main?: string): Promise<Outcome>;
  /** Runs `serve` on a free port until it says its address. */
  serve(environment: Environment): Promise<Service>;
}

const MAIN = join(packageFolder, "dist", "main.js");

/** Builds the program before a test file, and ends after it whatever the file has left. */
export function prepareProgram(): TestProgram {
  const folders: string[] = [];
  const programs: RunningProgram[] = [];

  beforeAll(buildPackage);
  afterAll(async () => {
    for (const program of programs) program.process.kill("SIGKILL");
    for (const folder of folders) {
      expect(await survivors(folder)).toEqual([]);
      removeFolder(folder);
    }
  });

  const start: TestProgram["start"] = (args, environment = {}, main = MAIN) => {
    const child = spawn(process.execPath, [main, ...args], {
      // Nothing of the environment of the tests may configure it.
      cwd: tmpdir(),
      env: { PATH: process.env.PATH, LOG_FORMAT: "json", ...environment },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true, // a process group of its own, as in a terminal
    });
    const program = new RunningProgram(child);
    programs.push(program);
    return program;
  };

  return {
    start,
    folder() {
      const folder = makeFolder();
      folders.push(folder);
      return folder;
    },
    run: (...given) => start(...given).ended,
    async serve(environment) {
      const program = start(["serve"], { PORT: "0", ...environment });
      const [, url = ""] = await program.untilItSays(/(http:\/\/[^/\s]+)\/graphql/);
      return { url, program, graphql: (query, tenant = "demo") => graphql(url, query, tenant) };
    },
  };
}

async function graphql<Data>(url: string, query: string, tenant: string): Promise<Data> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-tenant-id": tenant },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}

/** What a running embedded database on a folder may be connected to with. */
export function embeddedUrls(folder: string): { owner: string; application: string; superuser: string } {
  const read = (name: string): Record<string, unknown> =>
    JSON.parse(readFileSync(join(folder, name), "utf8"));
  const { port } = read("server.json");
  const { ownerPassword, applicationPassword, superuserPassword } = read("secret.json");
  const url = (user: string, password: unknown) => `postgres://${user}:${password}@127.0.0.1:${port}/servo`;
  return {
    owner: url("servo_owner", ownerPassword),
    application: url("servo_server", applicationPassword),
    superuser: url("postgres", superuserPassword),
  };
}

/** What a program says that refuses: one line on standard error, and nothing else. */
export function refusalLine({ stdout, stderr }: Outcome): string {
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^servo-storage: [^\n]+\n$/);
  return stderr.trim();
}

/** Fails unless a program ended with an exit code and this one line. */
export function expectRefusal(outcome: Outcome, code: number, line: RegExp): void {
  expect({ code: outcome.code, line: refusalLine(outcome) }).toEqual({
    code,
    line: expect.stringMatching(line),
  });
}

/** What a program that served has warned of, when it has ended as it should. */
export async function warningsOf(program: RunningProgram): Promise<unknown[]> {
  const { code, stdout } = await program.end();
  expect(code).toBe(0);
  const lines = stdout.split("\n").filter((line) => line.includes('"WARN"'));
  const messages = lines.map((line): unknown => JSON.parse(line).message);
  // On a machine that is busy with other tests.
  return messages.filter((message) => message !== "Slow database operation detected");
}
