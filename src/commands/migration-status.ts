import type { Logger } from "pino";
import type { Config } from "../config.ts";
import { type MigrationState, migrationState } from "../db/migration-state.ts";
import { createPool } from "../db/pool.ts";
import { assertReachable } from "../db/refusal.ts";
import { startEmbedded } from "./connect.ts";

/**
 * Says which migrations the database has, of `DATABASE_OWNER_URL` or else of `DATABASE_URL`, or the embedded one. The exit code
 * is 1 where one of this version is pending.
 */
export async function tellMigrations(config: Config, logger: Logger): Promise<void> {
  const { databaseOwnerUrl, databaseUrl } = config;
  const embedded =
    databaseOwnerUrl === undefined && databaseUrl === undefined
      ? await startEmbedded(config, logger)
      : undefined;
  const url = databaseOwnerUrl ?? databaseUrl ?? embedded?.ownerUrl ?? "";
  const pool = createPool(url, { max: 1 }, logger);
  try {
    await assertReachable(pool, databaseOwnerUrl === undefined ? "DATABASE_URL" : "DATABASE_OWNER_URL");
    const state = await migrationState(pool);
    process.stdout.write(describe(state));
    if (state.migrations.some(({ isApplied }) => !isApplied)) process.exitCode = 1;
  } finally {
    await pool.end();
    await embedded?.stop();
  }
}

function describe({ migrations, newer }: MigrationState): string {
  const width = Math.max(...migrations.map(({ tag }) => tag.length));
  const lines = migrations.map(
    ({ tag, isApplied }) => `${tag.padEnd(width)}  ${isApplied ? "applied" : "pending"}\n`,
  );
  return `${lines.join("")}${newer === 0 ? "" : `and ${newer} of a newer version\n`}`;
}
