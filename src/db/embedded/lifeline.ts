import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, rmSync } from "node:fs";
import { EmbeddedServerError } from "./embedded-server-error.ts";
import { giveToFolderOwner } from "./private-file.ts";
import { PROGRAM_ENV } from "./program.ts";

/**
 * The lifeline is a named pipe. Every program that uses a server holds its writing end, the guardian reads it,
 * and the kernel tells the guardian when the last holder is gone, however that one ended.
 */
export interface Lifeline {
  /** For the guardian's standard input. */
  readonly reader: number;
  readonly letGo: () => void;
}

/**
 * Makes the lifeline of a new server and takes hold of it.
 *
 * @throws EmbeddedServerError (`folder`) where the file system has no named pipes
 */
export function createLifeline(path: string): Lifeline {
  rmSync(path, { force: true });
  try {
    execFileSync("mkfifo", ["-m", "600", path], { env: PROGRAM_ENV, stdio: "pipe" });
  } catch (cause) {
    throw new EmbeddedServerError("folder", `No named pipe can be made at ${path}: ${String(cause)}`, {
      cause,
    });
  }
  giveToFolderOwner(path);
  // Opening one end blocks until there is another. The reading end must not be made with O_NONBLOCK: the guardian
  // inherits it, and its read would fail at once.
  const both = openSync(path, constants.O_RDWR);
  const reader = openSync(path, constants.O_RDONLY);
  const writer = openSync(path, constants.O_WRONLY);
  closeSync(both);
  return { reader, letGo: closeOnce(writer) };
}

/**
 * Takes hold of the lifeline of a server that is up.
 *
 * @returns what lets go of it, or undefined when no guardian reads it
 */
export function holdLifeline(path: string): (() => void) | undefined {
  try {
    return closeOnce(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENXIO" || code === "ENOENT") return undefined;
    throw error;
  }
}

function closeOnce(descriptor: number): () => void {
  let open = true;
  return () => {
    if (open) closeSync(descriptor);
    open = false;
  };
}
