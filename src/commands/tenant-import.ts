import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Logger } from "pino";
import type { Config } from "../config.ts";
import { GLOBAL_TENANT } from "../db/tenant.ts";
import { readHeader } from "../transfer/format.ts";
import { checkImport, type ImportSummary, importTenant } from "../transfer/import.ts";
import { InvalidFileError } from "../transfer/invalid-file-error.ts";
import { connectForCommand } from "./connect.ts";
import { nameOwner, type OwnerArguments, readOwner } from "./data-owner.ts";
import { Interruption } from "./interruption.ts";
import { tellProgress } from "./progress.ts";
import { UsageError } from "./usage-error.ts";

/** As the command line gives them. */
export interface ImportArguments extends OwnerArguments {
  readonly dryRun?: true | undefined;
}

/**
 * Imports what `tenant export` wrote, `-` for standard input: first it is read whole and compared with what is there, then
 * stored in batches. What is there already is passed over.
 * @throws UsageError in one line for a file that is not sound, before anything is stored
 */
export async function importTenantData(
  file: string,
  { dryRun, ...whose }: ImportArguments,
  config: Config,
  logger: Logger,
): Promise<void> {
  const given = readOwner(whose, "--tenant");
  const interruption = new Interruption(logger);
  await withFile(file, interruption, async (path) => {
    const target = chooseTarget(given, (await readHeader(path)).tenant);
    const { database, close } = await connectForCommand(config, logger);
    const tell = tellProgress();
    try {
      const expected = await checkImport(database, target, path, {
        check: () => interruption.check("nothing was stored"),
        tell,
      });
      if (dryRun) return process.stdout.write(describe(`Would import into ${nameOwner(target)}`, expected));
      const summary = await importTenant(database, target, path, expected, {
        check: () => interruption.check("import it again for the rest; what is stored will be passed over"),
        tell,
      });
      return process.stdout.write(describe(`Imported into ${nameOwner(target)}`, summary));
    } finally {
      await close();
    }
  });
}

/**
 * For whom a file is stored. What every tenant will see must be asked for.
 * @param exported whose data the file has; null for the system
 */
function chooseTarget(given: string | undefined, exported: string | null): string {
  if ((given === GLOBAL_TENANT) === (exported === null)) return given ?? exported ?? GLOBAL_TENANT;
  throw new UsageError(
    exported === null
      ? "the file has data of the system, which every tenant may read: it is imported with --system alone"
      : "--system is for data of the system, and the file has a tenant's",
  );
}

/** Its errors name the file. Standard input, which can be read only once, is kept in a file meanwhile. */
async function withFile(
  file: string,
  interruption: Interruption,
  work: (path: string) => Promise<unknown>,
): Promise<void> {
  const folder = file === "-" ? await mkdtemp(join(tmpdir(), "servo-import-")) : undefined;
  const path = folder === undefined ? file : join(folder, "tenant.jsonl");
  try {
    if (folder !== undefined) {
      const { signal } = interruption;
      await pipeline(process.stdin, createWriteStream(path, { mode: 0o600 }), { signal }).catch((error) => {
        interruption.check("nothing was stored");
        throw error;
      });
    }
    await work(path);
  } catch (error) {
    const name = file === "-" ? "standard input" : file;
    if (error instanceof InvalidFileError) throw new UsageError(`${name}: ${error.message}`);
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall !== undefined) throw new UsageError(`${name}: cannot be read (${code})`);
    throw error;
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

function describe(what: string, summary: ImportSummary): string {
  const lines = [...summary].map(
    ([kind, { stored, present }]) => `  ${kind}: ${stored} new, ${present} there already\n`,
  );
  return `${what}:\n${lines.join("")}`;
}
