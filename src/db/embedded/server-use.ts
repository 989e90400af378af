import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { EmbeddedServerError } from "./embedded-server-error.ts";
import { holdLifeline } from "./lifeline.ts";
import { hasEnded, readPostmasterFile, stopPostmaster } from "./postmaster.ts";
import { identifyProcess, isRunning } from "./process-identity.ts";
import {
  isSameProcess,
  otherUsers,
  readServerState,
  removeServerState,
  type ServerState,
  writeServerState,
} from "./server-state.ts";
import { withStartLock } from "./start-lock.ts";

const POLL_MS = 20;
/** How long a running server may take to recover (from a crashed backend), or to finish stopping. */
const TRANSITION_MS = 60_000;
/** Fast shutdown ends in well under a second, unless much is left to write. */
const STOP_MS = 20_000;

export const lifelineIn = (dataDirectory: string): string => join(dataDirectory, "lifeline");
export const lockIn = (dataDirectory: string): string => join(dataDirectory, "lock");

/** One use of a server by this process. While it lasts, the server stays up, whoever started it. */
export interface ServerUse {
  readonly dataDirectory: string;
  readonly state: ServerState;
  readonly letGo: () => void;
  readonly abandon: () => void;
}

/**
 * Joins the programs that use the server of this folder. To be called with the start lock held.
 *
 * @returns undefined when there is none, or none that a living program uses
 * @throws EmbeddedServerError (`in-use`) when it becomes neither ready nor gone within 60 s
 */
export async function joinServer(dataDirectory: string, cluster: string): Promise<ServerUse | undefined> {
  for (const deadline = Date.now() + TRANSITION_MS; Date.now() < deadline; await delay(POLL_MS)) {
    const state = readServerState(dataDirectory);
    if (state === undefined || !isRunning(state.guardian) || !isRunning(state.postmaster)) return undefined;
    const letGo = holdLifeline(lifelineIn(dataDirectory));
    if (letGo === undefined) return undefined;
    const self = identifyProcess(process.pid);
    const users = state.users.filter(isRunning);
    // A user who is alive after the lifeline was taken held it all along: the guardian has not seen its end.
    if (self !== undefined && users.length > 0 && readPostmasterFile(cluster)?.ready) {
      const joined = { ...state, users: [...users, self] };
      writeServerState(dataDirectory, joined);
      return { dataDirectory, state: joined, letGo, abandon: () => {} };
    }
    letGo();
  }
  throw new EmbeddedServerError("in-use", `The PostgreSQL that runs on ${cluster} does not become ready.`);
}

/**
 * Ends a use. The last one to leave has the server stopped (fast shutdown), and waits until it is gone.
 *
 * @throws EmbeddedServerError (`start`) when the server cannot be stopped
 */
export async function leaveServer(use: ServerUse): Promise<void> {
  try {
    await withStartLock(lockIn(use.dataDirectory), () => leave(use));
  } catch (error) {
    if (error instanceof EmbeddedServerError && error.problem === "start") throw error;
    // The folder was removed under us, or its disk is full: others can be neither told nor asked.
    await settle(use, false);
  }
}

async function leave(use: ServerUse): Promise<void> {
  const current = readServerState(use.dataDirectory);
  // Ours may have crashed, and another have been started since.
  if (current === undefined || !isSameProcess(current.postmaster, use.state.postmaster))
    return settle(use, false);
  const others = otherUsers(current);
  if (others.length > 0) {
    writeServerState(use.dataDirectory, { ...current, users: others });
    use.letGo();
    use.abandon();
    return;
  }
  removeServerState(use.dataDirectory);
  await settle(use, true);
}

/** Lets go, and waits for the end of the server; as its last user, with force where it takes too long. */
async function settle({ state, letGo, abandon }: ServerUse, last: boolean): Promise<void> {
  letGo();
  // Without its guardian nobody else would stop it.
  const patience = isRunning(state.guardian) ? STOP_MS : 0;
  const ended = await hasEnded(state.postmaster, patience);
  if (!ended && last) await stopPostmaster(state.postmaster);
  if (ended || last) await hasEnded(state.guardian, STOP_MS);
  abandon();
}
