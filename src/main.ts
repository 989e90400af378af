import { Command, CommanderError } from "commander";
import { pino } from "pino";
import { migrateConfigured } from "./commands/connect.ts";
import { importDbt } from "./commands/import-dbt.ts";
import { InterruptedError } from "./commands/interruption.ts";
import { ListenError } from "./commands/listen-error.ts";
import { tellMigrations } from "./commands/migration-status.ts";
import { type PurgeArguments, purgeExecutions } from "./commands/purge.ts";
import { deleteTenantData } from "./commands/tenant-delete.ts";
import { type ExportArguments, exportTenantData } from "./commands/tenant-export.ts";
import { type ImportArguments, importTenantData } from "./commands/tenant-import.ts";
import { prepareTracing } from "./commands/tracing.ts";
import { UsageError } from "./commands/usage-error.ts";
import { ConfigError } from "./config/values.ts";
import { readConfig } from "./config.ts";
import { EmbeddedServerError } from "./db/embedded/embedded-server-error.ts";
import { MigrationError } from "./db/migrations.ts";
import { DatabaseRefusalError } from "./db/refusal.ts";
import { ServoError } from "./errors.ts";
import { createLogger } from "./logger.ts";
import { version } from "./version.ts";

const USAGE = 2;
const FAILURE = 1;

const environment = `
Configuration comes from the environment; README.md lists every variable. The most needed:
  PORT, HOST           where to listen (4000 on 127.0.0.1)
  DATABASE_URL         the application role's connection; without it an embedded PostgreSQL is started
  DATABASE_OWNER_URL   the connection of the role that owns the tables, for migrations
  AUTH_MODE            who asks: header (development) or jwt (signed tokens)
  DATA_DIR             where the embedded PostgreSQL keeps its data (.servo)`;

const program = new Command("servo-storage")
  .description("Multi-tenant metadata store and lineage service for data orchestration.")
  .version(version())
  .addHelpText("after", environment)
  .exitOverride();

program
  .command("serve")
  .description("Serve the GraphQL API and GraphiQL until SIGINT or SIGTERM.")
  .addHelpText("after", environment)
  .action(async () => {
    const config = readConfig();
    // The rest of the program does without the server and GraphQL: it starts in a third of the time.
    const { serve } = await import("./commands/serve.ts");
    const tracing = config.tracing === undefined ? undefined : await prepareTracing(config.tracing);
    const { logLevel: level, logFormat: format } = config;
    await serve(config, createLogger({ level, format, momentFields: tracing?.traceFields }), tracing);
  });

program
  .command("migrate")
  .description("Bring the database up to this version, and make the application role of DATABASE_URL.")
  .option("--status", "only say which migrations the database has; exit code 1 where one is pending")
  .addHelpText("after", environment)
  .action(({ status }: { status?: true }) => withConfig(status ? tellMigrations : migrateConfigured));

program
  .command("import")
  .description("Import metadata from other tools.")
  .command("dbt")
  .description(
    "Import a dbt manifest (v7 to v12): sources, seeds, snapshots, models and exposures, and what depends on what.",
  )
  .argument("<manifest.json>", "the file that dbt writes to target/manifest.json")
  .requiredOption("--tenant <id>", "the tenant to import for")
  .action((file: string, { tenant }: { tenant: string }) =>
    withConfig((config, logger) => importDbt(file, tenant, config, logger)),
  );

program
  .command("purge")
  .description("Delete executions that have ended, and have not changed for a given time.")
  .option("--tenant <id...>", "the tenant whose executions are meant; may be given more than once")
  .option("--system", "those of the system, which every tenant may read")
  .requiredOption("--older-than <age>", "how long they have not changed: 36h, 90d, 12w")
  .option("--state <state...>", "only these states, also PENDING and RUNNING (default: all that have ended)")
  .option("--batch <number>", "how many to delete in one transaction, up to 10000", "1000")
  .option("--dry-run", "only count them")
  .action((given: PurgeArguments) => withConfig((config, logger) => purgeExecutions(given, config, logger)));

const tenant = program.command("tenant").description("Move or delete all that a tenant has.");

tenant
  .command("export")
  .description("Write all that a tenant has as lines of JSON, as of one moment.")
  .argument("[id]", "the tenant")
  .option("--system", "what the system has, which every tenant may read, in place of a tenant's")
  .option("--output <file>", "where to write it (default: standard output)")
  .action((tenant: string | undefined, given: Omit<ExportArguments, "tenant">) =>
    withConfig((config, logger) => exportTenantData({ tenant, ...given }, config, logger)),
  );

tenant
  .command("import")
  .description("Store what an export has and the tenant has not. May be interrupted and repeated.")
  .argument("<file>", "what tenant export wrote; - for standard input")
  .option("--tenant <id>", "the tenant to store it for (default: the one that was exported)")
  .option("--system", "store what the system had, which every tenant will see")
  .option("--dry-run", "only check the file, and whether it can be stored")
  .action((file: string, given: ImportArguments) =>
    withConfig((config, logger) => importTenantData(file, given, config, logger)),
  );

tenant
  .command("delete")
  .description("Delete all that a tenant has, for good. May be interrupted and repeated.")
  .argument("<id>", "the tenant")
  .option("--yes", "do not ask")
  .action((id: string, given: { yes?: true }) =>
    withConfig((config, logger) => deleteTenantData(id, given, config, logger)),
  );

/** Runs a command whose output is on standard output, so its log lines go to standard error. */
async function withConfig(
  run: (...given: Parameters<typeof migrateConfigured>) => Promise<void>,
): Promise<void> {
  const config = readConfig();
  await run(
    config,
    createLogger({ level: config.logLevel, format: config.logFormat, destination: pino.destination(2) }),
  );
}

const KNOWN = [
  ServoError,
  EmbeddedServerError,
  DatabaseRefusalError,
  MigrationError,
  ListenError,
  InterruptedError,
];

/** One line for what the caller can mend, and the whole error for what is ours to mend. */
function complain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  const usage = error instanceof UsageError || error instanceof ConfigError || isUnusableFolder(error);
  const known = usage || KNOWN.some((type) => error instanceof type);
  const message =
    error instanceof Error ? (known ? error.message : (error.stack ?? error.message)) : String(error);
  process.stderr.write(`servo-storage: ${message}\n`);
  return usage ? USAGE : FAILURE;
}

/** DATA_DIR names a folder that cannot be one. */
function isUnusableFolder(error: unknown): boolean {
  return error instanceof EmbeddedServerError && error.problem === "folder";
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = complain(error);
}
