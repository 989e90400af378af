import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { onTestFinished } from "vitest";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const program = fileURLToPath(new URL("embedded-server.program.ts", import.meta.url));

/** A temporary folder that every user may pass through, unless told otherwise. */
export function makeFolder(mode = 0o711): string {
  const folder = mkdtempSync(join(tmpdir(), "servo-embedded-"));
  chmodSync(folder, mode);
  return folder;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Another program, with an embedded server of its own. */
export interface ServerProgram {
  readonly process: ChildProcess & { pid: number };
  readonly ownerUrl: string;
  readonly startedHere: boolean;
}

/** What the other program says when it has started, or why it could not. */
export type Announcement =
  | { ownerUrl: string; startedHere: boolean }
  | { problem: string | undefined; message: string };

/** Starts another program on a folder; it stops its server on SIGTERM and ignores SIGINT. It is killed when the test ends. */
export async function startProgram(folder: string): Promise<ServerProgram> {
  const child = spawnProgram(folder);
  const said = await hear(child);
  if ("message" in said || child.pid === undefined) throw new Error(JSON.stringify(said));
  return { process: Object.assign(child, { pid: child.pid }), ...said };
}

/** @param user whom to run it as; by default, the user of this process */
export function spawnProgram(folder: string, user?: { uid: number; gid: number }): ChildProcess {
  const child = spawn(process.execPath, ["--import", "tsx", program, folder], {
    ...user,
    cwd: repository,
    stdio: ["ignore", "pipe", "inherit"],
    detached: true, // a process group of its own, as in a terminal
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** The first line that the program says. */
export async function hear(child: ChildProcess): Promise<Announcement> {
  if (child.stdout === null) throw new Error("its output is not read");
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    return JSON.parse(String(chunk)) as Announcement;
  }
  throw new Error("it said nothing");
}

/** Sends a signal to a program and waits for its end. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}

/** The processes that work in a folder or below it: the guardian, the postmaster, and its children. */
export async function processesIn(folder: string): Promise<{ pid: number; command: string }[]> {
  const lines = await printed("ps", ["-axww", "-o", "pid=,args="]);
  const all = lines.split("\n").map((line) => {
    const [, pid = "0", command = ""] = /^\s*([0-9]+) (.*)$/.exec(line) ?? [];
    return { pid: Number(pid), command };
  });
  return all.filter(({ pid, command }) =>
    process.platform === "linux" ? workingFolder(pid).startsWith(folder) : command.includes(`${folder}/`),
  );
}

function workingFolder(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "";
  }
}

async function printed(command: string, args: string[]): Promise<string> {
  return text(spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] }).stdout);
}

/** Waits, for at most 20 s, until nothing works in the folder; answers with what still does. */
export async function survivors(folder: string): Promise<string[]> {
  for (const deadline = Date.now() + 20_000; ; await delay(50)) {
    const left = await processesIn(folder);
    if (left.length === 0 || Date.now() > deadline) return left.map(({ command }) => command);
  }
}

/** The processes of a server that is up, as it announced them. */
export function announcedBy(folder: string): { guardian: number; postmaster: number; port: number } {
  const state = JSON.parse(readFileSync(join(folder, "server.json"), "utf8"));
  return { guardian: state.guardian.pid, postmaster: state.postmaster.pid, port: state.port };
}

export function entriesOf(folder: string): string[] {
  return readdirSync(folder).sort();
}

/** Runs one statement on a connection of its own. */
export async function query(connectionString: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString });
  // Before its statement is on the way, and after that, a server that ends says so here alone.
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
