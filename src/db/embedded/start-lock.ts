import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { EmbeddedServerError } from "./embedded-server-error.ts";
import { createFile, giveToFolderOwner, readFileIfPresent, replaceFile } from "./private-file.ts";
import { identifyProcess, isRunning } from "./process-identity.ts";
import { parseIdentity } from "./server-state.ts";

const POLL_MS = 20;
const PATIENCE_MS = 150_000;
const RELEASED = "released\n";

/**
 * Runs work while no other caller, in this process or another, does the same on this folder.
 *
 * The lock is a folder of numbered tickets. The highest ticket is never removed and names its holder; when the
 * holder has released it, or has died (also by `kill -9`), whoever creates the next number holds the lock.
 * Nothing is ever taken away from anybody, so a late reader cannot steal a lock that has since changed hands.
 *
 * @param folder where the tickets lie; made when absent, but not the folders above it
 * @throws EmbeddedServerError (`in-use`) when a living holder does not let go within 150 s
 */
export async function withStartLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  openFolder(folder);
  const ticket = await acquire(folder);
  try {
    return await work();
  } finally {
    release(ticket);
  }
}

/** Not recursive: who stops a server whose data folder was removed must not make that folder anew. */
function openFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return;
  }
  giveToFolderOwner(folder);
}

async function acquire(folder: string): Promise<string> {
  const self = identifyProcess(process.pid);
  if (self === undefined)
    throw new EmbeddedServerError("unsupported", "This process cannot see itself in /proc.");
  const claim = JSON.stringify(self);
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const ticket = takeTicket(folder, claim);
    if (ticket !== undefined) return ticket;
    if (Date.now() > deadline) {
      const holder = readFileIfPresent(join(folder, String(highest(folder))));
      throw new EmbeddedServerError(
        "in-use",
        `Another process (${holder?.trim()}) has kept ${folder} locked for 150 s.`,
      );
    }
    await delay(POLL_MS);
  }
}

/** One try: the path of the ticket that now holds the lock, or undefined when somebody else holds it. */
function takeTicket(folder: string, claim: string): string | undefined {
  const last = highest(folder);
  if (last > 0) {
    const text = readFileIfPresent(join(folder, String(last)));
    if (text === undefined) return undefined; // outnumbered since: look again
    const holder = parseIdentity(text);
    if (holder !== undefined && isRunning(holder)) return undefined;
  }
  const ticket = join(folder, String(last + 1));
  if (!createFile(ticket, claim)) return undefined;
  if (highest(folder) > last + 1) {
    rmSync(ticket, { force: true });
    return undefined;
  }
  for (const number of numbers(folder)) {
    if (number <= last) rmSync(join(folder, String(number)), { force: true });
  }
  return ticket;
}

function release(ticket: string): void {
  try {
    replaceFile(ticket, RELEASED);
  } catch (error) {
    // The data folder was removed meanwhile: there is nothing left to hold.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

function numbers(folder: string): number[] {
  return readdirSync(folder)
    .filter((name) => /^[0-9]+$/.test(name))
    .map(Number);
}

function highest(folder: string): number {
  return Math.max(0, ...numbers(folder));
}
