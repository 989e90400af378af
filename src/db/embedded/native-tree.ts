import { randomUUID } from "node:crypto";
import { constants, existsSync, readFileSync, symlinkSync } from "node:fs";
import { chmod, cp, mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";

const NOT_WRITABLE = new Set(["EACCES", "EPERM", "EROFS"]);

/**
 * Makes the symbolic links listed in the package's `pg-symlinks.json`, which an npm package cannot carry. Those
 * that are there already are left alone.
 *
 * @param native the folder that holds `bin`, `lib` and `share`
 * @returns false when a link is missing and this user may not write there
 */
export function linkLibraries(native: string): boolean {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return true;
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(native, relative("native", target));
    if (existsSync(link)) continue;
    try {
      symlinkSync(basename(source), link);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? "";
      if (NOT_WRITABLE.has(code)) return false;
      if (code !== "EEXIST") throw error;
    }
  }
  return true;
}

/**
 * Copies the tree, linked and readable by every user. The copy appears whole or not at all, and one that exists
 * is taken as it is.
 */
export async function copyNativeTree(source: string, destination: string): Promise<void> {
  if (existsSync(destination)) return;
  const parent = dirname(destination);
  const draft = `${destination}.${randomUUID()}`;
  const created = await mkdir(parent, { recursive: true });
  if (created !== undefined) await chmod(parent, 0o755); // whatever the umask
  try {
    await cp(source, draft, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
    await openToAll(draft);
    linkLibraries(draft);
    await rename(draft, destination);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error; // those: another process was faster
  }
}

async function openToAll(tree: string): Promise<void> {
  await chmod(tree, 0o755);
  for (const entry of await readdir(tree, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const program = entry.isDirectory() || basename(entry.parentPath) === "bin";
    await chmod(join(entry.parentPath, entry.name), program ? 0o755 : 0o644);
  }
}
