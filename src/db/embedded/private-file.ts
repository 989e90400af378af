import { randomUUID } from "node:crypto";
import { chownSync, linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Gives a path to the owner of the folder it lies in, when this process is root: whoever owns the data folder
 * must still be able to use it after one `sudo` run.
 */
export function giveToFolderOwner(path: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dirname(path));
  chownSync(path, uid, gid);
}

function writeBeside(path: string, text: string): string {
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, text, { mode: 0o600, flag: "wx" });
  giveToFolderOwner(draft);
  return draft;
}

/** Writes a file that only its owner may read. A reader sees the old text or the new, never a part. */
export function replaceFile(path: string, text: string): void {
  const draft = writeBeside(path, text);
  try {
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/**
 * Creates a file that only its owner may read, whole from its first instant.
 *
 * @returns false when the path exists already; it is then left as it is.
 */
export function createFile(path: string, text: string): boolean {
  const draft = writeBeside(path, text);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** The text of a file, or undefined when there is none. */
export function readFileIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
