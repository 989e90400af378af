import { createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { Logger } from "pino";
import type { Config } from "../config.ts";
import { newestMigration } from "../db/migration-state.ts";
import { exportTenant } from "../transfer/export.ts";
import { createHeader } from "../transfer/format.ts";
import { connectForCommand } from "./connect.ts";
import { nameOwner, type OwnerArguments, readOwner } from "./data-owner.ts";
import { InterruptedError, Interruption } from "./interruption.ts";
import { tellProgress } from "./progress.ts";
import { UsageError } from "./usage-error.ts";

/** As the command line gives them. */
export interface ExportArguments extends OwnerArguments {
  readonly output?: string | undefined;
}

/**
 * Writes all that a tenant or the system has as lines of JSON, in one consistent snapshot, to a file or to standard output. A
 * file has its name only once it is whole.
 * @throws UsageError in one line for a malformed tenant id or a place that cannot be written to
 */
export async function exportTenantData(
  { output, ...whose }: ExportArguments,
  config: Config,
  logger: Logger,
): Promise<void> {
  const owner = readOwner(whose, "<id>");
  if (owner === undefined) throw new UsageError("<id> or --system is needed: whose data?");
  if (output !== undefined) await assertReplaceable(output);
  const interruption = new Interruption(logger);
  const { database, close } = await connectForCommand(config, logger);
  // Not repeated when it fails: what was written is written.
  const connection = database.connect({ ownTenant: owner, actor: "~export" }, { access: "read" });
  const tell = tellProgress();
  const counts = new Map<string, number>();
  const check = () => interruption.check("nothing was changed; run it again");
  try {
    const { tag } = await newestMigration();
    const lines = exportTenant(connection, createHeader(owner, tag), {
      check,
      tell(kind, done) {
        counts.set(kind, done);
        tell(kind, done);
      },
    });
    await write(lines, output, interruption.signal).catch((error: unknown) => {
      check();
      throw error;
    });
  } finally {
    await connection.rollback();
    await close();
  }
  const total = [...counts].map(([kind, count]) => `${count} ${kind}`).join(", ");
  const summary = `Exported ${nameOwner(owner)}: ${total === "" ? "it has nothing" : total}.\n`;
  (output === undefined ? process.stderr : process.stdout).write(summary);
}

async function assertReplaceable(output: string): Promise<void> {
  const found = await stat(output).catch(() => undefined);
  if (found !== undefined && !found.isFile())
    throw new UsageError(`--output ${output} is not a file; without it, the export goes to standard output`);
}

async function write(
  lines: AsyncIterable<string>,
  output: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  try {
    if (output === undefined) await pipeline(lines, process.stdout, { signal, end: false });
    else await writeWhole(lines, output, signal);
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    if (output !== undefined) throw new UsageError(`--output ${output} cannot be written (${code})`);
    throw new InterruptedError(`standard output cannot be written (${code}); the export is not whole`);
  }
}

/** Beside it first, for the eyes of its owner alone. */
async function writeWhole(lines: AsyncIterable<string>, output: string, signal: AbortSignal): Promise<void> {
  const part = `${output}.part`;
  try {
    await pipeline(lines, createWriteStream(part, { mode: 0o600, flush: true }), { signal });
    await rename(part, output);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
