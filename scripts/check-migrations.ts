// Fails where the migrations in drizzle/ do not make the tables of the code: lets drizzle-kit write into a copy of
// drizzle/ what it thinks is missing.
import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import config from "../drizzle.config.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const migrations = join(root, "drizzle");

/** What keeps the migrations from being those of the code, or undefined. */
async function findDrift(copy: string): Promise<string | undefined> {
  await cp(migrations, copy, { recursive: true });
  const { stdout, stderr } = await promisify(execFile)(
    join(root, "node_modules/.bin/drizzle-kit"),
    [
      "generate",
      `--dialect=${config.dialect}`,
      ...[config.schema ?? []].flat().map((pattern) => `--schema=${pattern}`),
      // drizzle-kit puts "./" before it, so that an absolute path would not do.
      `--out=${relative(root, copy)}`,
    ],
    { cwd: root },
  );
  // Its exit code says nothing: it is 0 also when it stops because it has no terminal to ask on what was renamed.
  if (stdout.includes("No schema changes")) return undefined;
  const known = new Set(await readdir(migrations));
  const added = (await readdir(copy)).filter((name) => name.endsWith(".sql") && !known.has(name));
  if (added.length === 0) return `${stdout}${stderr}`;
  return (await Promise.all(added.map((name) => readFile(join(copy, name), "utf8")))).join("\n");
}

const copy = await mkdtemp(join(tmpdir(), "servo-migrations-"));
try {
  const drift = await findDrift(copy);
  if (drift !== undefined) {
    process.stderr.write(
      `The migrations do not make the tables of the code. What drizzle-kit would add, or says:\n\n${drift}\n\n` +
        'Run "npm run generate -- --name <what_it_does>", read what it writes, and commit it.\n',
    );
    process.exitCode = 1;
  }
} finally {
  await rm(copy, { recursive: true, force: true });
}
