import { execFileSync } from "node:child_process";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterAll } from "vitest";
import { makeFolder, removeFolder } from "../../support/embedded-server.ts";

/** A small disk of a test file's own. */
export interface Disk {
  readonly folder: string;
  /** Takes all that is free on it. */
  fill(): void;
  /** Gives that back. */
  free(): void;
}

/** Mounts a disk in memory for the file; undefined where this user cannot, who is not root or is root of a container. */
export function mountDisk(megabytes: number): Disk | undefined {
  if (process.platform !== "linux") return undefined;
  const folder = makeFolder();
  try {
    const options = `size=${megabytes}m,mode=0711`;
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    removeFolder(folder);
    return undefined;
  }
  afterAll(() => {
    execFileSync("umount", [folder]);
    removeFolder(folder);
  });
  const filler = join(folder, "filler");
  return { folder, fill: () => writeUntilFull(filler), free: () => rmSync(filler) };
}

function writeUntilFull(path: string): void {
  const file = openSync(path, "w");
  try {
    // A half block more, when no whole one fits any more.
    for (const block of [Buffer.alloc(1_048_576), Buffer.alloc(4096)]) writeWhileItFits(file, block);
  } finally {
    closeSync(file);
  }
}

function writeWhileItFits(file: number, block: Buffer): void {
  try {
    for (;;) writeSync(file, block);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
}
