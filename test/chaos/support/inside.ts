import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { vi } from "vitest";
import type { RunningProgram } from "../../support/program.ts";

/** What a server has inside, its garbage collected. */
export interface Inside {
  /** Of the main thread: what is reachable on its heap and what that holds outside of it. */
  readonly heapBytes: number;
  /** Of the whole process, as the system counts it. */
  readonly rssBytes: number;
  /** How many there are on all of the main thread's event emitters together. */
  readonly listeners: number;
  /** How many sockets, timers and the like the main thread has, by their kind. */
  readonly handles: Readonly<Record<string, number>>;
}

const PROGRAM = new URL("inside.program.mjs", import.meta.url);

/** What a server is started with that is to be looked into, one in each folder. */
export function watchedEnvironment(folder: string) {
  return { NODE_OPTIONS: `--import=${PROGRAM.href}`, INSIDE_FILE: fileIn(folder) };
}

/** Looks into a server that was started with {@link watchedEnvironment}, which keeps it busy for half a second. */
export async function lookInto({ process }: RunningProgram, folder: string): Promise<Inside> {
  const file = fileIn(folder);
  rmSync(file, { force: true });
  process.kill("SIGUSR2");
  return vi.waitFor(() => JSON.parse(readFileSync(file, "utf8")) as Inside, {
    timeout: 20_000,
    interval: 50,
  });
}

const fileIn = (folder: string) => join(folder, "inside.json");
