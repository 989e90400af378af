import { cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Mutant, mutate } from "./mutant.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What the tests need of the repository, besides the packages. */
const COPIED = [
  ...["src", "test", "drizzle", "package.json", "vitest.config.ts"],
  // And what they build dist/ with, for the threads.
  ...["bin", "scripts", "tsconfig.json", "tsconfig.build.json"],
];

/** A copy of the repository in a folder of its own, for defects to be put into. */
export class Checkout {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(folder: string): Promise<Checkout> {
    for (const name of COPIED) await cp(join(root, name), join(folder, name), { recursive: true });
    // Each package by itself, so that what Vite keeps beside them stays in the copy.
    await mkdir(join(folder, "node_modules"));
    for (const name of await readdir(join(root, "node_modules"))) {
      if (!name.startsWith(".vite"))
        await symlink(join(root, "node_modules", name), join(folder, "node_modules", name));
    }
    return new Checkout(folder);
  }

  /** Runs work while the defect is in the copy. */
  async whileMutated<T>(mutant: Mutant, work: () => Promise<T>): Promise<T> {
    const path = join(this.folder, mutant.file);
    const sound = await readFile(path, "utf8");
    await writeFile(path, mutate(mutant, sound));
    try {
      return await work();
    } finally {
      await writeFile(path, sound);
    }
  }
}
