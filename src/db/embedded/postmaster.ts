import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { EmbeddedServerError } from "./embedded-server-error.ts";
import { readFileIfPresent } from "./private-file.ts";
import { identifyProcess, isPostmasterOf, isRunning, type ProcessIdentity } from "./process-identity.ts";
import { isSameProcess, type ServerState } from "./server-state.ts";

const POLL_MS = 10;
/** How long a server that nobody has announced may take to go: it is on its way, or it is not ours. */
const DEPARTURE_MS = 60_000;
/** Each way of stopping a postmaster, and how long it is given. SIGKILL loses nothing that was committed. */
const WAYS_TO_STOP = [
  ["SIGINT", 20_000],
  ["SIGQUIT", 10_000],
  ["SIGKILL", 5_000],
] as const;

/** What a running PostgreSQL says about itself in `postmaster.pid`. */
export interface PostmasterFile {
  readonly pid: number;
  readonly ready: boolean;
  /** The whole text, in which two runs always differ (it holds the time of the start). */
  readonly text: string;
}

/** Reads `postmaster.pid`; undefined when there is none, or not yet enough of one (it is written in steps). */
export function readPostmasterFile(cluster: string): PostmasterFile | undefined {
  const text = readFileIfPresent(join(cluster, "postmaster.pid"));
  const lines = text?.split("\n") ?? [];
  // A stand-alone backend writes its number negated. The eighth line is the state (miscadmin.h, LOCK_FILE_LINE_PM_STATUS).
  const pid = Math.abs(Number(lines[0]));
  if (text === undefined || !(pid > 0)) return undefined;
  return { pid, ready: lines[7]?.trim() === "ready", text };
}

/**
 * Waits until no server runs on the cluster, where one runs that nobody looks after: stops one that was announced
 * as ours (its program and its guardian were killed together), and lets any other finish.
 *
 * @param announced the last server of ours on this folder
 * @throws EmbeddedServerError (`in-use`) when a server that is not ours stays for 60 s
 */
export async function awaitDeparture(cluster: string, announced: ServerState | undefined): Promise<void> {
  const file = readPostmasterFile(cluster);
  if (file === undefined) return;
  const running = identifyProcess(file.pid);
  if (running === undefined || !isPostmasterOf(file.pid, cluster)) {
    // PostgreSQL would take any program that has got the number, even one that is only not yet reaped, for a running
    // server. It still finds backends that survived, by the shared memory that belongs to the folder.
    rmSync(join(cluster, "postmaster.pid"));
    return;
  }
  if (announced !== undefined && isSameProcess(announced.postmaster, running)) return stopPostmaster(running);
  if (await hasEnded(running, DEPARTURE_MS)) return;
  throw new EmbeddedServerError(
    "in-use",
    `A PostgreSQL server that this program did not start (process ${running.pid}) runs on ${cluster}. ` +
      "Stop it, or name it with DATABASE_URL.",
  );
}

/**
 * Stops a postmaster: rolls back what is open and closes the database; where that takes too long, harder.
 * Resolves when the process is gone.
 *
 * @throws EmbeddedServerError (`start`) when it outlives 35 s of that, or belongs to another user
 */
export async function stopPostmaster(postmaster: ProcessIdentity): Promise<void> {
  for (const [signal, patienceMs] of WAYS_TO_STOP) {
    if (!isRunning(postmaster)) return;
    try {
      process.kill(postmaster.pid, signal);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === "ESRCH") return;
      throw new EmbeddedServerError(
        "in-use",
        `PostgreSQL (process ${postmaster.pid}) belongs to another user.`,
        {
          cause,
        },
      );
    }
    if (await hasEnded(postmaster, patienceMs)) return;
  }
  throw new EmbeddedServerError("start", `PostgreSQL (process ${postmaster.pid}) cannot be stopped.`);
}

/** Waits for the end of a process, as long as told; false when it then still runs. */
export async function hasEnded(identity: ProcessIdentity, patienceMs: number): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  while (isRunning(identity)) {
    if (Date.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}
