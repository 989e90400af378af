import { createInterface } from "node:readline/promises";
import type { Logger } from "pino";
import type { Config } from "../config.ts";
import { parseTenantId } from "../db/tenant.ts";
import { removeTenant } from "../transfer/remove.ts";
import { connectForCommand } from "./connect.ts";
import { Interruption } from "./interruption.ts";
import { tellProgress } from "./progress.ts";
import { asUsage, UsageError } from "./usage-error.ts";

/**
 * Deletes all that a tenant has, in batches, once somebody has confirmed it.
 * @throws UsageError in one line for a malformed tenant id, or without confirmation
 */
export async function deleteTenantData(
  id: string,
  { yes }: { readonly yes?: true | undefined },
  config: Config,
  logger: Logger,
): Promise<void> {
  const tenant = asUsage("", () => parseTenantId(id, "<id>"));
  if (!yes) await confirmDeletion(tenant, process.stdin, process.stderr);
  const interruption = new Interruption(logger);
  const { database, close } = await connectForCommand(config, logger);
  try {
    const removed = await removeTenant(database, tenant, {
      check: () => interruption.check("delete it again for the rest"),
      tell: tellProgress(),
    });
    const lines = [...removed].map(([kind, count]) => `  ${kind}: ${count}\n`);
    process.stdout.write(`Deleted the tenant ${tenant}; nothing of it is left:\n${lines.join("")}`);
  } finally {
    await close();
  }
}

/**
 * Asks a person at a terminal for the tenant's id.
 * @throws UsageError for another answer, or where nobody can be asked
 */
export async function confirmDeletion(
  tenant: string,
  input: NodeJS.ReadableStream & { readonly isTTY?: boolean },
  output: NodeJS.WritableStream,
): Promise<void> {
  if (input.isTTY !== true)
    throw new UsageError(`tenant delete removes everything of ${tenant} for good: it needs --yes`);
  const terminal = createInterface({ input, output });
  const question = `Delete everything of the tenant ${tenant} for good? Type its id: `;
  const answer = await new Promise<string>((resolve) => {
    // Ctrl-C and the end of the input answer nothing.
    terminal.once("close", () => resolve(""));
    void terminal.question(question).then(resolve);
  });
  terminal.close();
  if (answer.trim() !== tenant) throw new UsageError("that is not its id; nothing was deleted");
}
