import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { findFreePort } from "../../src/db/embedded/port.ts";
import { MAIN, NODE_FLAGS } from "../production.ts";
import type { ContestantName } from "./question.ts";

/** A server that is measured, in a process of its own. */
export interface Contestant {
  readonly name: ContestantName;
  readonly url: string;
  readonly pid: number;
  /** From the start of the process to its first answer to a question about data, in milliseconds. */
  readonly startedMs: number;
  stop(): Promise<void>;
}

export interface ContestantOptions {
  readonly name: ContestantName;
  readonly applicationUrl: string;
  /** Variables of our server's configuration. */
  readonly settings: Readonly<Record<string, string>>;
  /** Asked until it is answered: a question about data. */
  readonly isAnswering: (url: string) => Promise<boolean>;
}

const inHere = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** How each is started: each as its own documentation has it for production, none with a log but ours. */
const PROGRAMS: Readonly<
  Record<
    ContestantName,
    {
      readonly program: string;
      readonly args: string[];
      readonly execPath?: string;
      readonly execArgv?: readonly string[];
    }
  >
> = {
  ours: { program: MAIN, args: ["serve"], execArgv: NODE_FLAGS },
  "hand-written": { program: inHere("rivals/hand-written.mjs"), args: [] },
  PostGraphile: {
    program: inHere("rivals/postgraphile.mjs"),
    args: [],
    execPath: inHere("rivals/node_modules/node/bin/node"),
  },
};

export async function startContestant(options: ContestantOptions): Promise<Contestant> {
  const { name, applicationUrl, settings, isAnswering } = options;
  const { program, args, execPath = process.execPath, execArgv = [] } = PROGRAMS[name];
  const port = String(await findFreePort(undefined));
  const began = performance.now();
  const child = fork(program, args, {
    execPath,
    execArgv: [...execArgv],
    env: {
      ...{ PATH: process.env.PATH, NODE_ENV: "production", DATABASE_URL: applicationUrl, PORT: port },
      ...(name === "ours" ? { AUTH_MODE: "header", ...settings } : { SCHEMAS: "public,bench" }),
    },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} cannot be started`);
  const url = `http://127.0.0.1:${port}`;
  await untilAnswering(name, child, () => isAnswering(url));
  return {
    name,
    url,
    pid,
    startedMs: performance.now() - began,
    async stop() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function untilAnswering(
  name: string,
  child: ChildProcess,
  isAnswering: () => Promise<boolean>,
): Promise<void> {
  while (!(await isAnswering().catch(isNotListening))) {
    if (child.exitCode !== null) throw new Error(`${name} ended before it answered`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function isNotListening(error: unknown): false {
  if (error instanceof TypeError && error.message === "fetch failed") return false;
  throw error;
}
