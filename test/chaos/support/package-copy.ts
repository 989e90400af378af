import { cp, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { packageFolder } from "../../support/built-package.ts";

const BREAKPOINT = "\n--> statement-breakpoint\n";

/**
 * Copies the built package, with one migration more.
 * @param folder where to
 * @param tag the migration's name
 * @returns the program
 */
export async function copyPackage(
  folder: string,
  tag: string,
  statements: readonly string[],
): Promise<string> {
  for (const part of ["dist", "drizzle", "package.json"])
    await cp(join(packageFolder, part), join(folder, part), { recursive: true });
  await symlink(join(packageFolder, "node_modules"), join(folder, "node_modules"));
  const journalFile = join(folder, "drizzle", "meta", "_journal.json");
  const journal = JSON.parse(await readFile(journalFile, "utf8"));
  const last = journal.entries.at(-1);
  journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1, tag });
  await writeFile(journalFile, JSON.stringify(journal));
  await writeFile(join(folder, "drizzle", `${tag}.sql`), statements.join(BREAKPOINT));
  return join(folder, "dist", "main.js");
}
